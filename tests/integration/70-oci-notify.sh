#!/bin/bash
# SPDX-License-Identifier: MIT
# $NOTIFY_SOCKET of create, start and run: the container has a socket of its own to say READY=1 to, and
# who waits for it is told that, and nothing else.
. "$(dirname "$0")/lib.sh"
needs busybox jq python3
. "$TOP/tests/integration/oci-bundle.sh"

cat >"$T/tell.py" <<'EOF'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(sys.argv[1])
for text in sys.argv[2:]:
    s.send(text.encode())
EOF
"$TOP/tests/integration/hear.py" "$T/host" >>"$T/heard" &
LISTENER=$!
trap 'kill "$LISTENER"; leave_world' EXIT
wait_for test -S "$T/host"
heard() { jq -rs 'map(.[0]) | join(" ")' "$T/heard"; }
tell() { python3 "$T/tell.py" "/proc/$(pid)/root$T/host/notify" "$@"; } # from outside: busybox has no datagrams
export NOTIFY_SOCKET=$T/host

# ---- as crun has it, whether anybody is there or not

script='echo $NOTIFY_SOCKET; ls -l $NOTIFY_SOCKET | cut -c 1-10; touch ${NOTIFY_SOCKET%/*}/x 2>/dev/null || echo closed'
export NOTIFY_SOCKET=/run/nobody/there
says "its process finds a socket that everyone may use, in a directory of its own" . "$script" \
	$'/run/nobody/there/notify\nsrwxrwxrwx\nclosed'
says "also with a user namespace" "$(with_user 100000 10)" "$script" \
	$'/run/nobody/there/notify\nsrwxrwxrwx\nclosed'
NOTIFY_SOCKET=@abstract says "a name that is no path" . 'echo $NOTIFY_SOCKET' /run/notify/notify
NOTIFY_SOCKET='' says "nothing is asked: nothing is there" . 'echo ${NOTIFY_SOCKET-none}; ls /run 2>&1' \
	$'none\nls: /run: No such file or directory'

# ---- start waits

export NOTIFY_SOCKET=$T/host
bundle '.process.args = ["sleep", "1000"]'
create
oci start "$ID" &
START=$!
becomes "start: the container runs" running status
tell 'STATUS=soon' $'MAINPID=1\nFDSTORE=1'
ok "and is used by others meanwhile" oci update --resources <(echo '{}') "$ID"
ok "start has not ended" kill -0 "$START"
tell $'STATUS=there\nREADY=1'
wait "$START"
is "start ends when it is ready" $? 0
becomes "who waits is told that, and its pid; then that this was all" "READY=1 MAINPID=$(pid) BARRIER=1" heard
fails "nobody is left to hear more" tell 'STATUS=more'
is "exec finds no such variable" "$(oci exec "$ID" sh -c 'echo ${NOTIFY_SOCKET-none}')" none
forget

: >"$T/heard"
bundle '.process.args = ["sleep", "1000"]'
create
oci start "$ID" &
START=$!
becomes "another" running status
oci kill "$ID" KILL
wait "$START"
is "start ends when the container does" $? 0
is "which nobody takes for being ready" "$(heard)" ""
forget

# ---- in the foreground

bundle "$(sh_filter .)" --arg script 'while ! test -e /stop; do sleep 0.05; done; exit 7'
oci run --bundle "$BUNDLE" "$ID" <"$T/empty" &
RUN=$!
becomes "run: it runs" running status
wait_for test -S "/proc/$(pid)/root$T/host/notify"
tell READY=1
becomes "who waits is told, and nap stays its main process" READY=1 heard
touch "$BUNDLE/rootfs/stop"
wait "$RUN"
is "run exits as the program did" $? 7
drop_bundle
finish
