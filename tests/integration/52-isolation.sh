#!/bin/bash
# SPDX-License-Identifier: MIT
# What an app cannot do even with every capability in its network namespace: be somebody else, reach other
# networks or the host's services; and the host's own filter has the last word.
. "$(dirname "$0")/lib.sh"
needs jq
. "$TOP/tests/integration/net.sh"
outside client 1
default_by 1
serve client client 80
serve here host 9999
network elsewhere 'IPv6=true'
network sealed 'Internal=true' 'IPv6=true' 'Subnet=10.97.0.0/24'
grants=(--cap-add NET_RAW --cap-add NET_ADMIN)
app victim -p 8080:80 -p 8080:80/udp
app neighbour
app evil "${grants[@]}"
app stranger --network elsewhere -p 8090:80/udp
app sealed --network sealed
app sealed2 --network sealed
victim4=$(ip4 victim) victim6=$(ip6 victim) evil4=$(ip4 evil) evil6=$(ip6 evil)
bridge_mac=$(link_mac nap0)
forge() { inside evil "$T/payload" forge eth0 "$@" >/dev/null; } # FROM-MAC TO-MAC FROM TO PORT TEXT
# What is sent later by the same way has come: all that could come before has.
heard() { # NAME ADDRESS...: the forgeries that NAME has heard
	local a from=evil port=80

	[ "$1" != host ] || from=here port=9999
	for a in "${@:2}"; do
		wait_for talk $from udp "$a" $port 5000 "" "honest $rounds $a"
	done
	grep forged "$T/$1.out"
}

