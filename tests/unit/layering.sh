#!/usr/bin/env bash
# SPDX-FileCopyrightText: Paddock contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Reads the includes and refuses an arrow that docs/ARCHITECTURE.md does not have. Ends with a check
# of itself: a wrong include in a scratch copy must be found.
set -euo pipefail
top=${1:?source folder}

# module -> tier
declare -A tier=(
    [base]=0
    [docker]=1 [git]=1 [secrets]=1 [store]=1 [settings]=1 [acp]=1 [shimlink]=1
    [policy]=2 [sandbox]=2 [images]=2 [adapters]=2 [personas]=2 [projects]=2 [gateway]=2
    [worktrees]=3 [sessions]=3 [health]=3 [notifications]=3
    [facade]=4
    [control]=5 [mcp]=5 [federation]=5)
# arrows allowed inside a tier
allowed=" sandbox>policy personas>images personas>adapters projects>images projects>adapters sessions>worktrees "

check() { # check TREE -> prints violations
    local tree=$1 file from to rest
    while IFS=: read -r file rest; do
        from=${file#"$tree"/core/}; from=${from%%/*}
        to=${rest#*\"core/}; to=${to%%/*}
        [[ $from == "$to" ]] && continue
        if [[ -z ${tier[$from]:-} || -z ${tier[$to]:-} ]]; then
            echo "$file: unknown module in: $rest"
        elif (( ${tier[$from]} < ${tier[$to]} )); then
            echo "$file: $from (tier ${tier[$from]}) uses $to (tier ${tier[$to]})"
        elif (( ${tier[$from]} == ${tier[$to]} )) && [[ $allowed != *" $from>$to "* ]]; then
            echo "$file: $from uses $to of its own tier"
        fi
    done < <(grep -rnE '^#include "core/' "$tree/core" --include=*.h --include=*.cpp | sed -E 's/^([^:]+):[0-9]+:/\1:/')
    # core never sees the window, the window never sees the transport or the database.
    grep -rnE '^#include (<Q(Widget|Application|Pixmap|Icon|GuiApplication|Dialog|Painter)|"(ui|app)/)' \
        "$tree/core" --include=*.h --include=*.cpp || true
    if [[ -d $tree/ui ]]; then
        grep -rnE '^#include ("(app/|core/(docker|git|store|shimlink)/)|<(sqlite3|git2|QLocalSocket|QTcpSocket))' \
            "$tree/ui" --include=*.h --include=*.cpp || true
    fi
    # the shim is free of Qt
    if [[ -d $tree/app/shim ]]; then
        grep -rnE '^#include <Q' "$tree/app/shim" "$tree/core/shimlink" --include=*.h --include=*.cpp || true
    fi
    # GCC 12 miscompiles coroutine calls; nested event loops re-enter.
    grep -rnE '\bco_(await|return|yield)\b|waitFor(ReadyRead|Connected|BytesWritten|Disconnected)\(|processEvents\(' \
        "$tree/core" "$tree/ui" "$tree/app" --include=*.h --include=*.cpp || true
}

found=$(check "$top")
if [[ -n $found ]]; then
    echo "Layering broken:"; echo "$found"
    exit 1
fi

scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/core/base" "$scratch/core/docker" "$scratch/ui"
echo '#include "core/docker/X.h"' > "$scratch/core/base/A.h"
echo '#include "core/store/X.h"' > "$scratch/core/docker/B.h"
echo '#include <QWidget>' > "$scratch/core/docker/C.h"
echo '#include "core/docker/X.h"' > "$scratch/ui/D.h"
mkdir -p "$scratch/app"
count=$(check "$scratch" | wc -l)
if (( count != 4 )); then
    echo "The layering check found $count of 4 planted violations."
    exit 1
fi
echo "layering holds"
