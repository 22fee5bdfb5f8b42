#!/bin/bash
# SPDX-License-Identifier: MIT
# How a container ends: its output, its exit code, who stops it, and what nap says about a system call
# that failed, wherever in the start that was.
. "$(dirname "$0")/lib.sh"
needs jq strace
corpus payload
load payload/oci-gz
run() { nap run --network none "$@"; }
start() { # NAME ARGUMENT...: in the background, as the job $!
	rm -f "$T/$1.out" # what an earlier one of that name has said
	"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none --name "$@" >"$T/$1.out" 2>"$T/$1.err" &
	wait_for grep -q ready "$T/$1.out"
}
run payload:1.0 true
before=$(world)

# ---- the terminal's output
is "a reader that is slow gets everything" "$(run -t payload:1.0 seq 100000 | (sleep 1.5; wc -l))" 100000
timeout -k 5 180 "$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none -t payload:1.0 yes | head -n 1 >/dev/null
is "an app whose reader went is hung up on" "${PIPESTATUS[0]}" 129
is "the size is there from the start" \
	"$(for _ in {1..10}; do printf '' | script -qec "stty rows 33 cols 77; $NAP --root $ROOT --runroot $RUNROOT run --network none -t payload:1.0 stty size" /dev/null; done | tr -d '\r' | sort -u)" "33 77"

# ---- stopping
for how in "" --init=false; do
	for signal in TERM QUIT WINCH; do
		# shellcheck disable=SC2086
		start "s-${signal,,}" $how --stop-signal "$signal" payload:1.0 sh -c 'echo ready; exec /payload sleep'
		then=$SECONDS
		nap stop -t 120 "s-${signal,,}" >/dev/null
		ok "an app without a handler stops at once: $signal $how" test $((SECONDS - then)) -lt 8
		wait $!
	done
done
start frozen payload:1.0 sh -c 'trap "exit 5" TERM; echo ready; kill -STOP $$; while :; do sleep 0.1; done'
then=$SECONDS
nap stop -t 120 frozen >/dev/null
ok "an app that is suspended" test $((SECONDS - then)) -lt 8
wait $!
is "can still end by its own means" $? 5

# ---- any system call may fail: an error of one line within three seconds, or none, and nothing left
call() { # SYSCALL ERROR N
	timeout -k 5 60 strace -f -qq -o /dev/null -e "trace=$1" -e "inject=$1:error=$2:when=$3" \
		"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none payload:1.0 true >/dev/null 2>"$T/err"
}
for at in rt_sigprocmask:EMFILE:1 dup3:EMFILE:1 dup3:EMFILE:2 dup3:EMFILE:3 close_range:ENOMEM:1 capset:EPERM:1 \
	execveat:ENOMEM:1 socketpair:EMFILE:1 socketpair:EMFILE:2 setns:ENOMEM:1 setns:ENOMEM:2 recvmsg:ENOMEM:1 \
	sendmsg:ENOBUFS:1 sendmsg:ENOBUFS:2 prctl:EPERM:4 memfd_create:ENOMEM:1 open_tree:ENOMEM:1 umount2:EBUSY:1; do
	IFS=: read -r name error n <<<"$at"
	for _ in 1 2 3; do # a busy machine may take so long by itself, but not each time
		then=$SECONDS
		call "$name" "$error" "$n"
		status=$? took=$((SECONDS - then))
		[ $took -gt 3 ] || break
	done
	like "$at: one line, in time" "$status $(grep -cv '^hint: ' "$T/err") $((took > 3))" '^(0 0|12[56] 1) 0$'
done

# ---- a volume whose filling was cut short is filled by the next who wants it
for call in copy_file_range utimensat fremovexattr; do
	strace -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=1" \
		"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none -v half:/data payload:1.0 true >/dev/null 2>&1
	nap prune -f >/dev/null
	is "killed at $call" "$(run -v half:/data payload:1.0 cat /data/file)" "from the image"
	rm -rf --one-file-system "$ROOT/volumes/half"
done 2>/dev/null
strace -qq -o /dev/null -e trace=copy_file_range -e inject=copy_file_range:error=ENOSPC \
	"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none -v half:/data payload:1.0 true 2>"$T/err"
is "a full disk: said, and nothing half-made" "$? $(find "$ROOT/volumes/half" | wc -l)" "125 1"
rm -rf --one-file-system "$ROOT/volumes/half"

same_world "nothing is left" "$before"
finish
