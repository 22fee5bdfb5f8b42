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
answer() { timeout "$1" dd bs=512 count=1 <&9 2>/dev/null | cut -d' ' -f1; }
ask() { # SECONDS: so long an answer may take
	{ echo question >&9; } 2>/dev/null
	answer "$1"
}
# What who has ended has answered, but later than was waited for.
forget_late() { while [ -n "$(answer 0.3)" ]; do :; done; }

start nobody # there is a table now: the kernel looks at flows
exec 9<>/dev/udp/127.0.0.1/5353
is "nobody answers" "$(ask 0.3)" ""
start one -p 5353:53/udp
becomes "the first one does" one ask 10
end one
forget_late
is "nobody does any more" "$(ask 0.3)" ""
start two -p 5353:53/udp
becomes "nor does it keep the second from it" two ask 10
end two
end nobody
finish
