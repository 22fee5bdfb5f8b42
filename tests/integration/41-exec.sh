#!/bin/bash
# SPDX-License-Identifier: MIT
# ps, exec, stop, kill, rm, inspect and clean on what runs.
. "$(dirname "$0")/lib.sh"
needs jq strace
corpus payload
load payload/oci-gz payload/user
nap run --network none payload:1.0 true # what is made once is made now
before=$(world)

# Start the payload under a name and wait until it says "ready"; nap's pid is in $app, the output in $T/out.NAME.
start() { # NAME [OPTION...] -- ARGUMENT...
	local options=()

	while [ "$2" != -- ]; do
		options+=("$2")
		set -- "$1" "${@:3}"
	done
	rm -f "$T/out.$1"
	# not by nap(): $! shall be nap itself; a shell's background jobs ignore SIGINT
	env --default-signal "$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none --name "$1" \
		"${options[@]}" payload:1.0 "${@:3}" >"$T/out.$1" &
	app=$!
	wait_for grep -q ready "$T/out.$1"
}
ended() { # WANTED-STATUS DESCRIPTION
	wait "$app"
	is "$2" $? "$1"
}
value() { sed -n "s/^$1=//p" "$2"; }

# ---- ps and inspect
is "nothing runs" "$(nap ps -q)" ""
is "in JSON" "$(nap ps --json | jq -c .)" '[]'
start web --hostname h -e SECRET=1 -- /payload sleep
is "ps -q prints the name" "$(nap ps -q)" web
like "ps: a table" "$(nap ps)" 'web'
like "ps: the image" "$(nap ps)" 'payload:1\.0'
is "ps --json" "$(nap ps --json | jq -r '.[0].Name')" web
pid=$(nap ps --json | jq '.[0].Pid')
is "inspect: the pid" "$(nap inspect --json web | jq '.[0].State.Pid')" "$pid"
like "the pid is the program's own" "$(tr '\0' ' ' <"/proc/$pid/cmdline")" '^/payload sleep'
is "inspect: it runs" "$(nap inspect --json web | jq -r '.[0].State.Status')" running
is "inspect: the image" "$(nap inspect --json web | jq -r '.[0].Image')" "$(nap inspect --json payload:1.0 | jq -r '.[0].Id')"
is "inspect: the spec" "$(nap inspect --json web | jq -c '.[0].spec.argv')" '["/payload","sleep"]'
fails_with 125 'web' nap run --name web payload:1.0 true

# ---- exec
# in the middle of a start the host's files would still be there
strace -f -qq -o /dev/null -e trace=pivot_root -e inject=pivot_root:delay_enter=2s \
	"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none --name slow payload:1.0 /payload sleep >"$T/out.slow" &
wait_for sh -c "[ -e '$RUNROOT/state/slow/state.json' ]"
is "exec waits for the app that is being started" "$(nap exec slow ls /payload 2>&1)" /payload
nap stop slow >/dev/null
wait $!
is "exec" "$(nap exec web echo inside)" inside
nap exec web /payload exit 9
is "its exit status" $? 9
nap exec web /payload kill 9
is "killed by a signal" $? 137
fails_with 127 'nosuch' nap exec web nosuch
fails_with 126 '/text' nap exec web /text
fails_with 125 'nosuch' nap exec nosuch true
is "exec has the container's environment" "$(nap exec web sh -c 'echo $FROM_IMAGE $SECRET')" "yes 1"
is "exec -e" "$(nap exec -e A=1 web sh -c 'echo $A')" 1
is "exec -w" "$(nap exec -w /data web pwd)" /data
is "exec in the working directory of the image" "$(nap exec web pwd)" /work
is "exec -u" "$(nap exec -u app web /payload report ids | sed -n 's/^uid=//p')" "1000 1000 1000"
is "exec -i" "$(echo text | nap exec -i web cat)" text
is "exec without -i: no standard input" "$(echo text | nap exec web cat)" ""
fails_with 125 'user' nap exec -u nosuch web true
nap exec web /payload report >"$T/report.exec"
nap run --network none payload:1.0 /payload report >"$T/report.run"
for key in status.CapBnd status.CapEff status.CapPrm status.CapInh status.CapAmb status.NoNewPrivs status.Seccomp \
	status.SigIgn status.SigBlk rlimit.core rlimit.nofile umask oom_score_adj dumpable groups; do
	is "exec is confined as run: $key" "$(value "$key" "$T/report.exec")" "$(value "$key" "$T/report.run")"
