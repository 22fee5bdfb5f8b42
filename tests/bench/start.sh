#!/bin/bash
# SPDX-License-Identifier: MIT
# start.sh [N]: how long it takes to start /bin/true in a container, N times each, interleaved and
# paired: the floor (floor.c: the least set of system calls), nap, bwrap, and crun with docker's seccomp
# profile. The ratio is the median of paired ratios to the floor; maxrss is the launcher's peak memory.
# The floor keeps what its container writes in memory; nap is shown with its store on a fresh ext4, on the
# disk of this machine, and in memory.
set -eu
if [ -z "${NAP_BENCH_WORLD:-}" ]; then
	NAP_BENCH_WORLD=1 exec unshare --mount --propagation private /bin/bash "$0" "$@"
fi
rounds=${1:-200}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
B=${B:-$top/build}
W=$(mktemp -d /var/tmp/nap-bench.XXXXXX)
D=$W/disk
M=/dev/shm/nap-bench-store
group=/sys/fs/cgroup/nap-bench.${W##*.}

leave() {
	echo 0 >/sys/fs/cgroup/cgroup.procs
	find "$group" -depth -type d -exec rmdir {} + || true
	umount "$D" || true
	rm -rf --one-file-system "$W" "$M" /dev/shm/nap-bench
}

# What the launchers run: busybox as a tree, as a bundle, and as a loaded image.
prepare() {
	mkdir -p "$W"/bundle/rootfs/{bin,proc,sys,dev,tmp} "$W"/layers/{0,1,2,3,4} "$W/mnt" /dev/shm/nap-bench
	cp "$(command -v busybox)" "$W/bundle/rootfs/bin/busybox"
	ln -s busybox "$W/bundle/rootfs/bin/true"
	cp "$here/seccomp.bpf" "$W/sec.bpf"
	flock "$B" "$top/tests/corpus/make.sh" "$B/tests/corpus" busybox
	mkdir "$D"
	truncate -s 600M "$W/image"
	mkfs.ext4 -q "$W/image"
	mount -o loop "$W/image" "$D"
	for store in "$D/store" "$W/store" "$M"; do
		"$B/nap" --root "$store" --runroot "$W/run" load -q "$B/tests/corpus/busybox/oci-raw" >/dev/null
	done
}

build() {
	local static="cc -static"

	! command -v musl-gcc >/dev/null ||
		static="musl-gcc -static -idirafter /usr/include -idirafter /usr/include/$(uname -m)-linux-gnu"
	$static -O2 -w -z noexecstack -DB="\"$W\"" -o "$W/floor" "$here/floor.c"
	cc -O2 -w -o "$W/bench" "$here/bench.c"
}

# docker's profile as an OCI runtime takes it: the rules for a container with the default capabilities.
# Without device rules: nap run has none either, and loading them needs CAP_SYS_RESOURCE.
bundle() {
	local profile=$top/tests/data/docker-seccomp.json

	(cd "$W/bundle" && crun spec)
	jq '{defaultAction, defaultErrnoRet, architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
	     syscalls: [.syscalls[] | select((.includes.caps // []) == [] and ((.includes.arches // ["amd64"]) | index("amd64"))
	                and ((.excludes.arches // []) | index("amd64") | not))
	                | {names, action, args: (.args // []), errnoRet} | del(..|nulls)]}' "$profile" >"$W/seccomp.json"
	jq --slurpfile seccomp "$W/seccomp.json" '.process.args = ["/bin/true"] | .process.terminal = false
		| .linux.seccomp = $seccomp[0] | del(.linux.resources)' "$W/bundle/config.json" >"$W/config.json"
	mv "$W/config.json" "$W/bundle/config.json"
}

nap_run() { echo "$B/nap --root $1 --runroot /run/nap run --rm --network none busybox:1.0 /bin/true"; }

commands() {
	local knobs="-k mask=2 -k volatile=1 -k upper=/dev/shm/nap-bench -k cgroot=$group"

	printf 'floor\t%s\n' "$W/floor $knobs"
	printf 'nap run, fresh ext4\t%s\n' "$(nap_run "$D/store")"
	printf 'nap run, this disk\t%s\n' "$(nap_run "$W/store")"
	printf 'nap run, in memory\t%s\n' "$(nap_run "$M")"
	printf 'bwrap\t%s\n' "bwrap --unshare-all --bind $W/bundle/rootfs / --proc /proc --dev /dev /bin/true"
	[ ! -e "$top/tests/data/docker-seccomp.json" ] ||
		printf 'crun, docker seccomp\t%s\n' \
			"crun --root $W/crun --cgroup-manager=cgroupfs run --bundle $W/bundle bench"
}

mount -t tmpfs -o mode=755 run /run
mount -t cgroup2 none /sys/fs/cgroup
mkdir "$group"
echo 0 >"$group/cgroup.procs"
trap leave EXIT
trap 'exit 1' INT TERM PIPE
prepare
build
[ ! -e "$top/tests/data/docker-seccomp.json" ] || bundle
commands >"$W/list"
BENCH_SUBJECT="nap run, fresh ext4" chrt -r 1 "$W/bench" "$rounds" 5 "$W/list"
