#!/bin/bash
# SPDX-License-Identifier: MIT
# Many starts, one after the other and at once, and starts that end badly: all succeed or fail as they
# should, and what there is afterwards is what there was.
. "$(dirname "$0")/lib.sh"
needs jq strace
corpus payload
load payload/oci-gz
run() { nap run --network none payload:1.0 "$@"; }
run true # whatever is made once is made now
before=$(world)

failed=0
for _ in {1..200}; do
	run true || failed=$((failed + 1))
done
is "200 starts in sequence" $failed 0
same_world "leave nothing" "$before"

pids=()
for _ in {1..100}; do
	run /payload exit 3 2>>"$T/err" &
	pids+=($!)
done
failed=0
for p in "${pids[@]}"; do
	wait "$p"
	[ $? = 3 ] || failed=$((failed + 1))
done
is "100 at once" "$failed $(head -n 3 "$T/err")" "0 "
same_world "leave nothing" "$before"

pids=()
for i in {1..20}; do
	nap run --network none --name "n$i" payload:1.0 /payload sleep >"$T/out.$i" &
	pids+=($!)
done
for i in {1..20}; do wait_for grep -q ready "$T/out.$i"; done
is "20 run side by side" "$(nap ps -q | wc -l)" 20
for i in {1..20}; do nap stop "n$i" >/dev/null & done
wait "${pids[@]}"
wait
same_world "20 stops at once leave nothing" "$before"

# ---- one name, many takers: exactly one gets it
pids=()
for i in {1..10}; do
	nap run --network none --name only payload:1.0 /payload sleep >"$T/only.$i" 2>/dev/null &
	pids+=($!)
done
wait_for eval 'grep -q ready "$T"/only.*' # anew each time: the ten make their files as they come
becomes "of ten that want one name, one runs" 1 eval 'nap ps -q | wc -l'
alive() { # how many of the ten have not given up: who comes last must not find the name free again
	local p n=0

	for p in "${pids[@]}"; do process_ended "$p" || n=$((n + 1)); done
	echo "$n"
}
becomes "and nine have given up" 1 alive
nap stop only >/dev/null
wait "${pids[@]}"
same_world "the others leave nothing" "$before"

# ---- nap is killed: clean undoes whatever it left
killed_at() { # CALL N
	(
		strace -qq -o /dev/null -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" "$NAP" --root "$ROOT" \
			--runroot "$RUNROOT" run --name victim --network none payload:1.0 /payload exit 0 >/dev/null
		[ $? = 137 ]
	) 2>/dev/null
}
# what nap had started dies with it, but a moment later
clean_up() {
	local id

	for id in $(nap ps -a -q); do nap clean "$id" >/dev/null 2>&1; done
	wait_for nap run --name victim --network none payload:1.0 true
	nap prune -f >/dev/null 2>&1
}

killed=0
for call in clone3,clone,fork,vfork mkdirat openat fsopen fsmount move_mount pidfd_open,pidfd_send_signal renameat,renameat2 \
	waitid,wait4,ppoll,poll write; do
	for n in 1 3 8; do
		killed_at "$call" "$n" || break
		killed=$((killed + 1))
		clean_up
	done
done
# between init and the app: init unties itself from nap as it gives up its rights, and ties itself again
for _ in {1..10}; do
	killed_at pidfd_open 1
	clean_up
done
ok "nap was killed at 10 points or more ($killed)" test $killed -ge 10
same_world "clean leaves nothing of it" "$before"

# ---- system calls fail: an error, no hang, nothing left
for call in clone3 fsopen fsmount move_mount mount_setattr pivot_root openat2 mkdirat pipe2 setgroups capset; do
	strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:error=ENOSPC:when=2" \
		timeout 60 "$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none payload:1.0 true >/dev/null 2>"$T/err"
	status=$?
	like "ENOSPC at $call: nap says so, or can do without" "$status $(cat "$T/err")" '^(125 nap: |0 ?)'
done
same_world "failed starts leave nothing" "$before"

# ---- a full disk
mkdir "$T/full"
mount -t tmpfs -o size=8m tmpfs "$T/full"
ROOT=$T/full/root RUNROOT=$T/full/run
load payload/oci-gz
run true
before=$(world)
dd if=/dev/zero of="$T/full/fill" bs=4k 2>/dev/null
nap run --network none payload:1.0 true 2>"$T/err"
like "on a full disk: runs, or one line says why" "$? $(cat "$T/err")" '^(0 |125 nap: .*[Ss]pace)'
rm "$T/full/fill"
same_world "and nothing is left" "$before"
finish
