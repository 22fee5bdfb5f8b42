#!/bin/bash
# SPDX-License-Identifier: MIT
# What nap ps, port, net and inspect tell of networks, and what run refuses to ask of them.
. "$(dirname "$0")/lib.sh"
needs jq
corpus payload
load payload/oci-gz
export NAP_APPS_PATH=$T/apps
mkdir -p "$NAP_APPS_PATH"
printf '[Network]\nSubnet=10.9.0.0/24\n' >"$NAP_APPS_PATH/lan.network"

start() { # NAME OPTION...
	rm -f "$T/$1.out" # what an earlier one of that name has said
	nap run --name "$1" "${@:2}" payload:1.0 /payload sleep >"$T/$1.out" 2>"$T/$1.err" &
	wait_for grep -q ready "$T/$1.out"
}
row() { nap ps --json | jq -c --arg name "$1" '.[] | select(.Name == $name)'; }

# ---- before there is any
is "no networks" "$(nap net ls -q; nap net inspect | jq -c .)" "[]"
is "but defined ones" "$(nap net ls -aq | sort | paste -sd' ')" "lan private"
ok "nothing to reload" nap net reload
is "nothing to prune" "$(nap net prune -f)" ""
is "--dry-run makes none" "$(nap run --dry-run --network lan payload:1.0 | jq -c '[.networks[].name]'; nap net ls -q)" '["lan"]'

# ---- what runs
start web --network private:ip=10.78.0.9 --network lan:ip=10.9.0.9,alias=www -p 127.0.0.1:8080:80 -p 9000-9002:90-92/udp
start guest --network container:web
start alone --network none
start any -p 77
is "its addresses" "$(row web | jq -c '[.Addresses[] | select(startswith("10."))]')" '["10.78.0.9","10.9.0.9"]'
is "its networks" "$(row web | jq -c .Networks)" '["private","lan"]'
like "in the table" "$(nap ps)" 'web .* 10\.78\.0\.9, 10\.9\.0\.9 '
like "ports, and ranges of them" "$(nap ps)" '127\.0\.0\.1:8080->80/tcp, 0\.0\.0\.0:9000-9002->90-92/udp, \[::\]:9000-9002->90-92/udp'
is "whose network is shared" "$(row guest | jq -c '[.Network, .Networks]')" '["container:web",[]]'
like "in the table, too" "$(nap ps)" 'guest .*container:web'
is "no network" "$(row alone | jq -c '[.Network, .Addresses]')" '["none",[]]'
is "nap port" "$(nap port web)" "80/tcp -> 127.0.0.1:8080
$(for i in 0 1 2; do printf '9%d/udp -> 0.0.0.0:900%d\n9%d/udp -> [::]:900%d\n' $i $i $i $i; done)"
is "of one port" "$(nap port web 91/udp)" "0.0.0.0:9001
[::]:9001"
fails_with 1 "^nap: port web: 91/tcp is not published$" nap port web 91
fails_with 2 "not PORT" nap port web 91-92
fails_with 1 "no such container: nosuch" nap port nosuch
is "a port that was free" "$(nap port any 77 | head -n 1)" "0.0.0.0:$(nap port --json any | jq '.[0].HostPort')"
is "of none" "$(nap port alone; nap port --json alone | jq -c .)" "[]"
is "nap inspect" "$(nap inspect web | jq -c '.[0].network | [.networks[].ipv4.address]')" '["10.78.0.9","10.9.0.9"]'
is "docker's members of it" "$(nap inspect web | jq -c '.[0].NetworkSettings | [.IPAddress, .Networks.lan.IPAddress, .Ports["80/tcp"][0]]')" \
	'["10.78.0.9","10.9.0.9",{"HostIp":"127.0.0.1","HostPort":"8080"}]'
is "without a network" "$(nap inspect alone | jq -c '.[0].network')" null

# ---- networks
is "nap net ls" "$(nap net ls -q | sort | paste -sd' ')" "lan private"
like "a network's row" "$(nap net ls)" 'lan +nap-lan +10\.9\.0\.0/24 +no +1'
is "members" "$(nap net inspect private | jq -c '[.[0].members[].id]')" '["any","web"]'
is "by the file's name" "$(nap net inspect lan.network | jq -c '.[0].members[0] | [.ipv4, .names]')" '["10.9.0.9",["web","www"]]'
is "all of them" "$(nap net inspect | jq -c '[.[].name]')" '["lan","private"]'
fails_with 1 "^nap: net: inspect nosuch: there is no such network now" nap net inspect nosuch
is "nothing to prune" "$(nap net prune -f)" ""
fails_with 2 "standard input is no terminal" nap net prune
fails_with 2 "must be ls, inspect, reload or prune" nap net create x
fails_with 2 "takes no arguments" nap net ls x

# ---- refused at the command line, before anything is made
before=$(world)
refused() { fails_with 125 "^nap: run: $1" nap run "${@:2}" payload:1.0 true; }
refused '--publish: "80": does not go with the host' --network host -p 80
refused '--ip: "10\.79\.0\.1": not in the network' --ip 10.79.0.1
refused '--network: "lan": is on that network already' --network lan --network lan
refused '--hostname: "x": does not go with the network of another' --network container:web --hostname x
refused 'there is no network "nosuch"' --network nosuch
refused '--publish: "81:80": is published already' -p 81:80 -p 81:80
same_world "nothing is left of that" "$before"

for i in any guest web; do nap stop "$i" >/dev/null; done
is "nap net prune" "$(nap net prune -f | sort)" "Deleted network: lan
Deleted network: private"
start any -p 77
nap stop any >/dev/null
is "nap prune, too" "$(nap prune -f --json | jq -c .Networks)" '["private"]'
nap stop alone >/dev/null
finish
