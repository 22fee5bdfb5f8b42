#!/bin/bash
# SPDX-License-Identifier: MIT
# net.sh [N]: what the network costs. A start with network and one published port against one without a
# network, and with a thousand ports published against one, N times each, interleaved and paired; links,
# addresses and routes alone against `ip -batch` making the same, and the whole network part, with lease,
# port, names and rules, against `ip -batch` and `nft -f`; throughput through a published port against a veth
# pair and routes made by hand. Prints a table with the medians of the paired ratios and the limits.
set -eu
rounds=${1:-100}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench-world.sh
. "$here/../bench-world.sh"
# shellcheck source=tests/outside.sh
. "$top/tests/outside.sh"

prepare() {
	begin_world
	ip link set lo up
	make_host
	outside client 1
	default_by 1
	flock "$B" "$top/tests/corpus/make.sh" "$B/tests/corpus" payload
	"$B/nap" --root "$W/disk/store" load -q "$B/tests/corpus/payload/oci-raw" >/dev/null
	make -s -C "$top" B="$B" "$B/tests/unit.a"
	cc -O2 -w -o "$W/bench" "$here/bench.c"
	cc -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Werror -I"$top" -o "$W/net" "$here/net.c" "$B/tests/unit.a" -ljansson -lcap -lseccomp
}
nap() { "$B/nap" --root "$W/disk/store" --runroot /run/nap "$@"; }

row() { printf '%-58s %10s %10s   %s\n' "$@"; }
# The medians of two columns, and of their paired ratio.
pairs() { # DESCRIPTION LIMIT min|max, then "SUBJECT PEER" lines on standard input
	awk -v what="$1" -v limit="$2" -v kind="$3" '
		function median(v, n,   i, j, t) {
			for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j] < v[j - 1]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
			return v[int((n + 1) / 2)]
		}
		{ a[NR] = $1; b[NR] = $2; r[NR] = $1 / $2 }
		END {
			ratio = median(r, NR)
			good = kind == "max" ? ratio <= limit : ratio >= limit
			verdict = limit == "" ? "" : sprintf(", %s %s", good ? (kind == "max" ? "at most" : "at least") : "MISSED", limit)
			printf "%-58s %10.0f %10.0f   %.2f%s\n", what, median(a, NR), median(b, NR), ratio, verdict
		}'
}

# ---- starts
usec() {
	local start=${EPOCHREALTIME/./}

	"$@" >/dev/null || { echo "failed: $*" >&2; exit 1; }
	echo $((${EPOCHREALTIME/./} - start))
}
start() { nap run --rm "$@" payload:1.0 /bin/true; }
# Each is first every other time. The kernel takes a network namespace apart later, under the lock that
# whoever makes a link needs: it gets the time to.
alternate() { # COMMAND PEER
	local i t

	for ((i = -5; i < rounds; i++)); do
		sleep 0.03
		if ((i % 2)); then
			t=$($1)
			sleep 0.03
			t="$t $($2)"
		else
			t=$($2)
			sleep 0.03
			t="$($1) $t"
		fi
		[ $i -lt 0 ] || echo "$t"
	done
}
with_network() { usec start -p 8080:80; }
without() { usec start --network none; }

# ---- the network part alone
# The same by hand; the namespace is there.
batch() {
	local t

	ip netns add hand
	t=$(usec by_hand)
	ip link delete hand0
	ip netns delete hand
	echo "$t"
}
by_hand() {
	ip -batch "$W/host.batch" && ip -n hand -batch "$W/inside.batch" &&
		{ [ ! -e "$W/tc.batch" ] || tc -batch "$W/tc.batch"; }
}
batch_and_nft() {
	local t

	ip netns add hand
	t=$(usec all_by_hand)
	ip link delete hand0
	ip netns delete hand
	nft delete element inet hand publish '{ 8080 : 10.79.0.2 . 80 }'
	echo "$t"
}
all_by_hand() { by_hand && nft -f "$W/publish.nft"; }
write_batches() {
	cat >"$W/host.batch" <<-'IP'
		link add hand0 up master hand mtu 1500 numtxqueues 1 numrxqueues 1 type veth peer name eth0 mtu 1500 numtxqueues 1 numrxqueues 1 netns hand
		link set hand0 type bridge_slave isolated on learning off locked on
		neigh replace 10.79.0.2 lladdr 02:00:00:00:00:02 dev hand nud permanent
		neigh replace fd79::2 lladdr 02:00:00:00:00:02 dev hand nud permanent
	IP
	cat >"$W/inside.batch" <<-'IP'
		link set lo up
		link set eth0 address 02:00:00:00:00:02 up
		addr add 10.79.0.2/16 dev eth0 noprefixroute
		addr add fd79::2/64 dev eth0 nodad noprefixroute
		route add default via 10.79.0.1 dev eth0 onlink
		route add default via fd79::1 dev eth0 onlink
		neigh add 10.79.0.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
		neigh add fd79::1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
	IP
	# where bridged frames pass the IP hooks, a port needs this (net/bypass.c)
	[ "$(cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null)" != 1 ] || cat >"$W/tc.batch" <<-'TC'
		qdisc add dev hand0 clsact
		filter add dev hand0 ingress u32 match u32 0x02000000 0xffffffff at -8 match u32 0x00020000 0xffff0000 at -4 action mirred ingress redirect dev hand
	TC
	ip link add hand address 02:00:00:00:00:01 type bridge
	ip address add 10.79.0.1/16 dev hand
	ip address add fd79::1/64 dev hand nodad
	ip link set hand up
	nft add table inet hand
	nft add map inet hand publish '{ type inet_service : ipv4_addr . inet_service; }'
	echo 'add element inet hand publish { 8080 : 10.79.0.2 . 80 }' >"$W/publish.nft"
}
# A resident driver (net.c), asked for one round at a time.
declare -A to=() from=()
drive() { # NAME COMMAND...
	local i o

	mkfifo "$W/$1.in" "$W/$1.out"
	"${@:2}" <"$W/$1.in" >"$W/$1.out" &
	exec {i}>"$W/$1.in" {o}<"$W/$1.out"
	to[$1]=$i from[$1]=$o
}
round() { # NAME
	local t

	echo >&"${to[$1]}"
	read -r t <&"${from[$1]}" && echo "$t"
}
one() { round one; }
links() { round links; }
thousand() { round thousand; }
few() { round few; }
# A second host like this one, where nothing else is published.
make_few() {
	ip netns add few
	nsenter --net=/run/netns/few bash -c ". '$top/tests/outside.sh'; ip link set lo up; make_host; outside client-of-few 1; default_by 1"
}

