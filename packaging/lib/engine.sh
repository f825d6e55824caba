# SPDX-FileCopyrightText: Paddock contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Sourced after common.sh: finding and starting a Docker engine, and the images everything starts from.
# shellcheck shell=bash disable=SC2154

engine_socket=
engine_pid=

engine_ping() { # engine_ping SOCKET: does an engine answer there?
    [ "$(curl --silent --max-time 10 --unix-socket "$1" http://localhost/_ping 2> /dev/null)" = OK ]
}

engine_candidates() { # in the order the programs look
    [ -z "${DOCKER_SOCKET:-}" ] || printf '%s\n' "${DOCKER_SOCKET#unix://}"
    case "${DOCKER_HOST:-}" in unix://*) printf '%s\n' "${DOCKER_HOST#unix://}" ;; esac
    printf '%s\n' /var/run/docker.sock
    [ -z "${XDG_RUNTIME_DIR:-}" ] || printf '%s\n' "$XDG_RUNTIME_DIR/docker.sock"
    printf '%s\n' "$HOME/.docker/desktop/docker.sock"
    [ -z "${XDG_RUNTIME_DIR:-}" ] || printf '%s\n' "$XDG_RUNTIME_DIR/podman/podman.sock"
}

engine_find() { # sets engine_socket; false where none answers
    local socket
    while read -r socket; do
        if [ -S "$socket" ] && engine_ping "$socket"; then
            engine_socket=$socket
            return 0
        fi
    done < <(engine_candidates)
    return 1
}

# A machine without an init system may not have the control groups mounted, and no engine starts without them.
mount_cgroups() {
    [ ! -e /sys/fs/cgroup/cgroup.controllers ] || return 0
    mountpoint -q /sys/fs/cgroup || as_root mount -t cgroup2 cgroup2 /sys/fs/cgroup 2> /dev/null || true
    if [ -s /sys/fs/cgroup/cgroup.controllers ] || [ -d /sys/fs/cgroup/memory ]; then return 0; fi
    # The second hierarchy is there but has no controllers: they are still with the first.
    ! mountpoint -q /sys/fs/cgroup || as_root umount /sys/fs/cgroup
    as_root mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
    local name
    while read -r name _ _ enabled; do
        if [ "${name#\#}" != "$name" ] || [ "$enabled" != 1 ]; then continue; fi
        as_root mkdir -p "/sys/fs/cgroup/$name"
        as_root mount -t cgroup -o "$name" cgroup "/sys/fs/cgroup/$name" || as_root rmdir "/sys/fs/cgroup/$name"
    done < /proc/cgroups
}

engine_install() {
    install_packages engine docker.io iptables
    if [ -d /run/systemd/system ]; then
        note "Starting the engine as the system's service."
        as_root systemctl enable --now docker
        engine_wait ""
    else
        engine_start
    fi
}

