#!/bin/bash
# SPDX-License-Identifier: MIT
# Sockets that systemd opens and hands over: the app starts with the first connection.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images payload
before=$(world)
remember app@web
run -v "$T:/out" payload:1.0 cp /payload /out/payload
ip() { busybox ip "$@"; }
ip link set lo up

ask() { # PORT
	timeout 120 busybox nc 127.0.0.1 "$1" </dev/null
}

for init in yes no; do
	payload_app web '/payload accept' 'ListenStream=127.0.0.1:8081 front' "ListenStream=$T/sock front" RunInit=$init
	ok "RunInit=$init: start the socket" systemctl start app@web.socket
	is "the app does not run" "$(prop web ActiveState)" inactive
	is "a connection is answered" "$(ask 8081)" "hello from 0 of front:front"
	becomes "by the app" active prop web ActiveState
	logs "LISTEN_PID is its own PID" web '^listen\.pid=mine$'
	logs "two sockets are passed" web '^listen\.fds=2$'
	is "the UNIX socket answers" "$(timeout 120 "$T/payload" ask "$T/sock")" "hello from 1 of front:front"
	ok "stop the app" systemctl stop app@web
	is "a connection starts it again" "$(ask 8081)" "hello from 0 of front:front"
	ok "restart it" systemctl restart app@web
	is "the socket is the same" "$(ask 8081)" "hello from 0 of front:front"
	forget web
done
payload_app web '/payload accept' ListenStream=127.0.0.1:8082
ok "starting the service opens its socket first" systemctl start app@web
is "it answers" "$(ask 8082)" "hello from 0 of $(prop web Sockets | tr ' ' '\n' | grep -v '^app@web.socket$'; systemctl show -P FileDescriptorName app@web.socket)"
forget web
payload_app web '/payload report fds service'
systemctl start app@web
logs "an app without sockets gets none" web '^listen\.fds=unset$'
is "and no other descriptor" "$(log web | grep -cE '^fd\.([3-9]|[1-9][0-9])')" 0
forget web
same_world "nothing is left" "$before"
finish
