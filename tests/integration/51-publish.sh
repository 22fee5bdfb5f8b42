#!/bin/bash
# SPDX-License-Identifier: MIT
# Published ports: reachable from wherever they should be, whom the app sees, and where they are refused.
# With and without br_netfilter looking at bridged frames.
. "$(dirname "$0")/lib.sh"
needs jq
. "$TOP/tests/integration/net.sh"
outside client 1
outside other 2
default_by 1

app web -p 8080:80 -p 8080:80/udp -p 9000-9002:81-83 -p 9000-9002:81-83/udp
app bound -p 198.18.1.1:8070:80 -p 198.18.1.1:8070:80/udp -p '[2001:db8:1::1]:8071:80' -p '[2001:db8:1::1]:8071:80/udp'
app local -p 127.0.0.1:8060:80 -p 127.0.0.1:8060:80/udp -p '[::1]:8060:80' -p '[::1]:8060:80/udp'
app peer
network elsewhere 'IPv6=true'
app stranger --network elsewhere
web4=$(ip4 web) web6=$(ip6 web) local4=$(ip4 local) local6=$(ip6 local)

rounds=0
everything() {
	# ---- from other machines, which the app sees as they are
	both_reach "from outside" client 198.18.1.1 8080 "web 198.18.1.2"
	both_reach "from outside by IPv6" client 2001:db8:1::1 8080 "web 2001:db8:1::2"
	both_reach "by another link" other 198.18.2.1 8080 "web 198.18.2.2"
	both_reach "by another link, IPv6" other 2001:db8:2::1 8080 "web 2001:db8:2::2"
	both_reach "an address of another link" other 198.18.1.1 8080 "web 198.18.2.2"
	for i in 9000 9001 9002; do
		both_reach "a range: $i" client 198.18.1.1 $i "web 198.18.1.2"
	done
	both_refused "past the range" client 198.18.1.1 9003
	both_refused "a port that is not published" client 198.18.1.1 80

	# ---- from this host
	both_reach "from the host by its address" here 198.18.1.1 8080 web
	both_reach "from the host by its IPv6 address" here 2001:db8:1::1 8080 web
	both_reach "from the host by 127.0.0.1" here 127.0.0.1 8080 "web $(gateway4 nap0)"
	both_reach "from the host by ::1" here ::1 8080 "web $(gateway6 nap0)"
	both_reach "from the host by any of 127/8" here 127.1.2.3 8080 web
	both_reach "from the host, the app's address" here "$web4" 80 web
	both_reach "from the host, the app's IPv6 address" here "$web6" 80 web
	both_reach "from the host by the bridge's address" here "$(gateway4 nap0)" 8080 web

	# ---- from apps
	both_reach "from another app by the host's address" peer 198.18.1.1 8080 "web $(ip4 peer)"
	both_reach "by the host's IPv6 address" peer 2001:db8:1::1 8080 "web $(ip6 peer)"
	both_reach "by the bridge's address" peer "$(gateway4 nap0)" 8080 web
	both_reach "by the bridge's IPv6 address" peer "$(gateway6 nap0)" 8080 web
	both_reach "by the app's address" peer "$web4" 80 "web $(ip4 peer)"
	both_reach "by the app's IPv6 address" peer "$web6" 80 "web $(ip6 peer)"
	both_reach "from itself by the host's address" web 198.18.1.1 8080 web
	both_reach "from itself by the host's IPv6 address" web 2001:db8:1::1 8080 web
	both_reach "from an app on another network by the host's address" stranger 198.18.1.1 8080 web
	both_reach "the same by IPv6" stranger 2001:db8:1::1 8080 web
	both_refused "but not by the app's own" stranger "$web4" 80
	both_refused "by IPv6 neither" stranger "$web6" 80

	# ---- bound to an address
	both_reach "the address that it is bound to" client 198.18.1.1 8070 "bound 198.18.1.2"
	both_reach "that by another link" other 198.18.1.1 8070 "bound 198.18.2.2"
	both_reach "from the host" here 198.18.1.1 8070 bound
	both_reach "the IPv6 address that it is bound to" client 2001:db8:1::1 8071 "bound 2001:db8:1::2"
	both_refused "another address of the host" other 198.18.2.1 8070
	both_refused "127.0.0.1" here 127.0.0.1 8070
	both_refused "an IPv6 address" client 2001:db8:1::1 8070
	both_refused "another IPv6 address" other 2001:db8:2::1 8071
	both_refused "an IPv4 address" client 198.18.1.1 8071

	# ---- 127.0.0.1 and ::1 are this host's alone
	both_reach "127.0.0.1 from the host" here 127.0.0.1 8060 local
	both_reach "::1 from the host" here ::1 8060 local
	both_refused "from outside by the host's address" client 198.18.1.1 8060
	both_refused "by its IPv6 address" client 2001:db8:1::1 8060
	both_refused "from the host by its address" here 198.18.1.1 8060
	both_refused "from an app by the bridge's address" peer "$(gateway4 nap0)" 8060
	both_refused "from an app by its own 127.0.0.1" peer 127.0.0.1 8060
	never_heard
}