# ---- throughput
iperf() { # WHERE HOST PORT: megabits per second
	at "$1" timeout 10 iperf3 -J -t 1 -c "$2" -p "$3" | jq '.end.sum_received.bits_per_second / 1e6'
}
throughput() { # DESCRIPTION WHERE HOST PORT PEER-HOST PEER-PORT
	local i

	for i in 1 2 3 4 5 6 7; do
		if ((i % 2)); then
			echo "$(iperf "$2" "$3" "$4") $(iperf "$2" "$5" "$6")"
		else
			iperf "$2" "$5" "$6" >"$W/peer"
			echo "$(iperf "$2" "$3" "$4") $(cat "$W/peer")"
		fi
	done | pairs "$1" 0.9 min
}
# The pair by hand: a namespace beyond one veth pair, reached by routes alone. This host is a router from the
# start, so that nap has nothing against it.
make_pair() {
	outside pair 3
	ip netns exec pair iperf3 -s -p 5201 >/dev/null 2>&1 &
	until at here bash -c 'echo >/dev/tcp/198.18.3.2/5201' 2>/dev/null; do sleep 0.05; done
	echo 1 >/proc/sys/net/ipv4/conf/all/forwarding
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
}
serve_app() {
	nap run --name iperf -p 5202:5202 -p 5203-6201:83-1081 payload:1.0 /payload sleep >"$W/iperf.out" &
	until grep -q ready "$W/iperf.out"; do sleep 0.02; done
	chrt -o 0 nsenter --net="/proc/$(nap inspect iperf | jq -r '.[0].State.Pid')/ns/net" iperf3 -s -p 5202 >/dev/null 2>&1 &
	until at client bash -c 'echo >/dev/tcp/198.18.1.1/5202' 2>/dev/null; do sleep 0.05; done
}

prepare
make_pair
row "" nap peer "ratio of pairs"
start -p 8080:80 # the bridge is there
chrt -r -p 1 $$ # whoever else is busy here is not what is measured
alternate with_network without | pairs "start with network and port / without network, us" 1.25 max
write_batches
drive one "$W/net" /run/nap/net one 8080:80
drive links "$W/net" /run/nap/net links 8082:80 links
alternate links batch | pairs "links, addresses, routes / ip and tc -batch, us" 0.15 max
alternate one batch | pairs "all of the network part / ip and tc -batch, us" "" max
alternate one batch_and_nft | pairs "all of the network part / ip, tc -batch and nft -f, us" 0.15 max
serve_app # and with it a thousand ports are published
alternate one batch_and_nft | pairs "  with 1,000 ports published, us" 0.15 max
drive thousand "$W/net" /run/nap/net thousand 8081:80
make_few
drive few nsenter --net=/run/netns/few "$W/net" /run/few/net few 8080:80
alternate thousand few | pairs "publish with 1,000 ports published / with none, us" 1.2 max
chrt -o -p 0 $$
throughput "published port / veth pair, host, IPv4, Mbit/s" here 198.18.1.1 5202 198.18.3.2 5201
throughput "  IPv6" here 2001:db8:1::1 5202 2001:db8:3::2 5201
throughput "  from outside, IPv4" client 198.18.1.1 5202 198.18.3.2 5201
throughput "  from outside, IPv6" client 2001:db8:1::1 5202 2001:db8:3::2 5201
nap stop iperf >/dev/null