lies() {
	local from to mac n=0

	# what the forger sends is heard where nothing is wrong with it
	forge own "$bridge_mac" "$evil4" "$victim4" 80 "true IPv4"
	forge own "$bridge_mac" "$evil6" "$victim6" 80 "true IPv6"

	for to in "$victim4:80" "$(gateway4 nap0):9999" 198.18.1.1:9999 198.18.1.2:80; do
		for from in "$(ip4 neighbour)" "$(gateway4 nap0)" 198.18.1.2 198.18.1.1 10.78.250.250 127.0.0.1 0.0.0.0 \
			255.255.255.255 224.0.0.1 "$victim4" "$(ip4 stranger)"; do
			for mac in own "$(mac neighbour)" "$bridge_mac"; do
				forge "$mac" "$bridge_mac" "$from" "${to%:*}" "${to##*:}" "forged IP $((++n))"
			done
		done
		for mac in "$(mac neighbour)" "$(mac victim)" "$bridge_mac" 02:00:00:00:00:01; do
			forge "$mac" "$bridge_mac" "$evil4" "${to%:*}" "${to##*:}" "forged MAC $((++n))"
		done
	done
	for to in "$victim6/80" "$(gateway6 nap0)/9999" 2001:db8:1::1/9999 2001:db8:1::2/80; do
		for from in "$(ip6 neighbour)" "$(gateway6 nap0)" 2001:db8:1::2 2001:db8:1::1 fe80::1 fe80::2 ::1 :: \
			ff02::1 "$victim6" "$(ip6 stranger)" ::ffff:127.0.0.1; do
			for mac in own "$(mac neighbour)" "$bridge_mac"; do
				forge "$mac" "$bridge_mac" "$from" "${to%/*}" "${to##*/}" "forged IPv6 $((++n))"
			done
		done
		for mac in "$(mac neighbour)" "$(mac victim)" "$bridge_mac" 02:00:00:00:00:01; do
			forge "$mac" "$bridge_mac" "$evil6" "${to%/*}" "${to##*/}" "forged MAC $((++n))"
		done
	done
	# past the host: straight to the neighbour, or to everybody
	for mac in "$(mac victim)" ff:ff:ff:ff:ff:ff 33:33:00:00:00:01 01:00:5e:00:00:01; do
		forge own "$mac" "$evil4" "$victim4" 80 "forged way $((++n))"
		forge own "$mac" "$evil6" "$victim6" 80 "forged way $((++n))"
		forge own "$mac" "$evil4" 255.255.255.255 80 "forged way $((++n))"
		forge own "$mac" "$evil4" 224.0.0.1 80 "forged way $((++n))"
		forge own "$mac" "$evil6" ff02::1 80 "forged way $((++n))"
	done
	is "no forged packet is heard by the victim (of $n)" "$(heard victim "$victim4" "$victim6")" ""
	is "nor by another machine" "$(heard client 198.18.1.2 2001:db8:1::2)" ""
	is "nor by the host" "$(heard host "$(gateway4 nap0)" "$(gateway6 nap0)")" ""
	is "and what is not forged is" "$(grep -c 'heard true' "$T/victim.out")" $((2 * $1))
	is "and each that is honest tells who it is" "$(grep "honest.* from $evil4" "$T/victim.out" | sort -u | wc -l)" "$1" # who asked again said the same

	# whose address it is is not for apps to say
	for mac in own "$bridge_mac"; do
		[ "$mac" != own ] || mac=$(mac evil)
		inside evil "$T/payload" claim eth0 "$mac" ff:ff:ff:ff:ff:ff "$victim4" >/dev/null
		inside evil "$T/payload" claim eth0 "$mac" "$bridge_mac" "$victim4" >/dev/null
		inside evil "$T/payload" claim eth0 "$mac" ff:ff:ff:ff:ff:ff "$(gateway4 nap0)" >/dev/null
	done
	both_reach "a claimed address stays with its owner" here "$victim4" 80 victim
	both_reach "for its neighbours too" neighbour "$victim4" 80 victim
	is "what the app knows of its gateway stays" "$(inside victim ip neigh show | grep -c PERMANENT)" 2
	inside evil ip address add "$victim4/32" dev eth0
	inside evil ip address add "$victim6/128" dev eth0 nodad
	inside evil ip address add 10.78.250.250/32 dev eth0
	inside evil ip address add fe80::bad/64 dev eth0 nodad
	inside evil ip link set eth0 promisc on
	for i in "$victim4" 10.78.250.250; do
		like "an address that it gave itself: $i" "$(inside evil "$T/payload" talk udp 198.18.1.2 80 300 "$i")" '^E'
	done
	like "an IPv6 one" "$(inside evil "$T/payload" talk udp 2001:db8:1::2 80 300 "$victim6")" '^E'
	both_reach "its owner is still reached" here "$victim4" 80 victim
	both_reach "by IPv6 too" here "$victim6" 80 victim
	inside evil ip address del "$victim4/32" dev eth0
	inside evil ip address del "$victim6/128" dev eth0
	inside evil ip address del 10.78.250.250/32 dev eth0
	inside evil ip address del fe80::bad/64 dev eth0
	both_reach "with its own it is heard again" evil 198.18.1.2 80 "client 198.18.1.1"
}