# Machines that route what they should not: 127/8, ::1 and the apps' addresses by way of the host, with a
# sender of their own, of this host or of the app's neighbours. The app hears an honest one who comes last.
never_heard() {
	local to from n=0 gw bridge

	gw=$(link_mac up1) bridge=$(link_mac nap0)
	# what the forger sends is heard where nothing is wrong with it
	at client "$T/payload" forge eth0 own "$gw" 198.18.1.2 198.18.1.1 8080 "true IPv4" >/dev/null
	at client "$T/payload" forge eth0 own "$gw" 2001:db8:1::2 2001:db8:1::1 8080 "true IPv6" >/dev/null

	for to in 127.0.0.1:8060 127.0.0.1:8080 "$local4:80" "$web4:80"; do
		for from in 198.18.1.2 198.18.1.1 127.0.0.1 "$(gateway4 nap0)" "$(ip4 peer)"; do
			at client "$T/payload" forge eth0 own "$gw" "$from" "${to%:*}" "${to##*:}" "forged-$((++n))" >/dev/null
			inside peer "$T/payload" forge eth0 own "$bridge" 127.0.0.1 "${to%:*}" "${to##*:}" "forged-$n" >/dev/null
		done
	done
	for to in ::1/8060 ::1/8080 "$local6/80" "$web6/80"; do
		for from in 2001:db8:1::2 2001:db8:1::1 ::1 "$(gateway6 nap0)" "$(ip6 peer)"; do
			at client "$T/payload" forge eth0 own "$gw" "$from" "${to%/*}" "${to##*/}" "forged-$((++n))" >/dev/null
		done
	done
	at client "$T/payload" forge eth0 own "$gw" "$(ip4 peer)" 198.18.1.1 8080 "forged-app-$((++n))" >/dev/null
	at client "$T/payload" forge eth0 own "$gw" "$(ip6 peer)" 2001:db8:1::1 8080 "forged-app-$((++n))" >/dev/null
	for to in 127.0.0.1:8060 127.0.0.1:8080; do
		inside peer "$T/payload" forge eth0 own "$bridge" "$(ip4 peer)" "${to%:*}" "${to##*:}" "forged-$((++n))" >/dev/null
	done
	inside peer "$T/payload" forge eth0 own "$bridge" "$(ip6 peer)" ::1 8060 "forged-$((++n))" >/dev/null
	for i in 127.0.0.1 ::1; do talk here udp $i 8060 60000 "" "honest-$i" >/dev/null; done
	for i in 198.18.1.1 2001:db8:1::1; do talk client udp $i 8080 60000 "" "honest-$i" >/dev/null; done
	wait_for grep -q 'honest-::1' "$T/local.out"
	wait_for grep -q 'honest-2001:db8:1::1' "$T/web.out"
	is "what is sent past the doors is never heard ($n forged packets)" "$(grep -h 'forged' "$T/local.out" "$T/web.out")" ""
	is "what is sent by the door is" "$(grep -c 'heard true' "$T/web.out")" $((2 * ++rounds))
	# a route to the apps is no way to them
	ip -n client route replace 10.78.0.0/16 via 198.18.1.1
	ip -n client route replace 127.0.0.1/32 via 198.18.1.1 table 99 2>/dev/null
	both_refused "the app's address from outside" client "$web4" 80
	both_refused "its IPv6 address from outside" client "$web6" 80
	both_refused "and that of one who is published for this host alone" client "$local4" 80
	ip -n client route del 10.78.0.0/16
}

