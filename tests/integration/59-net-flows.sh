#!/bin/bash
# SPDX-License-Identifier: MIT
# A client that sends datagrams from one port all the time is heard by whoever publishes what it sends
# to, though its flow began when nobody did, or another.
. "$(dirname "$0")/lib.sh"
corpus payload
load payload/oci-gz

declare -A pid=()
start() { # NAME OPTION...
	nap run --name "$1" "${@:2}" payload:1.0 /payload serve "$1" 53 >"$T/$1.out" 2>"$T/$1.err" &
	pid[$1]=$!
	wait_for grep -q ready "$T/$1.out"
}
end() {
	nap stop "$1" >/dev/null
	wait "${pid[$1]}"
}
# From one port: descriptor 9. An answer is one datagram.
ask() {
	{ echo question >&9; } 2>/dev/null
	timeout 0.3 dd bs=512 count=1 <&9 2>/dev/null | cut -d' ' -f1
}

start nobody # there is a table now: the kernel looks at flows
exec 9<>/dev/udp/127.0.0.1/5353
is "nobody answers" "$(ask)" ""
start one -p 5353:53/udp
becomes "the first one does" one ask
end one
is "nobody does any more" "$(ask)" ""
start two -p 5353:53/udp
becomes "nor does it keep the second from it" two ask
end two
end nobody
finish