done
is "exec: three descriptors" "$(grep -c '^fd\.' "$T/report.exec")" 3
for ns in cgroup ipc mnt net pid uts; do
	is "exec joins the $ns namespace" "$(value "ns.$ns" "$T/report.exec")" "$(readlink "/proc/$pid/ns/$ns")"
done
is "exec joins the cgroup" "$(value cgroup "$T/report.exec" | grep ^0:)" 0::/
is "exec syscalls are filtered" "$(nap exec web /payload syscalls | grep -c '=EPERM\|=ENOSYS')" \
	"$(nap run --network none payload:1.0 /payload syscalls | grep -c '=EPERM\|=ENOSYS')"
nap exec web /payload syscalls | grep -E 'mount|unshare|bpf|setns|reboot' | grep -vE '=(EPERM|ENOSYS)' >"$T/open"
is "exec cannot mount or unshare" "$(cat "$T/open")" ""
before_exec=$(world)
for _ in {1..20}; do nap exec web true; done
same_world "20 execs leave nothing" "$before_exec"

# ---- stop
seconds() { # COMMAND...: how long it takes, in tenths
	local start=${EPOCHREALTIME/./}

	"$@" >/dev/null
	echo $(((${EPOCHREALTIME/./} - start) / 100000))
}
# Nothing is waited for: neither the two minutes that are given, nor the ten seconds that nap itself waits for others.
stops_at_once() { # DESCRIPTION NAME
	ok "$1" test "$(seconds nap stop -t 120 "$2")" -lt 80
}
stops_at_once "stop of a program without a handler is immediate" web
ended 143 "SIGTERM ended it"
is "ps: nothing" "$(nap ps -q)" ""
start catches -- /payload catch
ok "stop of a program with a handler" nap stop catches
ended 7 "it could say goodbye"
is "and did" "$(tail -n 1 "$T/out.catches")" "caught 15"
start ignores -- /payload ignore
stops_at_once "one that ignores the signal: immediate too" ignores
ended 137 "it was killed"
start stubborn -- /payload stubborn
like "stop -t 1 of one that goes on regardless: not the ten of the default" "$(seconds nap stop -t 1 stubborn)" '^[1-9][0-9]$'
ended 137 "it was killed"
start signalled --stop-signal INT -- /payload catch 2
ok "--stop-signal" nap stop signalled
ended 7 "was used"
nap run --network none --name image payload:user catch 2 >"$T/out.image" &
app=$!
wait_for grep -q ready "$T/out.image"
ok "StopSignal of the image" nap stop image
ended 7 "was used"
fails_with 125 'stop-signal' nap run --stop-signal NONSENSE payload:1.0 true
start bare --init=false -- /payload sleep
stops_at_once "stop of a PID 1 without a handler is immediate" bare
wait "$app"
fails_with 1 'nosuch' nap stop nosuch

# ---- kill and signals
start killed -- /payload catch 10
ok "kill -s USR1" nap kill -s USR1 killed
ended 7 "arrives"
is "at the program" "$(tail -n 1 "$T/out.killed")" "caught 10"
start killed -- /payload sleep
fails_with 2 'NONSENSE' nap kill -s NONSENSE killed
ok "kill" nap kill killed
ended 137 "is SIGKILL"
for s in HUP:1 INT:2 USR1:10 USR2:12 TERM:15; do
	start forwards -- /payload catch "${s#*:}"
	kill "-${s%:*}" "$app"
	ended 7 "SIG${s%:*} to nap run is forwarded"
done

# ---- rm and clean
start removed -- /payload sleep
fails_with 1 'running|-f' nap rm removed
ok "rm -f" nap rm -f removed
ended 137 "kills it"
fails_with 1 'removed' nap rm removed
start crashed -- /payload sleep
pid=$(nap ps --json | jq '.[0].Pid')
kill -9 "$app"
wait "$app" 2>/dev/null
wait_for process_ended "$pid"
ok "kill -9 of nap ends the program; then clean" nap clean crashed
ok "clean again" nap clean crashed
is "nothing runs" "$(nap ps -q)" ""

# ---- a name is free again
start web -- /payload sleep
ok "stop" nap stop web
ended 143 "stopped"
same_world "nothing is left" "$before"
finish
