#!/bin/bash
# SPDX-License-Identifier: MIT
# tag, rmi and prune killed at every system call that changes the store: it stays whole, names and
# images and layers fit together, and one prune removes whatever was left. Then all of them at once.
. "$(dirname "$0")/lib.sh"
needs jq strace
corpus busybox edge payload

calls="mkdirat symlinkat renameat unlinkat fsync flock openat"
master=$T/master

fresh_store
for image in busybox edge payload; do
	nap load -q "$CORPUS/$image/oci-gz.tar" >/dev/null
done
nap tag edge:1.0 registry.example:5000/a/b:c
nap tag busybox:1.0 second
mv "$ROOT" "$master"

# What does not fit together, a line each.
faults() {
	local id image key name

	while read -r name id; do
		[ -e "$ROOT/images/$id/image" ] || echo "$name points nowhere"
	done < <(cd "$ROOT/names" && find . -type l -printf '%P %l\n')
	for image in "$ROOT"/images/*/image; do
		[ -e "$image" ] || continue
		for key in $(jq -r '.layers[]' "$image"); do
			[ -e "$ROOT/layers/$key/layer" ] && [ -d "$ROOT/layers/$key/fs" ] ||
				echo "$image misses layer $key"
		done
	done
	nap images -q >/dev/null 2>&1 || echo "nap images fails"
}

kill_at() { # CALL N COMMAND...
	strace -f -qq -o "$T/strace" -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" \
		"$NAP" --root "$ROOT" --runroot "$RUNROOT" "${@:3}" >"$T/out" 2>&1 </dev/null
}

# The store is whole after the kill, after a prune, and gone after the last one.
recovers() { # DESCRIPTION
	local out

	out=$(faults)
	[ -z "$out" ] || fail "$1" "$out"
	out=$(nap prune -f 2>&1) || fail "$1: prune" "$out"
	out=$(faults; ls "$ROOT/tmp")
	[ -z "$out" ] || fail "$1 and pruned" "$out"
	out=$(nap prune -f -a 2>&1) || fail "$1: prune -a" "$out"
	out=$(cd "$ROOT" && find images layers names tmp -mindepth 1)
	[ -z "$out" ] || fail "$1: prune -a leaves" "$out"
}

# Kill the command at the first, second, ... of each call; past the eighth not at each, since most
# of a removal is one file after the other.
kill_at_each_step() { # COMMAND...
	local call n killed=0 before=$tests_failed

	for call in $calls; do
		n=1
		while :; do
			rm -rf "$ROOT" && cp -a "$master" "$ROOT"
			kill_at "$call" "$n" "$@" 2>/dev/null # where the shell says "Killed"
			[ $? = 137 ] || break
			killed=$((killed + 1))
			recovers "$* killed at $call $n"
			n=$((n < 8 ? n + 1 : n + n / 4))
		done
	done
	is "$*: killed at $killed points, the store is whole" "$tests_failed" "$before"
	[ "$killed" -ge 3 ] || fail "$*: was hardly killed"
}

kill_at_each_step tag edge:1.0 some.where/deep/er:1
kill_at_each_step tag edge:1.0 second
kill_at_each_step rmi second
kill_at_each_step rmi -f "$(jq -r '.[0].Id' < <(ROOT=$master nap inspect edge:1.0))"
kill_at_each_step rmi payload:1.0
kill_at_each_step prune -f -a

# ---- a name that cannot be made at the end of a load: everything is as before
for call in symlinkat renameat renameat2 fsync; do
	rm -rf "$ROOT" && cp -a "$master" "$ROOT"
	nap rmi payload:1.0 >/dev/null
	store_list "$ROOT" >"$T/before"
	n=1
	while :; do
		strace -f -qq -o "$T/strace" -e "trace=$call" -e "inject=$call:error=ENOSPC:when=$n" \
			"$NAP" --root "$ROOT" --runroot "$RUNROOT" load -q --tag second --tag new/er:1 \
			"$CORPUS/payload/oci-gz.tar" >/dev/null 2>"$T/err"
		[ $? = 1 ] || break
		store_list "$ROOT" >"$T/after"
		same_file "a load whose $call $n fails leaves the store as it was" "$T/after" "$T/before"
		n=$((n + 1))
	done
	[ "$n" -gt 1 ] || fail "$call was not made to fail" "$(cat "$T/err")"
done

# ---- all at once: whoever loses says so, and nobody breaks anything
rm -rf "$ROOT" && cp -a "$master" "$ROOT"
repeat() { # COUNT COMMAND...
	local i

	for ((i = 0; i < $1; i++)); do
		nap "${@:2}" >/dev/null 2>>"$T/errors"
	done
}
load() {
	local i

	for i in {1..12}; do
		nap load -q "$CORPUS/$1/oci-gz.tar" >/dev/null 2>>"$T/load-errors"
	done
}
: >"$T/errors"
: >"$T/load-errors"
load busybox &
load edge &
repeat 40 tag busybox:1.0 again &
repeat 40 rmi busybox:1.0 &
repeat 40 rmi -f again &
repeat 20 prune -f &
repeat 20 prune -f -a &
for _ in {1..40}; do nap images --json; done >"$T/lists" 2>"$T/list-errors" &
wait
is "no load fails beside removals" "$(cat "$T/load-errors")" ""
is "nor does a list" "$(cat "$T/list-errors")" ""
is "every list is JSON" "$(jq -s length "$T/lists")" 40
is "a removal fails only for want of its image" \
	"$(grep -vE 'no such image|has [0-9]+ names|^hint: ' "$T/errors")" ""
is "what is there fits together" "$(faults)" ""
for image in busybox edge; do
	nap load -q "$CORPUS/$image/oci-gz.tar" >/dev/null
done
is "after another load, too" "$(faults)" ""
is "and runs" "$(nap run --network none busybox:1.0 echo yes)" yes
ok "prune -a" nap prune -f -a
is "leaves nothing" "$(cd "$ROOT" && find images layers names tmp -mindepth 1)" ""
finish
