#!/usr/bin/env bash
# SPDX-FileCopyrightText: Paddock contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A container engine beside the machine's own, for tests that end, kill and restart one. As root. Everything it has
# lies in FOLDER: data, sockets, process id, log. It makes no network and touches no packet filter.
#
#   second-engine.sh start FOLDER [DOCKERD OPTION]...   prints the path of its socket when it answers
#   second-engine.sh stop FOLDER                        in order, within 30 seconds; its data stays
#   second-engine.sh kill FOLDER                        at once, as a crash does; its containers may live on
#   second-engine.sh remove FOLDER                      ends it and everything in it, removes FOLDER
set -euo pipefail

command=${1:?start, stop, kill or remove}
folder=$(realpath -m "${2:?the folder of the engine}")
shift 2

fail() {
    printf 'second-engine.sh: %s\n' "$1" >&2
    [ ! -f "$folder/log" ] || tail -n 20 "$folder/log" >&2
    exit 1
}
lives() { [ -n "$1" ] && [ -d "/proc/$1" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2> /dev/null; }
engine() { cat "$folder/engine.pid" 2> /dev/null || true; }
end() { # end SIGNAL PID SECONDS
    local deadline=$((SECONDS + $3))
    kill "-$1" "$2" 2> /dev/null || true
    while lives "$2"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}
# The processes whose command line names this folder: the engine's containerd and the monitors of its containers.
helpers() { grep -lzF "$folder/" /proc/[0-9]*/cmdline 2> /dev/null | sed 's,/proc/\([0-9]*\)/cmdline,\1,' | grep -vx "$$" || true; }

case $command in
    start)
        mkdir -p "$folder"
        if lives "$(engine)"; then fail "the engine in $folder runs already."; fi
        rm -f "$folder/engine.pid" "$folder/docker.pid"
        # dockerd takes the containerd of a killed one for alive as long as nobody has reaped it.
        if ! lives "$(cat "$folder/exec/containerd/containerd.pid" 2> /dev/null || true)"; then
            rm -f "$folder/exec/containerd/containerd.pid"
        fi
        # In a network of its own: with --bridge none dockerd removes the bridge docker0 it sees, and that would be the
        # one of the machine's own engine.
        setsid unshare --net dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/docker.pid" \
            --host "unix://$folder/docker.sock" --group docker --bridge none --iptables=false --ip6tables=false \
            --containerd-namespace "second" --containerd-plugins-namespace "second-plugins" "$@" \
            >> "$folder/log" 2>&1 < /dev/null &
        pid=$!
        echo "$pid" > "$folder/engine.pid"
        deadline=$((SECONDS + 60))
        until [ "$(curl --silent --max-time 5 --unix-socket "$folder/docker.sock" http://localhost/_ping)" = OK ]; do
            lives "$pid" || fail "dockerd ended at once."
            [ "$SECONDS" -lt "$deadline" ] || fail "dockerd did not answer within a minute."
            sleep 0.1
        done
        chmod 0711 "$folder"
        printf '%s\n' "$folder/docker.sock"
        ;;
    stop) end TERM "$(engine)" 30 || fail "dockerd did not end within 30 seconds." ;;
    kill) end KILL "$(engine)" 10 || fail "dockerd could not be killed." ;;
    remove)
        pid=$(engine)
        if lives "$pid"; then end TERM "$pid" 30 || end KILL "$pid" 10 || true; fi
        mapfile -t rest < <(helpers)
        [ "${#rest[@]}" -eq 0 ] || kill -KILL "${rest[@]}" 2> /dev/null || true
        # Mounts below the folder, the innermost first.
        awk -v top="$folder/" 'index($5, top) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
            while read -r mount; do umount -l "$mount" 2> /dev/null || true; done
        rm -rf --one-file-system "$folder"
        ;;
    *) fail "it knows start, stop, kill and remove." ;;
esac
