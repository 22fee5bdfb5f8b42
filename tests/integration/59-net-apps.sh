#!/bin/bash
# SPDX-License-Identifier: MIT
# What an app's file says of its networks, started by nap launch as systemd starts it (launch.py is systemd
# here): each key of [Container] that is about the network, and those of [Network], come true.
. "$(dirname "$0")/lib.sh"
needs jq python3
# shellcheck source=tests/integration/net.sh
. "$TOP/tests/integration/net.sh"

# An app that serves port 80, or PORTS.
serving() { # NAME LINE...
	printf '%s\n' '[Container]' Image=payload:1.0 "Exec=/payload serve $1 ${PORTS:-80}" "${@:2}" >"$T/apps/$1.app"
	begin "$1" "$TOP/tests/launch.py" "$NAP" --root "$ROOT" --runroot "$RUNROOT" launch "$1"
}
ends() { # NAME...
	local i

	for i; do
		nap kill "$i" >/dev/null
		wait "${app_pid[$i]}"
		nap clean "$i"
	done
}
refuses() { # REGEX LINE...: the start fails
	printf '%s\n' '[Container]' Image=payload:1.0 Exec=true "${@:2}" >"$T/apps/wrong.app"
	like "refused: ${*:2}" "$("$TOP/tests/launch.py" "$NAP" --root "$ROOT" --runroot "$RUNROOT" launch wrong 2>&1)" "$1"
	rm "$T/apps/wrong.app"
}
interfaces() { nap exec "$1" ip -o addr show scope global | awk '{print $2, $4}' | paste -sd' '; }
host_of() { nap exec "$1" awk -v n="$2" '{for (i = 2; i <= NF; i++) if ($i == n) print $1}' /etc/hosts | paste -sd' '; }

outside client 1
default_by 1
serving warm PublishPort=80 Allow=app:warm # what is made once is made now
ends warm
wait_for settled 0
before=$(net_world)

# ---- one network
PORTS="80 81" serving web PublishPort=8080:80 PublishPort=127.0.0.1:8081:81 IP=10.78.9.9 NetworkAlias=front NetworkAlias=www.example \
	AddHost=machine:host-gateway AddHost=db:192.0.2.1 HostName=shown DNS=192.0.2.53 DNSSearch=example.org DNSOption=ndots:2
serving friend
like "IP=" "$(interfaces web)" '^eth0 10.78.9.9/16 eth0 fd[0-9a-f:]*/64$'
is "AddHost= with host-gateway" "$(host_of web machine | cut -d' ' -f1) $(host_of web db)" "10.78.0.1 192.0.2.1"
is "HostName=" "$(nap exec web hostname)" shown
is "DNS=, DNSSearch= and DNSOption=" "$(nap exec web cat /etc/resolv.conf)" \
	$'nameserver 192.0.2.53\nsearch example.org\noptions ndots:2'
for name in web shown front www.example; do
	is "others know it as $name" "$(host_of friend "$name" | cut -d' ' -f1)" 10.78.9.9
done
reaches "PublishPort=" client tcp 198.18.1.1 8080 "web 198.18.1.2"
reaches "PublishPort= with an address" here tcp 127.0.0.1 8081 web
refused "is for that address" client tcp 198.18.1.1 8081
refuses 'web' PublishPort=8080:80
ends web friend

# ---- several, and what NAME.network says of them
network back Subnet=10.90.0.0/16 Gateway=10.90.0.7 IPRange=10.90.4.0/30 Internal=yes InterfaceName=br-back \
	'Options=mtu=1400' DNS=192.0.2.77
network quiet Subnet=10.91.0.0/24 Subnet=fd00:91::/64 DisableDNS=yes
serving db Network=back Network=quiet:ip=10.91.0.9,ip6=fd00:91::9,interface_name=data0,mac=02:00:00:00:00:09,alias=other
serving web Network=private Network=back.network PublishPort=8080:80
serving mute Network=quiet
like "an address of IPRange=, and those that were asked for" "$(interfaces db)" \
	'^eth0 10.90.4.[1-3]/16 data0 10.91.0.9/24 data0 fd00:91::9/64$'
is "the MAC address" "$(nap exec db cat /sys/class/net/data0/address)" 02:00:00:00:00:09
is "InterfaceName= and mtu=" "$(nap exec db cat /sys/class/net/eth0/mtu) $(ip -j link show br-back | jq '.[0].mtu')" "1400 1400"
is "Gateway=" "$(ip -o -4 addr show br-back | awk '{print $4}')" 10.90.0.7/16
is "DNS= of the network" "$(nap exec db grep nameserver /etc/resolv.conf)" "nameserver 192.0.2.77"
reaches "by the name, on the network in common" web tcp "$(host_of web db)" 80 db
is "DisableDNS=: no names" "$(host_of mute db)$(host_of db mute)" ""
reaches "but addresses" mute tcp 10.91.0.9 80 db
refused "another network" mute tcp "$(host_of web db)" 80
reaches "what is published" client tcp 198.18.1.1 8080 web
ends mute web db

# ---- the firewall
serving friend
serving db 'Allow=in app:friend:80' 'Deny=in any' 'Allow=out host:9000'
serving stranger
serve here host 9000 9001
reaches "Allow=in app:" friend tcp "$(ip4 db)" 80 db
refused "Deny=in any" stranger tcp "$(ip4 db)" 80
reaches "Allow=out host:" db tcp 10.78.0.1 9000 host
refused "other services of the host" db tcp 10.78.0.1 9001
refused "the same without it" friend tcp 10.78.0.1 9000
ends stranger friend
serving friend IP=10.78.7.7
reaches "an app that has come back elsewhere" friend tcp "$(ip4 db)" 80 db
ends friend

# ---- the network of another app
PORTS=90 serving guest Network=db.container
is "Network=NAME.container: the same namespace" "$(nap exec guest readlink /proc/self/ns/net)" "$(nap exec db readlink /proc/self/ns/net)"
ends guest db
refuses 'nosuch' Network=app:nosuch
refuses 'there is no network "nosuch"' Network=nosuch
refuses 'not in the network' Network=back:ip=10.92.0.1

nap net prune -f >/dev/null
nap run --network private payload:1.0 true
same_net "nothing is left of it" "$before"
finish
