#!/bin/bash
# SPDX-License-Identifier: MIT
# Who owns a name: naps that start, end, remove and clean containers of one name at once, and what is
# left to find after a kill, a reboot, or in directories that are not nap's alone.
. "$(dirname "$0")/lib.sh"
needs jq strace
corpus payload
load payload/oci-gz
run() { nap run --network none "$@"; }
run payload:1.0 true
before=$(world)
killed_run() { # SYSCALL N OPTION...: nap run, killed at the Nth SYSCALL
	strace -qq -o /dev/null -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" \
		"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none "${@:3}" >/dev/null 2>&1
}

# ---- RUNROOT holds more than containers: /run/nap has configuration and app files as well
mkdir -p "$RUNROOT/apps" && echo kept >"$RUNROOT/apps/web.app" && echo '[Store]' >"$RUNROOT/nap.conf"
ok "prune" nap prune -f
ok "clean of a name that is a directory there" nap clean apps
ok "clean of a name that is a file there" nap clean nap.conf
ok "a container of that name" run --name apps payload:1.0 true
is "they are untouched" "$(cat "$RUNROOT/apps/web.app" "$RUNROOT/nap.conf")" $'kept\n[Store]'
rm -r "$RUNROOT/apps" "$RUNROOT/nap.conf"

# ---- a reboot empties RUNROOT, but not the store
"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none --name web payload:1.0 /payload sleep >"$T/out" &
wait_for grep -q ready "$T/out"
kill -9 $!
wait $! 2>/dev/null
rm -rf --one-file-system "$RUNROOT"
ok "the name of a container from before a reboot is free" run --name web payload:1.0 true
same_world "and its files are gone" "$before"

# ---- --keep
run --keep --name kept payload:1.0 sh -c 'echo precious >/file'
fails_with 125 'kept is taken' nap run --name kept payload:1.0 true
ok "clean leaves a kept container alone" nap clean kept
ok "prune too" nap prune -f
is "its files are there" "$(cat "$ROOT/containers/kept/upper/file")" precious
for i in {1..10}; do run --name kept payload:1.0 true 2>/dev/null & done
wait
is "whoever wants its name cannot harm it" "$(cat "$ROOT/containers/kept/upper/file")" precious
for i in {1..10}; do nap rm kept >/dev/null 2>&1 & done
wait
same_world "ten rm at once leave nothing" "$before"

# killed when the state was saved, but not all was undone
for n in {1..12}; do
	killed_run renameat "$n" --keep --name late payload:1.0 sh -c 'echo precious >/file' || true
	[ ! -e "$ROOT/containers/late/state.json" ] || { nap clean late; break; }
	nap clean late
done
run --keep --name late payload:1.0 sh -c 'echo precious >/file' 2>/dev/null
for n in 1 2 3; do
	nap rm late >/dev/null 2>&1
	killed_run unlinkat "$n" --keep --name late payload:1.0 sh -c 'echo precious >/file'
	[ -e "$ROOT/containers/late/state.json" ] || continue
	ok "clean after a kill while undoing" nap clean late
	is "keeps what was kept" "$(cat "$ROOT/containers/late/upper/file")" precious
done
nap rm -f late >/dev/null 2>&1
same_world "nothing is left" "$before"

# ---- one name: starts, stops, removals and clean-ups at once never hurt each other
begun=$SECONDS failed=0 started=0
until [ -e "$T/over" ]; do nap prune -f; nap clean one; nap rm -f one; done >/dev/null 2>&1 &
# for eight seconds, and where these are not enough for a few starts, for four minutes at most
while [ $((SECONDS - begun)) -lt $((started > 20 ? 8 : 240)) ]; do
	out=$(run --name one payload:1.0 true 2>&1)
	case "$? $out" in
	"0 ") started=$((started + 1)) ;;
	137\ * | 125\ *"is taken by"*) ;;
	*) failed=$((failed + 1)) && echo "# $out" ;;
	esac
done
touch "$T/over"
wait
is "starts beside prune, clean and rm: only a kill disturbs them" "$failed" 0
ok "and most go well ($started)" test "$started" -gt 20
same_world "nothing is left" "$before"

# ---- clean straight after a kill finds everything, however far the start had come
for call in clone3 fsopen move_mount socketpair recvmsg sendmsg renameat waitid unlinkat; do
	for n in {1..6}; do
		killed_run "$call" "$n" --name victim payload:1.0 true
		[ $? = 137 ] || break
		nap clean victim || fail "clean after a kill at $call number $n"
		if [ -e "$RUNROOT/state/victim" ] || [ -e "$ROOT/containers/victim" ]; then
			fail "clean after a kill at $call number $n leaves files"
		fi
	done
done
same_world "nothing is left of the killed" "$before"
finish
