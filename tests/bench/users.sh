#!/bin/bash
# SPDX-License-Identifier: MIT
# users.sh [N]: what a user namespace costs. A start to /bin/true and back with one against one without,
# N times each, interleaved and paired: without a network, with one, and with mounts.
# The median of the paired ratios may be 1.15.
set -eu
rounds=${1:-200}
limit=1.15
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench-world.sh
. "$here/../bench-world.sh"
CORPUS=${CORPUS:-$B/tests/corpus}

prepare() {
	begin_world
	ip link set lo up
	flock "$B" "$top/tests/corpus/make.sh" "$CORPUS" busybox
	"$B/nap" --root "$W/disk/store" load -q "$CORPUS/busybox/oci-raw" >/dev/null
	cc -O2 -w -o "$W/bench" "$here/bench.c"
}

# How many times longer it takes with a user namespace.
compare() { # DESCRIPTION ARGUMENT...
	local what=$1 mode ratio
	shift

	for mode in host auto; do
		printf '%s\t%s\n' "$mode" "$B/nap --root $W/disk/store --runroot /run/nap run --userns $mode $*"
	done >"$W/list"
	echo "$what"
	BENCH_SUBJECT=auto chrt -r 1 "$W/bench" "$rounds" 5 "$W/list" | tee "$W/out"
	ratio=$(awk '/^auto is/ { print $3 }' "$W/out")
	awk -v r="$ratio" -v l="$limit" 'BEGIN { printf "limit %s: %s\n\n", l, r <= l ? "met" : "NOT MET" }'
}

prepare
compare "without a network" --network none busybox:1.0 /bin/true
compare "with a network" busybox:1.0 /bin/true
compare "with a volume and a tmpfs" --network none -v data:/data --tmpfs /tmp busybox:1.0 /bin/true
