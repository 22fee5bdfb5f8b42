# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by tests of the network, here and in the booted machines. The network namespace that a test is in
# is the host; other machines are namespaces, each beyond a link of its own:
#
#     outside NAME N    has 198.18.N.2 and 2001:db8:N::2, the host is 198.18.N.1 and 2001:db8:N::1

# What the host has switched on is nap's doing.
make_host() {
	local f

	mkdir -p /run/netns
	for f in ip{v4,v6}/conf/{all,default}/forwarding; do
		echo 0 >"/proc/sys/net/$f"
	done
}

outside() { # NAME N
	local i here there

	ip netns add "$1"
	ip link add "up$2" type veth peer name eth0 netns "$1"
	ip address add "198.18.$2.1/24" dev "up$2"
	ip address add "2001:db8:$2::1/64" dev "up$2" nodad
	ip link set "up$2" up
	ip -n "$1" address add "198.18.$2.2/24" dev eth0
	ip -n "$1" address add "2001:db8:$2::2/64" dev eth0 nodad
	ip -n "$1" link set lo up
	ip -n "$1" link set eth0 up
	ip -n "$1" route add default via "198.18.$2.1"
	ip -n "$1" route add default via "2001:db8:$2::1"
	# they know each other: a link that has just come up may be without multicast for a while
	there=$(ip netns exec "$1" cat /sys/class/net/eth0/address) here=$(link_mac "up$2")
	for i in "198.18.$2." "2001:db8:$2::"; do
		ip neigh replace "${i}2" dev "up$2" nud permanent lladdr "$there"
		ip -n "$1" neigh replace "${i}1" dev eth0 nud permanent lladdr "$here"
	done
}
# The way to everywhere else.
default_by() { # N
	ip route replace default via "198.18.$1.2"
	ip -6 route replace default via "2001:db8:$1::2"
}
gone_outside() { # NAME...: take them away again, in a machine that lives on
	for i; do ip netns delete "$i"; done
}

# Run something on the host (here), on another machine or in an app.
at() { # WHERE COMMAND...
	if [ "$1" = here ]; then
		"${@:2}"
	elif [ -e "/run/netns/$1" ]; then
		nsenter --net="/run/netns/$1" "${@:2}"
	else
		nap exec "$1" "${@:2}"
	fi
}
# Ask by the test program, tests/payload-net.c: who answers tells its name and the address that it sees.
talk() { # WHERE tcp|udp ADDRESS PORT [MSEC [FROM [TEXT]]]
	local program=$T/payload

	[ "$1" = here ] || [ -e "/run/netns/$1" ] || program=/payload
	at "$1" "$program" talk "${@:2:3}" "${5:-${PATIENCE}000}" "${@:6}" 2>&1
}

reaches() { # DESCRIPTION WHERE tcp|udp ADDRESS PORT ANSWER: all of it, or the name of who answers
	local got

	got=$(talk "${@:2:4}")
	[[ $6 == *" "* ]] || got=${got%% *}
	is "$1" "$got" "$6"
}
both_reach() { # DESCRIPTION WHERE ADDRESS PORT ANSWER: by TCP and UDP
	reaches "$1, TCP" "$2" tcp "${@:3}"
	reaches "$1, UDP" "$2" udp "${@:3}"
}
# No answer: an error, or none in a time in which those who answer have long done so.
refused() { # DESCRIPTION WHERE tcp|udp ADDRESS PORT [FROM]
	like "$1" "$(talk "${@:2:4}" 300 "${6:-}")" '^(E[A-Z]+|closed)$'
}
both_refused() { # DESCRIPTION WHERE ADDRESS PORT
	refused "$1, TCP" "$2" tcp "${@:3}"
	refused "$1, UDP" "$2" udp "${@:3}"
}

address() { # APP 4|6 [INTERFACE]
	nap exec "$1" ip -o "-$2" addr show dev "${3:-eth0}" scope global | sed -nE 's,.* inet6? ([^/ ]*)/.*,\1,p' | head -n 1
}
ip4() { address "$1" 4 "${2:-}"; } # APP [INTERFACE]
ip6() { address "$1" 6 "${2:-}"; }
gateway4() { ip -o -4 addr show dev "$1" | sed -nE 's,.* inet ([^/ ]*)/.*,\1,p'; } # BRIDGE
gateway6() { ip -o -6 addr show dev "$1" scope global | sed -nE 's,.* inet6 ([^/ ]*)/.*,\1,p'; }
link_mac() { ip -o link show dev "$1" | sed -nE 's,.* link/ether ([0-9a-f:]*) .*,\1,p'; } # INTERFACE
elements() { # of table inet nap, a line each
	nft -j list table inet nap 2>/dev/null |
		jq -cr '.nftables[] | (.set // .map) | select(.) | .name as $n | .elem // [] | .[] | "\($n) \(tojson)"' | LC_ALL=C sort
}