borders() {
	# ---- other networks
	for app in evil victim; do
		both_refused "another network" $app "$(ip4 stranger)" 80
		both_refused "another network by IPv6" $app "$(ip6 stranger)" 80
	done
	both_refused "its gateway's services" stranger "$(gateway4 nap0)" 9999
	inside evil ip route replace "$(ip4 stranger)/32" via "$(gateway4 nap0)" dev eth0 onlink
	both_refused "with a route of its own either" evil "$(ip4 stranger)" 80

	# ---- the host's services
	both_reach "(they answer)" client 198.18.1.1 9999 host
	for i in "$(gateway4 nap0)" 198.18.1.1 "$(gateway6 nap0)" 2001:db8:1::1 "$(gateway4 nap-elsewhere)" 127.0.0.1 ::1; do
		both_refused "the host's services at $i" evil "$i" 9999
	done
	both_reach "what is published at the bridge is open" evil "$(gateway4 nap0)" 8080 victim

	# ---- an internal network
	both_reach "within it" sealed "$(ip4 sealed2)" 80 "sealed2 $(ip4 sealed)"
	both_reach "within it by IPv6" sealed "$(ip6 sealed2)" 80 "sealed2 $(ip6 sealed)"
	both_refused "no way out" sealed 198.18.1.2 80
	both_refused "no way out by IPv6" sealed 2001:db8:1::2 80
	inside sealed ip route replace default via "$(gateway4 nap-sealed)" dev eth0 onlink 2>/dev/null
	both_refused "nor with a route of its own" sealed 198.18.1.2 80
	both_refused "not to other networks" sealed "$victim4" 80
	both_refused "not to what they publish" sealed "$(gateway4 nap-sealed)" 8080
	both_refused "nor by the host's address" sealed 198.18.1.1 8080
	both_refused "and none in from other networks" evil "$(ip4 sealed)" 80
	both_reach "but from the host" here "$(ip4 sealed)" 80 sealed
	ip -n client route replace 10.97.0.0/24 via 198.18.1.1
	both_refused "none in from outside" client "$(ip4 sealed)" 80
	ip -n client route del 10.97.0.0/24
}

rounds=0
for mode in $(bridge_modes); do
	echo "# br_netfilter: $mode"
	[ "$mode" = none ] || filter_bridges "$mode"
	nap net reload
	lies $((++rounds))
	borders
done
stop evil sealed
echo "# started so"
app evil "${grants[@]}"
app sealed --network sealed
lies $((++rounds))
borders

# A container on an internal network publishes nothing to the world.
app leak --network sealed -p 8077:80 2>/dev/null
both_refused "a port published from an internal network" client 198.18.1.1 8077
[ -z "${app_pid[leak]:-}" ] || nap stop leak >/dev/null 2>&1

# ---- the host's own filter has the last word
own() { # HOOK-AND-PRIORITY [RULE...]
	nft -f - <<-NFT
		table inet own
		delete table inet own
		table inet own { chain c { type filter hook $1; }; chain o { type filter hook output priority 0; }; }
	NFT
	[ $# = 1 ] || nft add rule inet own c "${@:2}"
}
for priority in -200 -10 0 10 200; do
	own "forward priority $priority; policy accept" tcp dport 80 drop
	refused "a drop at $priority of forward holds" client tcp 198.18.1.1 8080
	refused "for what goes from app to app" neighbour tcp "$victim4" 80
	refused "for IPv6" client tcp 2001:db8:1::1 8080
	reaches "and what it does not drop" client udp 198.18.1.1 8090 stranger
done 2>/dev/null
own "forward priority 0; policy drop"
both_refused "policy drop of forward holds" client 198.18.1.1 8080
both_refused "for what goes out" victim 198.18.1.2 80
both_refused "for what goes out by IPv6" victim 2001:db8:1::2 80
nft add rule inet own c ct status dnat accept
nft add rule inet own c ct state established,related accept
reaches "until it says that published ports are open" client tcp 198.18.1.1 8080 victim
own "input priority 0; policy drop"
both_refused "policy drop of input holds" client 198.18.1.1 9999
reaches "published ports do not pass input" client tcp 198.18.1.1 8080 victim
own "prerouting priority -150" tcp dport 8080 drop
refused "a drop before the translation holds" client tcp 198.18.1.1 8080
nft delete table inet own
is "nothing in table inet nap accepts" "$(nft list table inet nap | grep -w accept | grep -v 'policy accept')" ""
is "nor skips what comes later" "$(nft list table inet nap | grep -cwE 'queue|notrack|flow')" 0

# ---- an app with NET_ADMIN in its own namespace harms itself alone
inside evil ip link delete eth0
both_reach "others are reached" here "$victim4" 80 victim
stop evil victim neighbour stranger sealed sealed2
finish
