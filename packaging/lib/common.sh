# SPDX-FileCopyrightText: Paddock contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Sourced by the commands in packaging/: speaking, steps with their times, progress, packages, building.
# shellcheck shell=bash

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
log_folder=${PADDOCK_LOG_FOLDER:-$repo/build/log}
step_names=()
step_seconds=()
step_started=0
export DEBIAN_FRONTEND=noninteractive

say() { printf '%s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
fail() { # fail MESSAGE [REMEDY]
    printf '\n%s: %s\n' "${0##*/}" "$1" >&2
    [ -z "${2:-}" ] || printf '%s\n' "$2" >&2
    exit 1
}

step() { # step TITLE: ends the step before it
    step_end
    step_names+=("$1")
    step_started=$EPOCHREALTIME
    say "==> $1"
}
step_end() {
    [ "$step_started" = 0 ] || step_seconds+=("$(elapsed "$step_started")")
    step_started=0
}
elapsed() { # seconds since START (of EPOCHREALTIME), one decimal
    local tenths=$(((${EPOCHREALTIME//[.,]/} - ${1//[.,]/}) / 100000))
    printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}
step_times() {
    step_end
    local i
    say ""
    say "Times in seconds:"
    for i in "${!step_names[@]}"; do
        printf '  %8s  %s\n' "${step_seconds[$i]}" "${step_names[$i]}"
    done
}

# Reads "PERCENT" lines; one moving line on a terminal, a line at every tenth elsewhere.
progress() { # progress LABEL
    local percent last=-1
    while read -r percent; do
        [ "$percent" -gt "$last" ] 2>/dev/null || continue
        if [ -t 1 ]; then
            printf '\r    %s: %3d %%' "$1" "$percent"
            last=$percent
        else
            printf '    %s: %d %%\n' "$1" "$percent"
            last=$((percent / 10 * 10 + 9))
        fi
    done
    if [ -t 1 ] && [ "$last" -ge 0 ]; then printf '\n'; fi
}

show_log() { # the last lines of a log, after a failure
    printf -- '---- the last lines of %s ----\n' "$1" >&2
    tail -n "${2:-40}" "$1" >&2 || true
    printf -- '----\n' >&2
}

as_root() {
    if [ "$EUID" -eq 0 ]; then
        "$@"
    elif command -v sudo > /dev/null; then
        sudo -- "$@"
    else
        fail "This needs root, and there is no sudo: $*" "Run it once as root, then start this command again."
    fi
}

# ---- packages ------------------------------------------------------------------------------------------------------

packages_of() { # packages_of GROUP...
    local group
    for group in "$@"; do
        sed -n "s/^$group  *//p" "$repo/packaging/lib/packages"
    done | sort -u
}

missing_packages() { # missing_packages NAME...: those that are not installed
    local name
    for name in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2> /dev/null)" = installed ] || printf '%s\n' "$name"
    done
}

apt_percent() { # the percentages of apt's status lines
    sed -u -n 's/^\(dlstatus\|pmstatus\):[^:]*:\([0-9]*\)[^:]*:.*/\2/p'
}

# The download and the unpacking are steps of their own, so that their times are apart.
install_packages() { # install_packages LOG NAME...
    local log=$log_folder/$1.log
    shift
    local missing
    mapfile -t missing < <(missing_packages "$@")
    if [ "${#missing[@]}" -eq 0 ]; then
        note "All $# packages are there."
        return
    fi
    # shellcheck disable=SC1091
    [ "$(. /etc/os-release && printf '%s-%s' "$ID" "${VERSION_ID:-}")" = debian-12 ] ||
        fail "Packages are missing, and this is not Debian 12, the only system they can be installed on from here: ${missing[*]}" \
            "Install what corresponds to them, then start this command again with --no-packages."
    mkdir -p "$log_folder"
    note "Installing: ${missing[*]}"
    local apt=(apt-get -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
    {
        # An earlier run may have been ended in the middle of dpkg.
        [ -z "$(dpkg --audit)" ] || as_root dpkg --configure -a
        as_root "${apt[@]}" update
    } > "$log" 2>&1 || {
        show_log "$log"
        fail "The package lists could not be brought up to date." "Check the network and /etc/apt, then start this command again."
    }
    apt_step "$log" downloading "${apt[@]}" install --download-only "${missing[@]}" ||
        fail "Packages could not be downloaded." "Check the network, then start this command again. The whole output is in $log."
    step "Unpacking them"
    apt_step "$log" unpacking "${apt[@]}" install "${missing[@]}" ||
        fail "Packages could not be installed." "The whole output is in $log."
}

apt_step() { # apt_step LOG LABEL COMMAND...
    local log=$1 label=$2
    shift 2
    # The status lines get a descriptor of their own; it is made behind sudo, which would close it.
    # shellcheck disable=SC2016
    as_root env DEBIAN_FRONTEND=noninteractive sh -c 'log=$1; shift; exec "$@" -o APT::Status-Fd=3 3>&1 >> "$log" 2>&1' \
        sh "$log" "$@" < /dev/null | apt_percent | progress "$label" || { show_log "$log"; return 1; }
}

# ---- building ------------------------------------------------------------------------------------------------------

# The settings make a second clone, wherever it lies, find what the first one compiled.
use_ccache() {
    export CCACHE_BASEDIR=$1 CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
    export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    export CCACHE_COMPILERCHECK=content
}

ninja_percent() {
    sed -u -n 's/^\[\([0-9]*\)\/\([0-9]*\)\].*/\1 \2/p' | while read -r done_steps all_steps; do
        printf '%d\n' $((100 * done_steps / all_steps))
    done
}

builder=() # the command that makes another user of the one who builds; empty: whoever runs this

configure() { # configure PRESET [ARGUMENT...]; in the current folder
    local log=$log_folder/configure-$1.log
    mkdir -p "$log_folder"
    "${builder[@]}" cmake --preset "$@" > "$log" 2>&1 ||
        { show_log "$log"; fail "The preset $1 could not be configured." "The whole output is in $log."; }
}

build() { # build PRESET FOLDER [ARGUMENT...]
    local log=$log_folder/build-$1.log label="building $1"
    local folder=$2
    shift 2
    # pipefail makes the compiler's failure that of the whole; the other parts only show how far it is.
    if ! NINJA_STATUS='[%f/%t] ' "${builder[@]}" cmake --build "$folder" "$@" 2>&1 | tee "$log" | ninja_percent | progress "$label"; then
        # The words of each failed command, up to the next one of ninja's own lines.
        awk '/^FAILED: /{ on = 1; print; getline; next } /^\[[0-9]+\/[0-9]+\]/{ on = 0 } on' "$log" | head -n 80 >&2
        fail "Building failed." "The whole output is in $log."
    fi
}
