#!/usr/bin/env bash
# SPDX-FileCopyrightText: Paddock contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# enter-root.sh FOLDER COMMAND...: runs COMMAND as root with FOLDER as its root file system, in mount, process, name
# and IPC namespaces of its own: as near to a bare machine as a folder gets. Called as root. The network namespace is
# the caller's. The end of COMMAND ends every process within.
set -euo pipefail

if [ "${1:-}" != --inside ]; then
    exec unshare --mount --pid --fork --kill-child --uts --ipc -- "$0" --inside "$@"
fi
shift
root=$1
shift

mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 dev "$root/dev"
for name in null zero full random urandom tty; do
    touch "$root/dev/$name"
    mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir -p "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
mount -t tmpfs -o mode=755 run "$root/run"
mkdir -p "$root/run/lock"

# Not a plain chroot: the container engine looks its mounts up from the root down.
cd "$root"
mkdir -p .outside
pivot_root . .outside
exec chroot . /bin/sh -c 'umount -l /.outside && rmdir /.outside && cd / && "$@"' sh "$@"
