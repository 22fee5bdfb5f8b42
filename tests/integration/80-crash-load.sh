#!/bin/bash
# SPDX-License-Identifier: MIT
# A load that is killed at any point leaves a store in which the next load succeeds, and gives what a
# load into a fresh store gives. Two loads at once do not disturb each other.
. "$(dirname "$0")/lib.sh"
needs jq strace
corpus busybox edge payload

archive=$CORPUS/payload/oci-gz.tar
other=$CORPUS/edge/oci-gz.tar
fresh_store
nap load -q "$other" >/dev/null
nap load -q "$archive" >/dev/null
wanted=$(store_list "$ROOT")
points=0

# Whatever was interrupted: load, prune, and the store is the one of before.
recovers() { # DESCRIPTION
	local out

	points=$((points + 1))
	out=$(nap load -q "$archive" 2>&1) || { fail "$1: the next load" "$out"; return; }
	# the process that read has a share of the lock, and the kernel may not have ended it yet
	prune_until_whole && return
	fail "$1: the store differs" "$(diff <(echo "$wanted") <(store_list "$ROOT") | head)"
}
prune_until_whole() {
	local end=$((SECONDS + 20))

	while [ $SECONDS -lt $end ]; do
		nap prune -f >/dev/null 2>&1
		[ "$(store_list "$ROOT")" = "$wanted" ] && return
		sleep 0.05
	done
	return 1
}

begin() {
	fresh_store
	nap load -q "$other" >/dev/null
}

# ---- by time: from before the start to past the end of a load
begin
start=${EPOCHREALTIME/./}
nap load -q "$archive" >/dev/null
whole=$((${EPOCHREALTIME/./} - start))
for i in {1..30}; do
	begin
	setsid "$NAP" --root "$ROOT" --runroot "$RUNROOT" load -q "$archive" >/dev/null 2>&1 &
	loader=$!
	sleep "$(printf '%d.%06d' $((whole * i / 26 / 1000000)) $((whole * i / 26 % 1000000)))"
	kill -9 -- "-$loader" 2>/dev/null || kill -9 $loader 2>/dev/null
	wait $loader 2>/dev/null
	recovers "killed after $((whole * i / 26)) us"
done
is "30 kills by time: the next load succeeds" "$tests_failed" 0

# ---- by system call: at the Nth of those that change the store
killed=0
for call in mkdirat openat symlinkat linkat fchownat unlinkat renameat,renameat2 flock pwrite64 write syncfs,fsync utimensat; do
	for n in 1 2 5 12 40; do
		begin
		strace -f -qq -o "$T/strace" -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
			"$NAP" --root "$ROOT" --runroot "$RUNROOT" load -q "$archive" >"$T/said" 2>&1
		# the whole load, the process that reads, or there are fewer than n of these calls
		[ $? = 137 ] || grep -q "was killed" "$T/said" || break
		killed=$((killed + 1))
		recovers "killed at $call number $n"
	done
done
is "$killed kills by system call: the next load succeeds" "$tests_failed" 0
ok "$points points in all are 50 or more" test $points -ge 50

# ---- what was there before stays usable
begin
strace -f -qq -o /dev/null -e trace=renameat,renameat2 -e inject=renameat,renameat2:signal=KILL:when=1 \
	"$NAP" --root "$ROOT" --runroot "$RUNROOT" load -q "$archive" >/dev/null 2>&1
is "after a kill the other image is whole" "$(image_tree edge:1.0 | wc -l)" "$(wc -l <"$TOP/tests/corpus/edge.tree")"

# ---- at once
for round in {1..5}; do
	fresh_store
	nap load -q "$other" >/dev/null
	nap load -q "$archive" >"$T/one" 2>&1 &
	one=$!
	nap load -q "$archive" >"$T/two" 2>&1 &
	two=$!
	wait $one
	is "two loads of one image at once, round $round: the first" "$? $(grep -c . "$T/one")" "0 1"
	wait $two
	is "the second" "$? $(cat "$T/two")" "0 $(cat "$T/one")"
	nap prune -f >/dev/null 2>&1
	is "the store" "$(store_list "$ROOT")" "$wanted"
done
finish