for mode in $(bridge_modes); do
	echo "# br_netfilter: $mode"
	[ "$mode" = none ] || filter_bridges "$mode"
	ok "nap net reload" nap net reload
	everything
done
filter_bridges 0 # and started without it
stop web local bound peer stranger
rounds=0
app web -p 8080:80 -p 8080:80/udp -p 9000-9002:81-83 -p 9000-9002:81-83/udp
app bound -p 198.18.1.1:8070:80 -p 198.18.1.1:8070:80/udp -p '[2001:db8:1::1]:8071:80' -p '[2001:db8:1::1]:8071:80/udp'
app local -p 127.0.0.1:8060:80 -p 127.0.0.1:8060:80/udp -p '[::1]:8060:80' -p '[::1]:8060:80/udp'
app peer
app stranger --network elsewhere
echo "# started without br_netfilter"
everything

# ---- ports that are taken
fails_with 125 '8080.*web|web.*8080' nap run -p 8080:80 payload:1.0 true
fails_with 125 '8080.*web|web.*8080' nap run -p 198.18.1.1:8080:80 payload:1.0 true
fails_with 125 '8080.*web|web.*8080' nap run -p '[::1]:8080:80' payload:1.0 true
fails_with 125 '900[01].*web|web.*900[01]' nap run -p 8999-9001:81-83 payload:1.0 true
fails_with 125 '8070.*bound|bound.*8070' nap run -p 8070:80 payload:1.0 true
fails_with 125 '8070.*bound|bound.*8070' nap run -p 0.0.0.0:8070:80 payload:1.0 true
fails_with 125 '8070.*bound|bound.*8070' nap run -p 198.18.1.1:8070:80 payload:1.0 true
app beside -p 198.18.2.1:8070:80 -p 127.0.0.1:8070:80
reaches "the same port of another address" other tcp 198.18.2.1 8070 beside
reaches "and of the first" other tcp 198.18.1.1 8070 bound
reaches "and of a third" here tcp 127.0.0.1 8070 beside
stop beside
ok "UDP and TCP are apart" nap run -p 9100:80 -p 9100:80/udp payload:1.0 true
fails_with 125 '9100' nap run -p 9100:80 -p 9100:81 payload:1.0 true
fails_with 125 'address|198.51.100.1' nap run -p 198.51.100.1:notaport:80 payload:1.0 true

begin holder "$T/payload" serve holder 7000
fails_with 125 "7000.*payload.*${app_pid[holder]}|payload.*${app_pid[holder]}.*7000" nap run -p 7000:80 payload:1.0 true
fails_with 125 "7000.*payload" nap run -p 7000:80/udp payload:1.0 true
fails_with 125 "7000.*payload" nap run -p 127.0.0.1:7000:80 payload:1.0 true
fails_with 125 "7001.*7000|7000" nap run -p 6999-7001:80-82 payload:1.0 true
kill "${app_pid[holder]}"
wait "${app_pid[holder]}" 2>/dev/null
ok "the port is free when its holder is gone" nap run -p 7000:80 payload:1.0 true
talk here tcp 127.0.0.1 8080 >/dev/null # a connection in TIME_WAIT is no holder
stop web
app web -p 8080:80
reaches "at once after a stop the port is free again" client tcp 198.18.1.1 8080 web

# ---- any port that is free
app any -p 80 -p 81/udp -p 127.0.0.1::82
port_of() { nap inspect --json any | jq -r --argjson c "$1" '[.. | objects | select(.container? == $c) | .host] | first'; }
reaches "a random port" client tcp 198.18.1.1 "$(port_of 80)" any
reaches "a random UDP port" client udp 198.18.1.1 "$(port_of 81)" any
reaches "a random port of an address" here tcp 127.0.0.1 "$(port_of 82)" any
ok "they are from the range that clients' own come from" test "$(port_of 80)" -ge 1024
stop any

stop web bound local peer stranger
is "no published port is left" "$(elements | grep -c '^publish')" 0
both_refused "nothing answers any more" client 198.18.1.1 8080
finish
