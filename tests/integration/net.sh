# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced after lib.sh by the tests of the network: apps that serve and ask, networks, and what there is.
# shellcheck source=tests/outside.sh
. "$TOP/tests/outside.sh"
needs ip nft bridge
export NAP_APPS_PATH=$T/apps
mkdir -p "$T/apps"
declare -A app_pid=() app_ns=()

# Does br_netfilter look at what crosses bridges? 0 or 1; fails where it is not there.
filter_bridges() {
	local f

	for f in /proc/sys/net/bridge/bridge-nf-call-ip{,6}tables; do
		echo "$1" 2>/dev/null >"$f" || return
	done
}
# Those that this machine can have.
bridge_modes() {
	if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then echo 1 0; else echo none; fi
}

network() { # NAME [LINE...]
	{ echo "[Network]" && [ $# = 1 ] || printf '%s\n' "${@:2}"; } >"$T/apps/$1.network"
}

# ---- programs

# In the background; it has begun when it says "ready".
begin() { # NAME COMMAND...
	local name=$1 end=$((SECONDS + PATIENCE))

	rm -f "$T/$name.out"
	"${@:2}" >"$T/$name.out" 2>"$T/$name.err" </dev/null &
	app_pid[$name]=$!
	unset "app_ns[$name]"
	until grep -q '^ready' "$T/$name.out" 2>/dev/null; do
		if ! kill -0 "${app_pid[$name]}" 2>/dev/null || [ "$SECONDS" -ge "$end" ]; then
			fail "$name begins" "$(cat "$T/$name.out" "$T/$name.err")"
			return 1
		fi
		sleep 0.01
	done
}
app_run() { # NAME OPTION... -- COMMAND...
	local name=$1 options=()

	shift
	while [ "$1" != -- ]; do options+=("$1") && shift; done
	shift
	begin "$name" "$NAP" --root "$ROOT" --runroot "$RUNROOT" run --name "$name" "${options[@]}" payload:1.0 "$@"
}
# An app that serves ports 80 to 83.
app() { app_run "$@" -- /payload serve "$1" 80 81 82 83; } # NAME OPTION...
stop() { # NAME...
	nap stop "$@" >/dev/null
	for i; do wait "${app_pid[$i]}"; done
	return 0
}
# The same on a machine.
serve() { begin "$2" at "$1" "$T/payload" serve "${@:2}"; } # WHERE NAME PORT...

# In the network namespace of an app, but with all the rights of the host: what an app with any capability
# could do.
inside() { # APP COMMAND...
	: "${app_ns[$1]:=/proc/$(nap inspect "$1" | jq -r '.[0].State.Pid')/ns/net}"
	nsenter --net="${app_ns[$1]}" "${@:2}"
}

# ---- what there is

mac() { nap exec "$1" cat /sys/class/net/eth0/address; }

# Everything that a container may leave in the host's network, as a text.
net_world() {
	local f

	ip -o link | sed -E 's/^[0-9]+: ([^:@]+).*/link \1/' | LC_ALL=C sort
	ip -o addr show scope global | awk '{print "address", $2, $4}'
	{ ip route show table all; ip -6 route show table all; } | grep -v ' proto kernel\|^local\|^broadcast\|^multicast' | LC_ALL=C sort
	ip -o neigh show nud permanent | LC_ALL=C sort
	bridge fdb show | grep -v ' permanent$' | LC_ALL=C sort
	elements
	echo "network namespaces: $(readlink /proc/[0-9]*/ns/net | sort -u | wc -l)"
	(cd "$RUNROOT/net" 2>/dev/null && find . -mindepth 2 ! -name network.json ! -path './networks/*/hosts' | LC_ALL=C sort)
	for f in "$RUNROOT"/net/networks/*; do echo "network ${f##*/}"; done
}
# The kernel takes the link of a container away some time after its namespace.
settled() { # N: so many links of containers are there
	[ "$(ip -o link | grep -c ': vn')" = "$1" ]
}
same_net() { # DESCRIPTION BEFORE
	local end=$((SECONDS + PATIENCE)) now

	until now=$(net_world) && [ "$now" = "$2" ]; do
		if [ $SECONDS -ge $end ]; then
			fail "$1" "$(diff <(echo "$2") <(echo "$now"))"
			return 1
		fi
		sleep 0.05
	done
	pass "$1"
}

make_host
corpus payload
load payload/oci-gz
cp "$(dirname "$(find "$ROOT/layers" -path '*/fs/payload' | head -n 1)")/payload" "$T/payload"
