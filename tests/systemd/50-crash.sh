#!/bin/bash
# SPDX-License-Identifier: MIT
# nap is killed at every kind of step of a start: the start fails, ExecStopPost undoes what was done, and
# the next start succeeds.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images payload
before=$(world)
override=/run/systemd/system/app@web.service.d/99-kill.conf

# Have nap launch killed at the Nth of a system call. -D: strace is no parent, nap stays the main process.
kill_at() { # CALL N
	mkdir -p "${override%/*}"
	cat >"$override" <<-UNIT
		[Service]
		ExecStart=
		ExecStart=/usr/bin/strace -D -qq -o /dev/null -e trace=$1 -e inject=$1:signal=KILL:when=$2 /usr/bin/nap launch %i
	UNIT
	systemctl daemon-reload
}

payload_app web '/payload sleep' Tmpfs=/scratch Volume=crash:/data
systemctl start app@web && systemctl stop app@web # the volume is made
before=$(world)
killed=0 failures=$tests_failed
for call in openat mkdirat clone3 fsmount move_mount symlinkat sendmsg write renameat; do
	for n in 1 2 3 5 8 13; do
		kill_at "$call" "$n"
		systemctl start app@web 2>/dev/null && { systemctl stop app@web; break; }
		killed=$((killed + 1))
		state=$(props web ActiveState Result ExecMainCode ExecMainStatus)
		[ "$state" = "failed signal 2 9" ] || fail "killed at $call $n" "$state" "$(log web)"
		same_world "killed at $call $n: nothing is left" "$before"
		systemctl reset-failed app@web
	done
	same_world "after that nothing is left" "$before"
done
is "nap was killed $killed times and nothing was ever left" "$tests_failed" "$failures"
like "those were many" "$killed" '^[1-9][0-9]'
rm "$override"
systemctl daemon-reload
ok "the next start succeeds" systemctl start app@web
forget web

# ---- stopped at any time of a start: what it has begun may have come far
payload_app web '/payload sleep'
left=
for i in {1..100}; do
	systemctl start --no-block app@web
	sleep "0.0$((10 + i % 30))"
	systemctl stop app@web
	left+=$(find /run/nap/state /var/lib/nap/containers -mindepth 1 -maxdepth 1)
	systemctl reset-failed app@web 2>/dev/null
done
is "100 stops during a start leave nothing" "$left" ""
forget web

# ---- while it loads the image
apps web <<-APP
	[Container]
	Image=/corpus/nginx/oci-raw.tar
	Network=none
	Exec=sleep infinity
APP
nap rmi -f nginx:1.0 >/dev/null 2>&1
# held before it is published, as long as somebody looks
mkdir -p "${override%/*}"
cat >"$override" <<-'UNIT'
	[Service]
	ExecStart=
	ExecStart=/usr/bin/strace -D -f -qq -o /dev/null -e trace=syncfs,fsync -e inject=syncfs,fsync:delay_enter=1000s /usr/bin/nap launch %i
UNIT
systemctl daemon-reload
systemctl start --no-block app@web
wait_for sh -c "ls /var/lib/nap/tmp | grep -q ."
is "it is starting" "$(prop web ActiveState)" activating
kill -9 "$(main_pid web)"
becomes "killed while it loads" "failed signal 9" props web ActiveState Result ExecMainStatus
same_world "nothing runs on" "$before"
rm "$override"
systemctl daemon-reload
ok "the next start loads it again" systemctl start app@web
is "and it runs" "$(prop web ActiveState)" active
is "nothing half-made is in the store" "$(ls /var/lib/nap/tmp)" ""
forget web

# ---- clean is idempotent, and without an app
payload_app web '/payload sleep'
systemctl start app@web
pid=$(main_pid web)
nap clean web >/dev/null 2>&1
is "nap clean does not touch an app that lives" "$(props web ActiveState MainPID)" "active $pid"
ok "it can still be entered" nap exec web true
systemctl stop app@web
ok "nap clean of an app that has ended" nap clean web
ok "nap clean once more" nap clean web
forget web
same_world "nothing is left at the end" "$before"
finish
