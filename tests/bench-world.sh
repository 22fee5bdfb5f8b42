# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the benchmarks of starts have in common, in namespaces of their own and to be sourced: $here is the
# script's directory. Makes $W to write into, a cgroup $group, and by begin_world /run and a fresh ext4 at $W/disk.
: "${here:?}"
top=$(cd "$here/../.." && pwd)
B=${B:-$top/build}
W=$(mktemp -d /var/tmp/nap-bench.XXXXXX)
group=/sys/fs/cgroup/nap-bench.${W##*.}

leave() {
	echo 0 >/sys/fs/cgroup/cgroup.procs
	echo 1 >"$group/cgroup.kill"
	while grep -q 'populated 1' "$group/cgroup.events"; do sleep 0.01; done
	find "$group" -depth -type d -exec rmdir {} + || true
	umount "$W/disk" || true
	rm -rf --one-file-system "$W"
}

begin_world() {
	mount -t tmpfs -o mode=755 run /run
	mount -t cgroup2 none /sys/fs/cgroup
	mkdir "$group"
	echo 0 >"$group/cgroup.procs"
	trap leave EXIT
	trap 'exit 1' INT TERM PIPE
	mkdir "$W/disk"
	truncate -s 600M "$W/image"
	mkfs.ext4 -q "$W/image"
	mount -o loop "$W/image" "$W/disk"
}
