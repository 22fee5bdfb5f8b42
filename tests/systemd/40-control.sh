#!/bin/bash
# SPDX-License-Identifier: MIT
# What an administrator does to a running service works on apps: reload, kill, freeze, set-property,
# daemon-reexec, and an upgrade of nap itself.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images payload
before=$(world)
remember app@web

# ---- reload
payload_app web '/payload stubborn 1' ReloadSignal=HUP
ok "start an app that reloads by SIGHUP" systemctl start app@web
logs "it is ready" web '^ready$'
pid=$(main_pid web)
ok "reload" systemctl reload app@web
logs "it got the signal" web '^caught 01$'
is "and runs on" "$(main_pid web)" "$pid"
forget web

payload_app web '/payload sleep' "ReloadCmd=sh -c 'echo loaded again >/proc/1/fd/1; touch /tmp/loaded'" RunInit=no
ok "start an app with ReloadCmd=" systemctl start app@web
ok "reload" systemctl reload app@web
ok "the command ran inside" nap exec web test -e /tmp/loaded
becomes "and left no process" 1 residents web
forget web
payload_app web '/payload sleep' ReloadCmd=false
systemctl start app@web
systemctl reload app@web 2>/dev/null
is "a reload that fails is told" "$? $(prop web ActiveState)" "1 active"
forget web

# ---- signals
payload_app web '/payload stubborn 10'
ok "start" systemctl start app@web
logs "it is ready" web '^ready$'
ok "systemctl kill" systemctl kill --kill-whom=main -s USR1 app@web
logs "reaches the app" web '^caught 10$'
ok "systemctl kill of all, the reaper too" systemctl kill -s USR1 app@web
is "the app lives on" "$(prop web ActiveState)" active
ok "nap kill" nap kill -s KILL web
becomes "is systemd's to see" "failed signal 9" props web ActiveState Result ExecMainStatus
forget web

# ---- freeze
payload_app web '/payload sleep'
systemctl start app@web
if [ -e "/sys/fs/cgroup$(prop web ControlGroup)/cgroup.freeze" ]; then
	ok "freeze" systemctl freeze app@web
	like "the kernel has frozen all of it" "$(cat "/sys/fs/cgroup$(prop web ControlGroup)/cgroup.events")" 'frozen 1'
	ok "thaw" systemctl thaw app@web
else
	skip "freeze" "no cgroup.freeze here"
fi

# ---- properties
ok "set-property MemoryMax=" systemctl set-property --runtime app@web MemoryMax=100M
is "is systemd's" "$(prop web MemoryMax)" 104857600
pid=$(main_pid web)

# ---- systemd and nap are upgraded under it
ok "systemctl daemon-reexec" systemctl daemon-reexec
wait_for systemctl is-active app@web
is "the app runs on" "$(main_pid web)" "$pid"
ok "nap exec works" nap exec web true
cp -a /usr/bin/nap "$T/nap"
cp "$T/nap" /usr/bin/nap.new
mv /usr/bin/nap.new /usr/bin/nap
is "a new nap is put in place and the app runs on" "$(main_pid web)" "$pid"
ok "the new nap enters it" nap exec web true
is "and lists it" "$(nap ps -q)" web
kill -9 "$pid"
becomes "its end is seen" "failed signal 9" props web ActiveState Result ExecMainStatus
forget web
same_world "nothing is left" "$before"
finish
