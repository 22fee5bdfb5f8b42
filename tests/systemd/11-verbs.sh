#!/bin/bash
# SPDX-License-Identifier: MIT
# nap's own verbs on apps: they show services and one-off containers alike, and systemd does the work.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images payload
before=$(world)
remember app@web app@saved

payload_app web '/payload sleep'
ok "nap start" nap start web
is "systemd has started it" "$(prop web ActiveState)" active
run --name once payload:1.0 /payload sleep >"$T/once" &
once=$!
wait_for grep -q ready "$T/once"
nap ps >"$T/ps"
like "nap ps lists the app" "$(grep web "$T/ps")" 'payload:1\.0'
like "with its PID" "$(grep web "$T/ps")" "[^0-9]$(main_pid web)[^0-9]"
like "and the one-off container" "$(grep once "$T/ps")" 'payload:1\.0'
is "nap ps -q" "$(nap ps -q | sort | paste -sd' ')" "once web"
like "nap ps --json" "$(nap ps --json)" '"?web"?'
ok "stop the one-off container" nap stop once
wait $once

is "nap exec runs in the app's namespaces" "$(nap exec web readlink /proc/self/ns/pid)" \
	"$(readlink "/proc/$(main_pid web)/ns/pid")"
is "and in its cgroup" "$(nap exec web grep ^0: /proc/self/cgroup)" 0::/
nap exec web sh -c 'exit 7'
is "its exit status" $? 7
logs "the journal has its line" web '^ready$'
like "nap logs" "$(nap logs web)" '(^|[^a-z])ready'
is "options of journalctl are passed on" "$(nap logs web -o cat -n 1 --grep ready)" ready
like "nap inspect" "$(nap inspect web)" '"app@web\.service"'
like "nap status is systemctl's" "$(nap status web)" 'app@web\.service'
like "nap unit prints a whole unit" "$(nap unit web)" '\[Service\]'
nap unit web >/run/systemd/system/plain.service
ok "which systemd takes" systemd-analyze --man=no verify /run/systemd/system/plain.service
rm /run/systemd/system/plain.service

pid=$(main_pid web)
ok "nap restart" nap restart web
unlike "another process" "$(main_pid web)" "^($pid|0)$"
ok "nap enable" nap enable web
is "it is enabled" "$(systemctl is-enabled app@web)" enabled
ok "nap disable" nap disable web
is "it is disabled" "$(systemctl is-enabled app@web)" disabled
ok "nap stop stops the unit" nap stop web
is "it does not come back" "$(props web ActiveState Result)" "inactive success"
is "nap ps is empty" "$(nap ps -q)" ""
forget web

unit=$(nap run -d --name bg --network none payload:1.0 /payload sleep)
like "nap run -d prints its unit" "$unit" '\.service$'
is "which is a service that runs the app" "$(systemctl show -P ActiveState "$unit")" active
is "its main PID is the app" \
	"$(tr '\0' ' ' <"/proc/$(systemctl show -P MainPID "$unit")/cmdline")" "/payload sleep "
ok "nap stop" nap stop bg
becomes "it is gone" "" nap ps -q

ok "nap run --save" nap run --save saved --network none -e COLOUR=blue payload:1.0 /payload report env
ok "nap check accepts what it wrote" nap check /etc/nap/apps/saved.app
systemctl daemon-reload
ok "it starts" systemctl start app@saved
logs "as asked" saved '^env=COLOUR=blue$'
forget saved
same_world "nothing is left" "$before"
finish