process_lives() { # process_lives PID: a zombie does not
    [ -d "/proc/$1" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2> /dev/null
}

engine_start() { # starts dockerd by hand, detached; engine_pid is its process
    note "There is no systemd here: starting dockerd by hand; it writes to $engine_log."
    mount_cgroups
    # The files of a dockerd that did not end in order would keep the new one from starting.
    local file
    for file in /var/run/docker.pid /var/run/docker/containerd/containerd.pid; do
        if [ -f "$file" ] && ! process_lives "$(cat "$file")"; then as_root rm -f "$file"; fi
    done
    as_root env -u PADDOCK_TEST_RUN sh -c "setsid dockerd --group docker > '$engine_log' 2>&1 < /dev/null & echo \$! > '$engine_log.pid'"
    engine_pid=$(cat "$engine_log.pid")
    as_root rm -f "$engine_log.pid"
    engine_wait "$engine_pid"
}
engine_log=/var/log/paddock-dockerd.log

engine_wait() { # engine_wait PID: until it answers; at most a minute
    local deadline=$((SECONDS + 60))
    until as_root curl --silent --max-time 5 --unix-socket /var/run/docker.sock http://localhost/_ping > /dev/null 2>&1; do
        if [ -n "$1" ] && ! as_root kill -0 "$1" 2> /dev/null; then
            as_root tail -n 20 "$engine_log" >&2
            fail "dockerd ended at once." "Its whole output is in $engine_log."
        fi
        [ "$SECONDS" -lt "$deadline" ] || fail "The engine did not answer within a minute." "Look at $engine_log or at: journalctl -u docker"
        sleep 0.2
    done
    engine_socket=/var/run/docker.sock
}

engine_stop() { # ends the dockerd that engine_start started, and only that
    [ -n "$engine_pid" ] || return 0
    as_root kill "$engine_pid" 2> /dev/null || true
    local deadline=$((SECONDS + 30))
    while as_root kill -0 "$engine_pid" 2> /dev/null && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.2; done
    engine_pid=
}

# ---- images --------------------------------------------------------------------------------------------------------

base_image=debian:bookworm-slim

engine_get() { # engine_get PATH: the body; false on an error status
    curl --silent --fail --max-time 60 --unix-socket "$engine_socket" "http://localhost$1"
}

image_exists() { engine_get "/images/$1/json" > /dev/null 2>&1; }

# Present, else pulled, else bootstrapped from Debian's packages: a machine may reach no registry.
base_image_ensure() {
    if image_exists "$base_image"; then
        note "$base_image is there."
        return
    fi
    mkdir -p "$log_folder"
    local log=$log_folder/base-image.log
    note "Pulling $base_image."
    # The answer is a stream; a failure within it comes with status 200.
    if curl --silent --show-error --max-time 600 --unix-socket "$engine_socket" -X POST \
        "http://localhost/images/create?fromImage=debian&tag=bookworm-slim" > "$log" 2>&1 &&
        ! grep -q '"error"' "$log" && image_exists "$base_image"; then
        return
    fi
    note "No registry can be reached; making $base_image from Debian's packages instead (about 20 seconds)."
    local work
    work=$(mktemp -d)
    if ! as_root mmdebstrap --quiet --variant=minbase --include=ca-certificates \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-include=/usr/share/doc/*/copyright' --dpkgopt='path-exclude=/usr/share/locale/*' \
        bookworm - > "$work/root.tar" 2>> "$log"; then
        rm -rf "$work"
        show_log "$log"
        fail "The base image could neither be pulled nor made." "Check the network, then start this command again."
    fi
    curl --silent --show-error --fail --max-time 600 --unix-socket "$engine_socket" -X POST -T - \
        -H 'Content-Type: application/x-tar' \
        "http://localhost/images/create?fromSrc=-&repo=debian&tag=bookworm-slim" < "$work/root.tar" >> "$log" 2>&1 || true
    rm -rf "$work"
    image_exists "$base_image" || { show_log "$log"; fail "The engine did not take the base image." "The whole output is in $log."; }
}

# Built by Paddock itself, and kept as long as the recipe stays the same. Its owner process gets folders of its own, so
# that a Paddock that runs meanwhile is left alone.
agent_image_ensure() { # agent_image_ensure BUILD
    local program=$1/bin/paddockctl log=$log_folder/agent-image.log work status=0 environment name
    mkdir -p "$log_folder"
    work=$("${builder[@]}" mktemp -d /tmp/paddock-image.XXXXXX)
    environment=(XDG_RUNTIME_DIR="$work")
    for name in CONFIG DATA STATE CACHE; do environment+=("XDG_${name}_HOME=$work"); done
    note "Building claude-agent-base where its recipe changed; Node.js and the agent come from npm's registry."
    "${builder[@]}" env "${environment[@]}" "$program" image build claude-agent-base --verbose 2>&1 < /dev/null |
        tee "$log" | sed -u -n 's/^Step \([0-9]*\)\/\([0-9]*\) .*/\1 \2/p' |
        while read -r at all; do printf '%d\n' $((100 * at / all)); done | progress "building" || status=$?
    "${builder[@]}" env "${environment[@]}" "$program" serve --stop > "$log.stop" 2>&1 < /dev/null || true
    rm -rf "$work"
    if [ "$status" -ne 0 ]; then
        show_log "$log"
        fail "The image of the agents could not be built." "The whole output is in $log."
    fi
    tail -n 1 "$log" | sed 's/^/    /'
}
