#!/bin/bash
# SPDX-License-Identifier: MIT
# start.sh [N]: how long it takes to start /bin/true in a container, N times each, interleaved and
# paired: the floor (floor.c: the least set of system calls), nap, bwrap, and crun with docker's seccomp
# profile. The ratio is the median of paired ratios to the floor; maxrss is the launcher's peak memory.
# The floor keeps what its container writes in memory; nap is shown with its store on a fresh ext4, on the
# disk of this machine, and in memory.
set -eu
rounds=${1:-200}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034 # no others: for the file below
world=
# shellcheck source=tests/bench-world.sh
. "$here/../bench-world.sh"
M=/dev/shm/nap-bench-store

# What the launchers run: busybox as a tree, as a bundle, and as a loaded image.
prepare() {
	mkdir -p "$W"/layers/{0,1,2,3,4} "$W/mnt" /dev/shm/nap-bench
	make_bundle
	cp "$here/seccomp.bpf" "$W/sec.bpf"
	flock "$B" "$top/tests/corpus/make.sh" "$B/tests/corpus" busybox
	for store in "$W/disk/store" "$W/store" "$M"; do
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

nap_run() { echo "$B/nap --root $1 --runroot /run/nap run --rm --network none busybox:1.0 /bin/true"; }

commands() {
	local knobs="-k mask=2 -k volatile=1 -k upper=/dev/shm/nap-bench -k cgroot=$group"

	printf 'floor\t%s\n' "$W/floor $knobs"
	printf 'nap run, fresh ext4\t%s\n' "$(nap_run "$W/disk/store")"
	printf 'nap run, this disk\t%s\n' "$(nap_run "$W/store")"
	printf 'nap run, in memory\t%s\n' "$(nap_run "$M")"
	printf 'bwrap\t%s\n' "bwrap --unshare-all --bind $W/bundle/rootfs / --proc /proc --dev /dev /bin/true"
	printf 'crun, docker seccomp\t%s\n' \
		"crun --root $W/crun --cgroup-manager=cgroupfs run --bundle $W/bundle bench"
}

litter=("$M" /dev/shm/nap-bench)
begin_world
prepare
build
commands >"$W/list"
BENCH_SUBJECT="nap run, fresh ext4" chrt -r 1 "$W/bench" "$rounds" 5 "$W/list"
