#!/bin/bash
# SPDX-License-Identifier: MIT
# oci.sh [N]: what a container of an engine costs: create, start and delete of one bundle with /bin/true and
# docker's seccomp profile, by nap, crun and runc, N times each, interleaved and paired. The median of the paired
# ratios may be 0.35 for crun and 0.2 for runc. Each is a shell with three commands, and all have the same shell.
set -eu
rounds=${1:-100}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench-world.sh
. "$here/../bench-world.sh"

# The three commands of one runtime, as a script. What has ended is deleted as what runs is.
sequence() { # NAME RUNTIME...
	printf '%s create --bundle %s %s </dev/null && %s start %s && exec %s delete --force %s\n' \
		"${*:2}" "$W/bundle" "$1" "${*:2}" "$1" "${*:2}" "$1" >"$W/$1.sh"
	printf '%s\tsh %s\n' "$1" "$W/$1.sh"
}

begin_world
ln -s "$B/nap" "$W/nap-oci"
make_bundle
cc -O2 -w -o "$W/bench" "$here/bench.c"
{
	sequence crun crun --root "$W/crun" --cgroup-manager=cgroupfs
	sequence runc runc --root "$W/runc"
	sequence nap "$W/nap-oci" --root "$W/nap" --cgroup-manager=cgroupfs
} >"$W/list"
BENCH_SUBJECT=nap chrt -r 1 "$W/bench" "$rounds" 3 "$W/list" | tee "$W/out"
for limit in crun:0.35 runc:0.2; do
	awk -v l="${limit#*:}" -v of="${limit%:*}" '$1 == "nap" && $5 == of { r = $3 }
		END { printf "at most %s x %s: %s\n", l, of, r != "" && r <= l ? "met" : "NOT MET" }' "$W/out"
done
