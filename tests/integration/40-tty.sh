#!/bin/bash
# SPDX-License-Identifier: MIT
# Terminals: -t gives a terminal of nap's own, its size follows, keys and signals arrive, and the
# terminal outside is restored however nap ends.
. "$(dirname "$0")/lib.sh"
corpus payload
load payload/oci-gz
nap run --network none payload:1.0 true # what is made once is made now
before=$(world)

on_terminal() { # DESCRIPTION VERB... <SCRIPT
	local out

	if out=$(timeout -k 5 180 "$TOP/tests/pty.py" "$NAP" --root "$ROOT" --runroot "$RUNROOT" "${@:2}" 2>&1); then
		pass "$1"
	else
		fail "$1" "$out"
	fi
}

on_terminal "run -it: a terminal of its own" run -it --network none payload:1.0 /payload report tty ids <<'S'
	expect ^tty=111\r
	expect ^tty.name=/dev/(pts/0|console)\r
	expect ^tty.size=24x80\r
	expect ^tty.foreground=1\r
	expect ^tty.session=1\r
	exits 0
	settled
S
on_terminal "the size follows" run -it --network none payload:1.0 sh <<'S'
	expect [#$]
	raw
	size 50 132
	send until stty size | grep "^50 132"; do :; done\n
	expect ^50 132\r
	send exit 3\n
	exits 3
	settled
S
on_terminal "Ctrl-C reaches the program, not nap" run -it --network none payload:1.0 /payload catch 2 <<'S'
	expect ready
	send \x03
	expect caught 02
	exits 7
	settled
S
on_terminal "Ctrl-Z and job control work inside" run -it --network none payload:1.0 sh <<'S'
	expect [#$]
	send sh -c 'echo go; exec sleep 100'\n
	expect ^go
	send \x1a
	expect Stopped
	send exit 5\n
	expect stopped jobs
	send exit 5\n
	exits 5
	settled
S
on_terminal "end of input" run -it --network none payload:1.0 cat <<'S'
	raw
	send some text\n
	expect some text\r\nsome text
	send \x04
	exits 0
	settled
S
on_terminal "-t alone" run -t --network none payload:1.0 /payload report tty <<'S'
	expect tty.size=24x80
	exits 0
	settled
S
on_terminal "without -t: the terminal is not handed in" run -i --network none payload:1.0 sh -c 'ls -l /dev/tty; echo x >/dev/tty; echo done' <<'S'
	expect done
	exits 0
	settled
S
for signal in TERM:143 HUP:129; do
	on_terminal "SIG${signal%:*} to nap ends the program, the terminal is restored" \
		run -it --network none payload:1.0 /payload sleep <<-S
		expect ready
		raw
		signal ${signal%:*}
		exits ${signal#*:}
		settled
	S
done
on_terminal "kill -9 of nap: the terminal is restored" run -it --network none payload:1.0 /payload sleep <<'S'
	expect ready
	raw
	signal KILL
	exits 137
	settled
S
on_terminal "a failing start leaves the terminal alone" run -it --network none payload:1.0 /nosuch <<'S'
	expect nosuch
	exits 127
	settled
S
for id in $(nap ps -a -q); do nap rm -f "$id" >/dev/null; done # what kill -9 left
is "-t without a terminal still gives one" "$(nap run -t --network none payload:1.0 /payload report tty </dev/null | head -n 1 | tr -d '\r')" tty=111

# ---- exec
nap run --name tty --network none payload:1.0 /payload sleep >"$T/out" &
app=$!
wait_for grep -q ready "$T/out"
on_terminal "exec -it: a terminal of its own" exec -it tty sh <<'S'
	expect [#$]
	raw
	send stty size\n
	expect ^24 80\r
	size 30 100
	send until stty size | grep "^30 100"; do :; done\n
	expect ^30 100\r
	send tty\n
	expect ^/dev/pts/0\r
	send exit 4\n
	exits 4
	settled
S
on_terminal "exec -it: Ctrl-C" exec -it tty /payload catch 2 <<'S'
	expect ready
	send \x03
	expect caught 02
	exits 7
	settled
S
on_terminal "stop of the container ends exec" exec -it tty sh -c 'echo ready; touch /here; exec sleep 1000' <<'S' &
	expect ready
	exits 137
	settled
S
driver=$!
wait_for nap exec tty test -e /here
ok "stop" nap stop tty
wait $driver
wait $app
same_world "nothing is left" "$before"
finish
