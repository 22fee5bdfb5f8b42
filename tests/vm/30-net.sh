#!/bin/bash
# SPDX-License-Identifier: MIT
# The network on Debian's own kernel: its modules are loaded as they are needed, br_netfilter is not, and IPv6
# forwards by one switch for all interfaces, which must not cost the host its router.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
# shellcheck source=tests/outside.sh
. /tests/outside.sh
images payload
T=$(mktemp -d /run/net.XXXXXX)
cp "$(find /var/lib/nap/layers -path '*/fs/payload' | head -n 1)" "$T/payload"
make_host
outside client 1
outside other 2
default_by 1
echo 1 >/proc/sys/net/ipv6/conf/up1/accept_ra
echo 0 >/proc/sys/net/ipv6/conf/up2/accept_ra
servers=()
for i in client other; do
	at $i "$T/payload" serve $i 80 >"$T/$i.out" &
	servers+=($!)
	wait_for grep -q ready "$T/$i.out"
done

printf '[Network]\nIPv6=yes\n' | { mkdir -p /etc/nap/apps && cat >/etc/nap/apps/apart.network; }
apps <<-'APPS'
	# web.app
	[Container]
	Image=payload:1.0
	Exec=/payload serve web 80
	PublishPort=8080:80
	PublishPort=8080:80/udp
	PublishPort=127.0.0.1:8081:80
	PublishPort=[::1]:8081:80
	# peer.app
	[Container]
	Image=payload:1.0
	Exec=/payload serve peer 80
	# stranger.app
	[Container]
	Image=payload:1.0
	Network=apart
	Exec=/payload serve stranger 80
APPS
ok "start" systemctl start app@web app@peer app@stranger
for i in web peer stranger; do logs "$i serves" $i '^ready$'; done
is "br_netfilter is not there" "$(ls /proc/sys/net/bridge 2>/dev/null)" ""

both_reach "from outside" client 198.18.1.1 8080 "web 198.18.1.2"
both_reach "from outside by IPv6" client 2001:db8:1::1 8080 "web 2001:db8:1::2"
both_reach "by another link" other 198.18.2.1 8080 "web 198.18.2.2"
both_reach "from the host by 127.0.0.1" here 127.0.0.1 8080 web
both_reach "from the host by ::1" here ::1 8080 web
reaches "127.0.0.1 from the host" here tcp 127.0.0.1 8081 web
reaches "::1 from the host" here tcp ::1 8081 web
refused "127.0.0.1 from outside" client tcp 198.18.1.1 8081
refused "::1 from outside" client tcp 2001:db8:1::1 8081
both_reach "from an app" peer 198.18.1.1 8080 "web $(ip4 peer)"
both_reach "from itself" web 198.18.1.1 8080 web
both_reach "from itself by IPv6" web 2001:db8:1::1 8080 web
both_reach "app to app" peer "$(ip6 web)" 80 "web $(ip6 peer)"
is "by name" "$(nap exec peer nc web 80)" "web $(ip4 peer)"
both_reach "out" web 198.18.1.2 80 "client 198.18.1.1"
both_reach "out by IPv6" web 2001:db8:1::2 80 "client 2001:db8:1::1"
both_refused "another network" stranger "$(ip4 web)" 80
both_refused "another network by IPv6" stranger "$(ip6 web)" 80
gateway=$(link_mac nap0)
pid=$(main_pid peer)
inside() { nsenter --net="/proc/$pid/ns/net" "$@"; }
for from in "$(ip4 stranger)" 198.18.1.2 127.0.0.1; do
	inside "$T/payload" forge eth0 own "$gateway" "$from" "$(ip4 web)" 80 forged >/dev/null
done
inside "$T/payload" forge eth0 02:00:00:00:00:01 "$gateway" "$(ip4 peer)" "$(ip4 web)" 80 forged >/dev/null
inside "$T/payload" forge eth0 own "$gateway" "$(ip6 stranger)" "$(ip6 web)" 80 forged >/dev/null
talk peer udp "$(ip6 web)" 80 60000 "" honest >/dev/null
logs "who is honest is heard" web 'heard honest'
is "who is not is not" "$(log web | grep -c forged)" 0

# ---- forwarding is for nap's packets alone, and the host goes on listening to its router
both_refused "the host is no router" client 198.18.2.2 80
both_refused "nor one of IPv6" client 2001:db8:2::2 80
is "accept_ra stays in force where it was" "$(cat /proc/sys/net/ipv6/conf/up1/accept_ra)" 2
is "and where it was not it is not" "$(cat /proc/sys/net/ipv6/conf/up2/accept_ra)" 0

ok "flush, reload" sh -c 'nft flush ruleset && nap net reload'
both_reach "and everything answers" client 2001:db8:1::1 8080 web
ok "stop" systemctl stop app@web app@peer app@stranger
both_refused "nothing answers any more" client 198.18.1.1 8080
becomes "no link is left" 0 eval "ip -o link | grep -c ': vn' || true"
forget web peer stranger
rm /etc/nap/apps/apart.network
kill "${servers[@]}"
gone_outside client other
finish
