#!/usr/bin/env bash
# SPDX-FileCopyrightText: Paddock contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# session.sh COMMAND...: runs COMMAND in a desktop session of its own: Xvfb with a window manager, a D-Bus session bus,
# an unlocked keyring, home and runtime folders that are new and go away. Everything started here is ended here.
# The exit code is COMMAND's.
# shellcheck disable=SC2317 # functions that are called by name
set -euo pipefail

folder=$(mktemp -d /tmp/paddock-session.XXXXXX)
started=()
finish() {
    local i
    # The last started first: the keyring before its bus, the window manager before its display.
    for ((i = ${#started[@]} - 1; i >= 0; i--)); do
        kill "${started[$i]}" 2> /dev/null || true
        wait "${started[$i]}" 2> /dev/null || true
    done
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 143' TERM HUP
trap 'exit 130' INT

fail() {
    printf 'session.sh: %s\n' "$1" >&2
    [ -z "${2:-}" ] || cat "$2" >&2
    exit 1
}
start() { # start NAME COMMAND...: in the background, its output in NAME.log
    local name=$1
    shift
    "$@" > "$folder/$name.log" 2>&1 < "${input:-/dev/null}" &
    started+=($!)
}
until_true() { # until_true NAME COMMAND...: within ten seconds, while NAME, the last one started, lives
    local name=$1 deadline=$((SECONDS + 10))
    shift
    until "$@" > /dev/null 2>&1; do
        kill -0 "${started[-1]}" 2> /dev/null || fail "$name ended at once." "$folder/$name.log"
        [ "$SECONDS" -lt "$deadline" ] || fail "$name was not ready within ten seconds." "$folder/$name.log"
        sleep 0.05
    done
}

mkdir -m 0700 "$folder/home" "$folder/run" "$folder/config" "$folder/data" "$folder/cache" "$folder/state"
export HOME=$folder/home XDG_RUNTIME_DIR=$folder/run XDG_CONFIG_HOME=$folder/config XDG_DATA_HOME=$folder/data
export XDG_CACHE_HOME=$folder/cache XDG_STATE_HOME=$folder/state
unset WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS XAUTHORITY XDG_CURRENT_DESKTOP SESSION_MANAGER

# The server picks a free display number and writes it when it listens.
mkfifo "$folder/display"
exec 9<> "$folder/display"
start xvfb Xvfb -displayfd 9 -screen 0 1600x1000x24 -nolisten tcp -noreset
read -r -t 15 -u 9 number || fail "Xvfb did not start." "$folder/xvfb.log"
exec 9>&-
export DISPLAY=:$number

export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
start bus dbus-daemon --session --nofork --nopidfile --nosyslog --address="$DBUS_SESSION_BUS_ADDRESS"
until_true bus dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId

start openbox openbox --sm-disable
window_manager_rules() { xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 'window id'; }
until_true openbox window_manager_rules

# The password unlocks the keyring that it creates; the folder goes away with it.
printf 'paddock-test' > "$folder/password"
input=$folder/password start keyring gnome-keyring-daemon --foreground --unlock --components=secrets \
    --control-directory="$XDG_RUNTIME_DIR/keyring"
# Asked only when it has its name: a call to a name without an owner makes the bus start another keyring.
keyring_has_name() {
    dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
        org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q 'boolean true'
}
until_true keyring keyring_has_name
until_true keyring dbus-send --session --print-reply --dest=org.freedesktop.secrets \
    /org/freedesktop/secrets/collection/login org.freedesktop.DBus.Properties.Get \
    string:org.freedesktop.Secret.Collection string:Locked

status=0
"$@" || status=$?
exit "$status"
