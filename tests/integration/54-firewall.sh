#!/bin/bash
# SPDX-License-Identifier: MIT
# Allow= and Deny= (--allow, --deny): what is allowed is granted, what else is denied is not, and the rest
# is as without them.
. "$(dirname "$0")/lib.sh"
needs jq
. "$TOP/tests/integration/net.sh"
outside client 1
outside other 2
default_by 1
serve client client 80 81 90
serve other other 80 81 90
serve here host 9999 9998
app peer
app friend
peer4=$(ip4 peer) peer6=$(ip6 peer)

# An app "it" with rules; the checks of it follow.
rules() { # RULE...
	local r options=()

	[ -z "${app_pid[it]:-}" ] || stop it
	for r; do options+=("--${r%% *}" "${r#* }"); done
	echo "# $*"
	app it -p 8080:80 -p 8080:80/udp -p 8081:81 -p 8081:81/udp "${options[@]}"
	it4=$(ip4 it) it6=$(ip6 it)
}

rules
both_reach "without rules all is open: in" client 198.18.1.1 8080 it
both_reach "in, from an app" peer "$it4" 80 it
both_reach "out" it 198.18.1.2 80 client
both_reach "out, to an app" it "$peer4" 80 peer
both_refused "but for the host's services" it 198.18.1.1 9999

# ---- out
rules 'deny out any'
both_refused "nothing out" it 198.18.1.2 80
both_refused "nothing out by IPv6" it 2001:db8:1::2 80
both_refused "to no app" it "$peer4" 80
both_refused "to no app by IPv6" it "$peer6" 80
both_reach "but in" client 198.18.1.1 8080 "it 198.18.1.2"
both_reach "and in from apps" peer "$it4" 80 it
both_reach "by IPv6 too" client 2001:db8:1::1 8080 "it 2001:db8:1::2"
rules 'deny out any' 'allow out 198.18.1.2' 'allow out [2001:db8:1::2]:81'
both_reach "an address" it 198.18.1.2 80 client
both_reach "any port of it" it 198.18.1.2 81 client
both_refused "no other address" it 198.18.2.2 80
both_reach "an IPv6 address and port" it 2001:db8:1::2 81 client
both_refused "no other port" it 2001:db8:1::2 80
rules 'deny out 198.18.2.0/24' 'allow out 198.18.2.2:81/tcp' 'deny out 2001:db8::/32' 'allow out [2001:db8:2::/64]:80-81'
both_refused "a prefix" it 198.18.2.2 80
reaches "a port of it" it tcp 198.18.2.2 81 other
refused "of one protocol" it udp 198.18.2.2 81
both_reach "what is not denied" it 198.18.1.2 80 client
both_refused "an IPv6 prefix" it 2001:db8:1::2 80
both_reach "a smaller one in it, the first port" it 2001:db8:2::2 80 other
both_reach "the last port" it 2001:db8:2::2 81 other
both_refused "the port after the last" it 2001:db8:2::2 90
rules 'deny out any:80'
both_refused "a port anywhere" it 198.18.1.2 80
both_refused "by IPv6 too" it 2001:db8:1::2 80
both_reach "others" it 198.18.1.2 81 client

# ---- in; ports are the app's own
rules 'deny in any' 'allow in 198.18.1.2:80'
both_reach "in for one" client 198.18.1.1 8080 it
both_refused "not for others" other 198.18.1.1 8080
both_refused "not on other ports" client 198.18.1.1 8081
both_refused "not by the other family" client 2001:db8:1::1 8080
both_refused "not for apps" peer "$it4" 80
both_refused "nor by the host's address" peer 198.18.1.1 8080
both_reach "the host itself always" here "$it4" 81 it
both_reach "by 127.0.0.1 too" here 127.0.0.1 8081 it
both_reach "and out" it 198.18.1.2 80 client
rules 'deny in 2001:db8:1::/64' 'allow in app:friend' 'deny in any/udp'
refused "in: a prefix of IPv6" client tcp 2001:db8:1::1 8080
reaches "the other family is open" client tcp 198.18.1.1 8080 it
refused "but for UDP" client udp 198.18.1.1 8080
refused "apps are others" peer udp "$it4" 80
both_reach "unless allowed" friend "$it4" 80 "it $(ip4 friend)"
both_reach "by IPv6 as well" friend "$it6" 80 "it $(ip6 friend)"

# ---- both ways without a word
rules 'deny any' 'allow app:peer'
both_refused "neither in" client 198.18.1.1 8080
both_refused "nor out" it 198.18.1.2 80
both_reach "but to the app" it "$peer4" 80 peer
both_reach "and from it" peer "$it6" 80 it
both_refused "and none other" friend "$it4" 80

# ---- apps that start later, and again elsewhere
rules 'deny any' 'allow out app:later:80' 'allow in app:later'
both_refused "an address before its app is there" it "$peer4" 80
app later
both_reach "an app that starts later" it "$(ip4 later)" 80 later
both_reach "by IPv6" it "$(ip6 later)" 80 later
both_refused "on its port only" it "$(ip4 later)" 81
both_reach "and from it" later "$it4" 80 it
later4=$(ip4 later)
stop later
app usurper --ip "$later4"
both_refused "whoever has its address next is another" it "$later4" 80
both_refused "in as well" usurper "$it4" 80
app later
both_reach "it comes back with another address" it "$(ip4 later)" 80 later
stop usurper later

# ---- the host's services
rules 'allow out host:9999'
both_reach "a port of the host" it "$(gateway4 nap0)" 9999 host
both_reach "by its other address" it 198.18.1.1 9999 host
both_reach "by IPv6" it "$(gateway6 nap0)" 9999 host
both_refused "no other port" it "$(gateway4 nap0)" 9998
both_refused "no other app" peer "$(gateway4 nap0)" 9999
rules 'allow out host'
both_reach "all of the host" it "$(gateway4 nap0)" 9998 host
rules 'allow out any'
both_refused "the host is not meant by any" it "$(gateway4 nap0)" 9998

# ---- they survive what others do
rules 'deny any' 'allow out 198.18.1.2' 'allow in app:friend'
before=$(elements)
nft flush ruleset
nap net reload
is "the same rules after a flush and a reload" "$(elements)" "$before"
both_reach "allowed" it 198.18.1.2 80 client
both_refused "denied" it 198.18.2.2 80
both_reach "an app that is allowed" friend "$it4" 80 it
both_refused "an app that is not" peer "$it4" 80
# A connection that is there goes on; its direction is that of its first packet.
rules 'deny out any'
is "answers are no connections of their own" "$(talk client tcp 198.18.1.1 8080)" "it 198.18.1.2"

# ---- each of these is wrong
for wrong in '' 'sideways any' 'any:0' 'any:70000' 'any:9-8' '10.0.0.0/33' '300.1.1.1' 'app:' 'app:A B' 'in host' \
	'any/icmp' '::1:80:90:x' 'any any' 'app:x:y'; do
	fails_with 125 'allow|deny|rule|--' nap run --deny "$wrong" payload:1.0 true
done
stop it peer friend
is "no element is left" "$(elements | grep -cE '^(in|out|host)_')" 0
finish
