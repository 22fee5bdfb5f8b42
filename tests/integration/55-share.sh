#!/bin/bash
# SPDX-License-Identifier: MIT
# Containers that share the network namespace of another: its addresses, names and ports are theirs.
. "$(dirname "$0")/lib.sh"
needs jq
. "$TOP/tests/integration/net.sh"
outside client 1
default_by 1
run() { nap run "$@"; }
app main -p 8080:80 -p 8090:90 --hostname main.example --dns 192.0.2.7 --add-host db:10.1.2.3

for how in app:main container:main main.app main.container; do
	is "$how: the same namespace" "$(run --network $how payload:1.0 readlink /proc/self/ns/net)" "$(nap exec main readlink /proc/self/ns/net)"
done
see='ip -o addr; cat /etc/hosts /etc/resolv.conf; hostname'
is "the same addresses, names and hostname" "$(run --network app:main payload:1.0 sh -c "$see")" "$(nap exec main sh -c "$see")"
app_run guest --network app:main -- /payload serve guest 90
reaches "a port published by the one is served by the other" client tcp 198.18.1.1 8090 "guest 198.18.1.2"
is "127.0.0.1 is common" "$(talk guest tcp 127.0.0.1 80) $(talk main tcp 127.0.0.1 90)" "main 127.0.0.1 guest 127.0.0.1"
reaches "the guest goes out as the other does" guest tcp 198.18.1.1 8080 main
app third
becomes "names come to both" "$(ip4 third)" sh -c "'$NAP' --root '$ROOT' --runroot '$RUNROOT' exec guest awk '\$2 == \"third\" {print \$1; exit}' /etc/hosts"
stop third

fails_with 125 'nosuch' nap run --network app:nosuch payload:1.0 true
fails_with 125 'nosuch' nap run --network container:nosuch payload:1.0 true
fails_with 125 "network of another" nap run --network app:main -p 1:1 payload:1.0 true
fails_with 125 'main|network' nap run --network app:main --network private payload:1.0 true
fails_with 125 'main|network' nap run --network app:main --ip 10.78.1.1 payload:1.0 true
app_run alone --network none -- /payload serve alone 80
fails_with 125 'host|namespace|network' nap run --network host --network app:main payload:1.0 true
is "one without a network is shared, too" "$(run --network app:alone payload:1.0 readlink /proc/self/ns/net)" "$(nap exec alone readlink /proc/self/ns/net)"
stop alone

# ---- who shares a network has users of its own nevertheless
range() { nap exec "$1" awk '{ print $2 }' /proc/self/uid_map; }
down() { run --network app:main --cap-add NET_ADMIN "$@" payload:1.0 ifconfig lo down 2>&1; }
unlike "the guest's users are not those of the other" "$(range guest)" "^$(range main)$"
like "the network is the other's: a capability of a guest does not count there" "$(down)" 'not permitted'
is "but root's of the host does" "$(down --userns host) $(nap exec main cat /sys/class/net/lo/operstate)" " down"
inside main ip link set lo up
is "/sys is of that network" "$(run --network app:main payload:1.0 ls /sys/class/net)" "$(nap exec main ls /sys/class/net)"
app_run other --network app:main -u 1000 -- /payload serve other 91
is "a guest's user may serve a low port" "$(talk main tcp 127.0.0.1 91)" "other 127.0.0.1"
app_run rooted --network app:main --userns host -- /payload serve rooted 92
is "so may one with the users of the host" "$(talk guest tcp 127.0.0.1 92)" "rooted 127.0.0.1"
stop other rooted
app_run rooted --userns host -- /payload serve rooted 92
app_run other --network app:rooted -- /payload serve other 91
is "users of its own in a network of the host's" "$(talk rooted tcp 127.0.0.1 91) $(talk other tcp 127.0.0.1 92)" \
	"other 127.0.0.1 rooted 127.0.0.1"
unlike "are its own" "$(range other)" '^0$'
stop other rooted

# ---- who ends first
stop main
is "the namespace lives as long as one is in it" "$(talk guest tcp 127.0.0.1 90)" "guest 127.0.0.1"
refused "but what was the owner's has been taken back" client tcp 198.18.1.1 8090
refused "its link leads nowhere" guest tcp 198.18.1.2 80
stop guest
becomes "and nothing is left of either" "0 0" eval 'echo "$(elements | grep -c ^publish) $(ip -o link show master nap0 | wc -l)"'
finish
