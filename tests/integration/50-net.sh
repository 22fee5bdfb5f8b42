#!/bin/bash
# SPDX-License-Identifier: MIT
# Links, addresses, routes and networks: what a container sees, and what the host has for it.
. "$(dirname "$0")/lib.sh"
needs jq
. "$TOP/tests/integration/net.sh"
outside client 1
outside other 2
default_by 1
serve client client 80
run() { nap run "$@"; }

# ---- the container's view, from its first instruction on
run payload:1.0 sh -c 'ip -o addr; ip route; ip -6 route; cat /sys/class/net/eth0/mtu' >"$T/first"
like "an IPv4 address" "$(grep 'eth0 .* inet ' "$T/first")" 'inet 10\.78\.[0-9]+\.[0-9]+/16 '
like "an IPv6 address" "$(grep 'eth0 .* inet6 fd' "$T/first")" 'inet6 fd[0-9a-f:]+/64 scope global'
is "which does not wait for its examination" "$(grep -c tentative "$T/first")" 0
is "and no other" "$(grep -c 'eth0 .* inet6' "$T/first")" 1
like "lo is up" "$(grep ' lo ' "$T/first" | paste -sd' ')" '127\.0\.0\.1/8.*::1/128'
is "the MTU is the uplink's" "$(tail -n 1 "$T/first")" 1500
app web -p 8080:80
like "the default route goes to the bridge" "$(nap exec web ip route)" "default via $(gateway4 nap0) dev eth0"
like "that of IPv6 too" "$(nap exec web ip -6 route)" "default via $(gateway6 nap0) dev eth0"
is "one IPv4 route, so that all passes the host" "$(nap exec web ip route | wc -l)" 1
is "the gateway is known from the start" "$(inside web ip neigh show | grep -c PERMANENT)" 2
is "no router is listened to" "$(inside web cat /proc/sys/net/ipv6/conf/eth0/accept_ra)" 0
is "one queue inside" "$(inside web ip -j -d link show eth0 | jq -c '.[0] | [.num_tx_queues, .num_rx_queues]')" "[1,1]"
wait_for settled 1
link=$(ip -j link show master nap0 | jq -r '.[0].ifname')
is "and one outside" "$(ip -j -d link show "$link" | jq -c '.[0] | [.num_tx_queues, .num_rx_queues]')" "[1,1]"
like "its link tells whose it is" "$(ip -j link show "$link" | jq -r '.[0].ifalias')" 'web'
like "the bridge's port is isolated and locked" "$(bridge -d link show dev "$link")" 'learning off.*isolated on.*locked on'
is "the bridge listens to no router" "$(cat /proc/sys/net/ipv6/conf/nap0/accept_ra)" 0
both_reach "the app itself" web "$(ip4 web)" 80 web
both_reach "the app itself by IPv6" web "$(ip6 web)" 80 web
both_reach "and by 127.0.0.1" web 127.0.0.1 80 web

# ---- out into the world, with the host's address
both_reach "out by IPv4" web 198.18.1.2 80 "client 198.18.1.1"
both_reach "out by IPv6" web 2001:db8:1::2 80 "client 2001:db8:1::1"
serve other other 80
both_refused "the host forwards for nobody else" client 198.18.2.2 80
both_refused "by IPv6 neither" client 2001:db8:2::2 80
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
nap net reload
both_reach "unless its administrator says so" client 198.18.2.2 80 "other 198.18.1.2"
both_reach "by IPv6 too" client 2001:db8:2::2 80 "other 2001:db8:1::2"
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
nap net reload
both_reach "switched off again, the app's way is kept" web 198.18.1.2 80 "client 198.18.1.1"
both_reach "that of IPv6 too" web 2001:db8:1::2 80 "client 2001:db8:1::1"

# ---- the address is kept from start to start
before="$(ip4 web) $(ip6 web) $(mac web)"
stop web
app web
is "the same address at the next start" "$(ip4 web) $(ip6 web) $(mac web)" "$before"
app second
is "another's differs" "$([ "$(ip4 web)" != "$(ip4 second)" ] && [ "$(ip6 web)" != "$(ip6 second)" ] && echo differs)" differs
stop second

# ---- MTU
ip link set up1 mtu 1400
is "the MTU follows the uplink" "$(run payload:1.0 cat /sys/class/net/eth0/mtu)" 1400
ip link set up1 mtu 1500

# ---- none and host
is "none: lo alone" "$(run --network none payload:1.0 ls /sys/class/net)" lo
like "which is up" "$(run --network none payload:1.0 ip -o addr)" '127\.0\.0\.1/8'
is "host: the host's namespace" "$(run --network host payload:1.0 readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"
fails_with 125 'host' nap run --network host -p 1:1 payload:1.0 true
fails_with 125 'none|private' nap run --network none --network private payload:1.0 true

