#!/bin/bash
# SPDX-License-Identifier: MIT
# nap killed at any point of a start or a stop, and starts that fail: nothing is left in the host's network,
# at once or after nap clean. Subnets that are full or taken; files that somebody spoiled.
. "$(dirname "$0")/lib.sh"
needs jq strace
. "$TOP/tests/integration/net.sh"
outside client 1
default_by 1
run() { nap run "$@"; }
network second
app witness -p 8090:80
run --network private --network second payload:1.0 true # both bridges are there
wait_for settled 1
before=$(net_world)
options=(--name it --network private --network second -p 8080:80 -p 8000-8009:80-89/udp
	--deny 'out 192.0.2.0/24' --allow 'in app:witness' --network-alias other)

traced() { # INJECTION VERB...: nap with it in every process of its own
	timeout -k 5 180 strace -f -qq -o "$T/strace" -e "trace=${1%%:*}" -e "inject=$1" \
		"$NAP" --root "$ROOT" --runroot "$RUNROOT" "${@:2}" >"$T/out" 2>"$T/err" </dev/null
}
left() { diff <(echo "$before") <(net_world); }
# Step through the calls that change something: the first, second, ... of each until none is hit.
calls="sendto sendmsg symlinkat openat renameat unlinkat mkdirat clone3 unshare setns flock write"
each_point() { # FUNCTION LAST
	local call n

	for call in $calls; do
		for ((n = 1; n <= $2; n = n < 6 ? n + 1 : n + n / 3)); do
			"$1" "$call" $n || break
		done
	done
}

# ---- killed while it starts
killed=0 failures=$tests_failed
kill_start() { # CALL N
	traced "$1:signal=KILL:when=$2" run "${options[@]}" payload:1.0 true
	[ $? = 137 ] || return
	killed=$((killed + 1))
	nap clean it 2>"$T/err" || fail "clean after a kill at $1 $2" "$(cat "$T/err")"
	becomes "killed at $1 $2" "" left >"$T/verdict"
	if grep -q '^not' "$T/verdict"; then cat "$T/verdict"; fi
}
each_point kill_start 60 2>/dev/null
is "killed at $killed points of a start, nap clean leaves nothing" "$tests_failed" "$failures"
ok "those were many" test "$killed" -ge 40

# ---- killed while it ends
killed=0 failures=$tests_failed
kill_clean() { # CALL N
	traced "symlinkat:signal=KILL:when=4" run "${options[@]}" payload:1.0 true
	traced "$1:signal=KILL:when=$2" clean it
	[ $? = 137 ] || { nap clean it; return 1; }
	killed=$((killed + 1))
	nap clean it 2>"$T/err" || fail "clean after a clean that was killed at $1 $2" "$(cat "$T/err")"
	becomes "clean killed at $1 $2" "" left >"$T/verdict"
	if grep -q '^not' "$T/verdict"; then cat "$T/verdict"; fi
}
each_point kill_clean 30 2>/dev/null
is "killed at $killed points of a clean, another leaves nothing" "$tests_failed" "$failures"
kill_owner() { # the app goes with it: its namespace and so its link
	app it -p 8080:80
	kill -9 "${app_pid[it]}"
	wait "${app_pid[it]}"
	nap clean it
	same_net "nap run killed while its app runs" "$before"
}
kill_owner 2>/dev/null
app it -p 8080:80
nap kill it >/dev/null
wait "${app_pid[it]}"
same_net "an app that is killed takes its link" "$before"
app it -p 8080:80
ip link delete "$(ip -j link show master nap0 | jq -r '.[] | select(.ifalias // "" | test("\\bit\\b")) | .ifname')"
stop it
same_net "somebody else has removed the link" "$before"
app it -p 8080:80
nft flush ruleset
stop it
nap net reload
same_net "somebody else has removed the rules" "$before"
reaches "and the witness has its own again" client tcp 198.18.1.1 8090 witness
app it -p 8080:80
ip link delete nap-second 2>/dev/null
stop it
run --network second payload:1.0 true
same_net "somebody else has removed a bridge" "$before"

# ---- a start that fails undoes itself
failed=0 failures=$tests_failed
fail_start() { # CALL N
	local status

	traced "$1:error=ENOBUFS:when=$2" run "${options[@]}" payload:1.0 true
	status=$?
	[ -s "$T/strace" ] && grep -q INJECTED "$T/strace" || return
	failed=$((failed + 1))
	[[ $status =~ ^(0|125)$ ]] || fail "$1 $2 fails: exit status" "$status $(cat "$T/err")"
	[ "$status" = 0 ] || [ -s "$T/err" ] || fail "$1 $2 fails: without a word"
	becomes "$1 $2 fails" "" left >"$T/verdict"
	if grep -q '^not' "$T/verdict"; then cat "$T/verdict"; nap clean it; fi
}
each_call=$calls
calls="symlinkat renameat unshare socket mkdirat" # that an undo does without
each_point fail_start 20
calls=$each_call
is "$failed system calls that fail leave nothing" "$tests_failed" "$failures"
# what is granted is marked until the lease is there, also when that cannot be written, and who grants is killed then
timeout -k 5 180 strace -f -qq -o "$T/strace" -e trace=renameat,openat -P "$RUNROOT/net/leases/it.json~" \
	-e inject=renameat:error=ENOBUFS:when=1 -e inject=openat:signal=KILL:when=3 \
	"$NAP" --root "$ROOT" --runroot "$RUNROOT" run "${options[@]}" payload:1.0 true >"$T/out" 2>"$T/err" </dev/null
