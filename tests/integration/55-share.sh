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

# ---- who ends first
stop main
is "the namespace lives as long as one is in it" "$(talk guest tcp 127.0.0.1 90)" "guest 127.0.0.1"
refused "but what was the owner's has been taken back" client tcp 198.18.1.1 8090
refused "its link leads nowhere" guest tcp 198.18.1.2 80
stop guest
is "and nothing is left of either" "$(elements | grep -c ^publish) $(ip -o link show master nap0 | wc -l)" "0 0"
finish