# ---- networks
network front 'Subnet=10.99.1.0/24' 'Gateway=10.99.1.254' 'IPRange=10.99.1.32/29' 'InterfaceName=front0'
network back 'IPv6=true'
network dual 'Subnet=10.99.2.0/24' 'Subnet=fd99:2::/64' 'Gateway=fd99:2::ff'
fails_with 125 'nosuch' nap run --network nosuch payload:1.0 true
app f --network front
like "Subnet= and IPRange=" "$(ip4 f)" '^10\.99\.1\.(3[2-9])$'
is "no IPv6 unless asked for" "$(ip6 f)" ""
like "Gateway=" "$(nap exec f ip route)" '^default via 10\.99\.1\.254 '
is "InterfaceName= is the bridge" "$(gateway4 front0)" 10.99.1.254
app b --network back.network
ok "IPv6=true, and a subnet of its own" test -n "$(ip6 b)"
ok "its bridge has its name" ip link show nap-back
app d --network dual
like "both subnets" "$(ip4 d) $(ip6 d)" '^10\.99\.2\.[0-9]+ fd99:2::[0-9a-f:]+$'
like "the gateway of one" "$(nap exec d ip -6 route)" 'default via fd99:2::ff '
both_reach "each has a way out" b 198.18.1.2 80 "client 198.18.1.1"
both_refused "but none to another network" f "$(ip4 b)" 80
both_refused "nor back" b "$(ip4 f)" 80
both_refused "nor by IPv6" web "$(ip6 d)" 80

# several at once
app multi --network front --network back:interface_name=lan0
is "several networks, in order" "$(nap exec multi ls /sys/class/net | sort | paste -sd' ')" "eth0 lan0 lo"
like "the first has the default route" "$(nap exec multi ip route | grep default)" 'via 10\.99\.1\.254 dev eth0'
both_reach "it reaches one" multi "$(ip4 f)" 80 "f $(ip4 multi eth0)"
both_reach "and the other" multi "$(ip4 b)" 80 "b $(ip4 multi lan0)"
both_reach "and is reached from one" f "$(ip4 multi eth0)" 80 "multi $(ip4 f)"
both_reach "and the other" b "$(ip4 multi lan0)" 80 "multi $(ip4 b)"
both_refused "but carries nothing from one to the other" f "$(ip4 multi lan0)" 80

# ---- addresses asked for
app static --network dual:ip=10.99.2.77,ip6=fd99:2::77,mac=02:00:00:00:00:77
is "ip=, ip6=, mac=" "$(ip4 static) $(ip6 static) $(mac static)" "10.99.2.77 fd99:2::77 02:00:00:00:00:77"
both_reach "and they work" d 10.99.2.77 80 "static $(ip4 d)"
both_reach "by IPv6 too" d fd99:2::77 80 "static $(ip6 d)"
fails_with 125 '10.99.2.77.*static|static.*10.99.2.77' nap run --network dual --ip 10.99.2.77 payload:1.0 true
fails_with 125 '10.98.0.1' nap run --network dual --ip 10.98.0.1 payload:1.0 true
fails_with 125 '10.99.2.1' nap run --network dual --ip 10.99.2.1 payload:1.0 true
fails_with 125 '10.99.2.0' nap run --network dual --ip 10.99.2.0 payload:1.0 true
fails_with 125 '10.99.2.255' nap run --network dual --ip 10.99.2.255 payload:1.0 true
fails_with 125 'fd99:2::ff' nap run --network dual --ip6 fd99:2::ff payload:1.0 true
is "--ip of the default network" "$(run --ip 10.78.7.7 payload:1.0 ip -o -4 addr show dev eth0 | grep -c '10.78.7.7/16')" 1

# ---- what nap tells of it
app told -p 127.0.0.1:8081:80 -p 9000-9001:82-83/udp
like "nap ps: addresses" "$(nap ps)" "told .*$(ip4 told)"
like "nap ps: ports, as docker writes them" "$(nap ps)" '127\.0\.0\.1:8081->80/tcp.*9000-9001->82-83/udp|9000->82/udp'
ok "nap ps --json is JSON" jq -es . <(nap ps --json)
like "nap inspect: the lease" "$(nap inspect --json told | jq -c .)" "\"$(ip4 told)\".*8081|8081.*\"$(ip4 told)\""
is "nap net ls" "$(nap net ls -q | LC_ALL=C sort | paste -sd' ')" "back dual front private"
ok "nap net ls --json is JSON" jq -es . <(nap net ls --json)
like "nap net inspect" "$(nap net inspect dual | jq -c .)" 'fd99:2::/64.*static|static.*fd99:2::/64'
fails_with 1 'nosuch' nap net inspect nosuch
stop f b d multi static
is "nap net prune takes those that nobody is on" "$(nap net prune -f >/dev/null; nap net ls -q)" private
is "and their bridges" "$(ip -o link show type bridge | sed -E 's/^[0-9]+: ([^:]+):.*/\1/')" nap0
both_reach "and nothing else" told "$(ip4 web)" 80 "web $(ip4 told)"
stop web told
finish