is "a lease that cannot be written" "$? $(grep -c INJECTED "$T/strace")" "125 1"
becomes "leaves nothing" "" left
fails_with 127 'nosuch' nap run "${options[@]}" payload:1.0 nosuch
fails_with 125 '8090.*witness|witness.*8090' nap run "${options[@]}" -p 8090:80 payload:1.0 true
fails_with 125 '10.1.1.1' nap run --ip 10.1.1.1 payload:1.0 true
same_net "starts that are refused leave nothing" "$before"

# ---- subnets
network tiny 'Subnet=10.96.0.0/30'
network narrow 'Subnet=10.94.0.0/24' 'IPRange=10.94.0.10-10.94.0.11'
app t1 --network tiny
fails_with 125 '10\.96\.0\.0/30.*(no|all|full|free|exhaust)|(no|all|full|free|exhaust).*10\.96\.0\.0/30|tiny' nap run --network tiny payload:1.0 true
stop t1
ok "an address that is given back is free" nap run --network tiny payload:1.0 true
app n1 --network narrow
app n2 --network narrow
is "IPRange= is kept" "$(printf '%s\n' "$(ip4 n1)" "$(ip4 n2)" | sort | paste -sd' ')" "10.94.0.10 10.94.0.11"
fails_with 125 'narrow.*10\.94\.0\.10 to 10\.94\.0\.11' nap run --network narrow payload:1.0 true
ok "one that asks for another has it" nap run --network narrow --ip 10.94.0.20 payload:1.0 true
stop n1 n2
ip route add 10.95.7.0/24 via 198.18.1.2
network taken 'Subnet=10.95.0.0/16'
fails_with 125 '10\.95\.7\.0/24.*up1' nap run --network taken payload:1.0 true
network uplink 'Subnet=198.18.1.0/24'
fails_with 125 '198\.18\.1\.0/24.*up1' nap run --network uplink payload:1.0 true
network twice 'Subnet=10.78.5.0/24'
fails_with 125 '10\.78\.0\.0/16|private|nap0' nap run --network twice payload:1.0 true
ip link add other0 type bridge
network foreign 'InterfaceName=other0'
fails_with 125 'other0' nap run --network foreign payload:1.0 true
ip link delete other0
ip link add v0 type veth peer name v1
network nobridge 'InterfaceName=v0'
fails_with 125 'v0' nap run --network nobridge payload:1.0 true
ip link delete v0
nap net prune -f >/dev/null
is "nothing of them is left" "$(ip -o link show type bridge | grep -cE 'tiny|narrow|taken|uplink|twice|foreign|nobridge')" 0

# ---- files that somebody spoiled
run --network second payload:1.0 true
net=$RUNROOT/net
app it -p 8080:80 --allow 'in app:witness'
id=$(basename "$(find "$net/leases" -name 'it*.json')" .json)
spoil() { # DESCRIPTION: the lease is as it has been made by now
	nap net reload 2>"$T/err"
	reaches "$1: the others are served after a reload" client tcp 198.18.1.1 8090 witness
	stop it 2>/dev/null
	nap clean it 2>/dev/null
	told=$(nap exec witness cat /etc/hosts | grep -cw it)
	nap prune -f >/dev/null 2>&1
	nap net prune -f >/dev/null 2>&1
	app it -p 8080:80 --allow 'in app:witness'
	reaches "$1: it can be started again" client tcp 198.18.1.1 8080 it
}
echo '{"id":"it","members":[{"ip":"10.78' >"$net/leases/$id.json"
told_before=$(nap exec witness cat /etc/hosts | grep -cw it)
spoil "a lease cut short"
is "and the others forget the name" "$((told_before > 0)) $told" "1 0"
echo '{"id":"other","link":"../../x","members":[{"bridge":"up1","link":"up1","interface":"eth0"}]}' >"$net/leases/$id.json"
spoil "a lease that lies"
ok "the uplink is still there" ip link show up1
: >"$net/leases/$id.json"
spoil "an empty lease"
rm "$net/leases/$id.json"
spoil "no lease"
rm -f "$net"/networks/private/10.*
spoil "no addresses on file"
rm -rf "$net/ports" "$net/watch"
spoil "no ports on file"
ln -sfn ../../../etc/passwd "$net/ports/tcp-8080"
spoil "a strange file among the ports"
run --network second payload:1.0 true
echo nonsense >"$net/networks/second/network.json"
spoil "another network spoiled"
stop it witness
rm -rf "$net"
app it -p 8080:80
reaches "without any file: a start makes all anew" client tcp 198.18.1.1 8080 it
stop it
finish
