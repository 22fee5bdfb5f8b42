#!/bin/bash
# SPDX-License-Identifier: MIT
# Many containers: a hundred started at once, rounds of starts and stops, a bridge without a free port.
# NET_ROUNDS=N: so many rounds (100); NET_BRIDGE=N: so many containers on one bridge (none).
. "$(dirname "$0")/lib.sh"
needs jq
. "$TOP/tests/integration/net.sh"
outside client 1
default_by 1
run() { nap run "$@"; }
run payload:1.0 true
wait_for settled 0
before=$(net_world)
n=100
mapfile -t names < <(seq -f m%g $n)
milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }

# ---- a hundred at once, each with a port
then=$(milliseconds)
for i in $(seq $n); do
	"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --name "m$i" -p $((10000 + i)):80 -p "$((10000 + i)):80/udp" \
		payload:1.0 /payload serve "m$i" 80 >"$T/m$i.out" 2>"$T/m$i.err" </dev/null &
	app_pid[m$i]=$!
done
all_ready() { [ "$(cat "$T"/m*.out | grep -c '^ready')" = "$n" ]; }
wait_for all_ready
echo "# $n started at once in $(($(milliseconds) - then)) ms"
is "none has failed" "$(cat "$T"/m*.err)" ""
is "no address was given twice" "$(find "$RUNROOT/net/networks/private" -type l -name '10.*' | wc -l) $(for i in "${names[@]}"; do nap exec "$i" ip -o -4 addr show dev eth0; done | awk '{print $4}' | sort -u | wc -l)" "$n $n"
is "nor one of IPv6" "$(for i in "${names[@]}"; do nap exec "$i" ip -o -6 addr show dev eth0; done | awk '{print $4}' | sort -u | wc -l)" $n
is "no rule is lost" "$(elements | grep -c '^publish4 ') $(elements | grep -c '^publish6 ')" "$((2 * n)) $((2 * n))"
is "one link each" "$(ip -o link show master nap0 | wc -l)" $n
all_answer() { # DESCRIPTION
	local i

	for i in $(seq $n); do
		talk client tcp 198.18.1.1 $((10000 + i))
		talk client udp 2001:db8:1::1 $((10000 + i))
	done >"$T/answers"
	is "$1" "$(sed -nE 's/^(m[0-9]+) (198.18.1.2|2001:db8:1::2)$/\1/p' "$T/answers" | uniq -c | awk '$1 == 2' | wc -l)" $n
}
all_answer "all answer, each by its own port"
becomes "the first knows them all" $n sh -c "'$NAP' --root '$ROOT' --runroot '$RUNROOT' exec m1 grep -cE '^10\..*[[:space:]]m[0-9]+' /etc/hosts"
becomes "so does the last" $n sh -c "'$NAP' --root '$ROOT' --runroot '$RUNROOT' exec m$n grep -cE '^10\..*[[:space:]]m[0-9]+' /etc/hosts"

# ---- somebody flushes all rules, again and again, while connections come
rules=$(elements)
nft flush ruleset
ok "nap net reload" nap net reload
is "has put all back" "$(elements)" "$rules"
all_answer "everything answers again"
ok "nap net reload where all is there" nap net reload
is "changes nothing" "$(elements)" "$rules"
for _ in {1..20}; do nap net reload || echo failed; done >"$T/reloads" 2>&1 &
jobs=($!)
for _ in {1..20}; do run payload:1.0 true || echo failed; done >"$T/runs" 2>&1 &
jobs+=($!)
for i in {1..100}; do talk client tcp 198.18.1.1 $((10000 + i)); done >"$T/answers"
is "a reload is not felt by who asks" "$(grep -c '^m' "$T/answers")" 100
wait "${jobs[@]}"
is "reloads and starts beside each other" "$(cat "$T/reloads" "$T/runs")" ""
is "and the rules are the same" "$(elements)" "$rules"

then=$(milliseconds)
nap stop "${names[@]}" >/dev/null
for i in "${names[@]}"; do wait "${app_pid[$i]}"; done
echo "# and stopped in $(($(milliseconds) - then)) ms"
same_net "nothing is left of them" "$before"

# ---- rounds
app witness -p 8090:80
wait_for settled 1
before=$(net_world)
rounds=${NET_ROUNDS:-100}
then=$(milliseconds)
for ((i = 0; i < rounds; i += 2)); do
	run -p 8080:80 --deny 'out 192.0.2.0/24' --allow in\ app:witness payload:1.0 true &
	run -p 8081-8083:81-83/udp payload:1.0 true || fail "round $i"
	wait $! || fail "round $i"
done >"$T/rounds" 2>&1
is "nobody has anything to complain of" "$(cat "$T/rounds")" ""
echo "# $rounds rounds in $(($(milliseconds) - then)) ms"
same_net "after $rounds rounds all is as before" "$before"
is "the witness knows of nobody" "$(nap exec witness grep -cE '^10\.' /etc/hosts)" "$(nap exec witness sh -c "grep -E '^10\.' /etc/hosts | grep -cE 'witness|host\.'")"

# ---- a bridge has 1,023 ports
fill() { # PORTS: so many by links that are not containers'
	for ((i = 0; i < $1; i++)); do echo "link add f$i type ifb"; done >"$T/batch"
	for ((i = 0; i < $1; i++)); do echo "link set f$i master nap0"; done >>"$T/batch"
	ip -batch "$T/batch"
}
if [ -n "${NET_BRIDGE:-}" ]; then
	then=$(milliseconds)
	for i in $(seq "$NET_BRIDGE"); do app_run "x$i" --init=false -- /payload sleep || break; done
	is "$NET_BRIDGE containers on one bridge" "$(ip -o link show master nap0 | wc -l)" $((NET_BRIDGE + 1))
	echo "# started in $(($(milliseconds) - then)) ms"
	fill $((1022 - NET_BRIDGE))
else
	fill 1022
fi
full=$(net_world)
fails_with 125 '1,?023|ports' nap run payload:1.0 true
same_net "a bridge that is full: an error, and nothing left" "$full"
reaches "those on it go on" client tcp 198.18.1.1 8090 witness
ip link delete f0
ok "one port is free again" run payload:1.0 true
stop witness
finish
