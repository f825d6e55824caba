#!/usr/bin/env bash
# SPDX-FileCopyrightText: Paddock contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# campaign.sh FUZZER CORPUS: fuzzes for PADDOCK_FUZZ_SECONDS (default 120). What it finds on the way is kept beside the
# program for the next campaign; CORPUS is only read. An input that breaks something is left there as crash-….
set -euo pipefail
fuzzer=$1
corpus=$2
grown=$fuzzer.corpus
mkdir -p "$grown"
cd "$grown"
exec "$fuzzer" -max_total_time="${PADDOCK_FUZZ_SECONDS:-120}" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$fuzzer." "$grown" "$corpus"
