#!/bin/bash
# SPDX-License-Identifier: MIT
# After the reboot that 90-enable.sh prepared.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
busybox ip link set lo up

below "the machine went down and came up at once, in ms" $((($(date +%s%N) - $(cat /tests/down)) / 1000000)) 60000 # the default to wait for one that does not stop is more
becomes "the enabled app runs after the reboot" active prop lasting ActiveState
becomes "its volume has been kept" $'start\nstart' nap exec lasting cat /keep/starts
becomes "the enabled instance runs" active prop lasting@one ActiveState
logs "as itself" lasting@one '^instance one$'
is "what was not enabled does not" "$(prop idle ActiveState)" inactive
is "nothing of the first boot is left" "$(find /var/lib/nap/containers -mindepth 1 -maxdepth 1 -printf "%f\n" 2>/dev/null | sort | paste -sd' ')" \
	"$(nap ps -q | sort | paste -sd' ')"
is "the socket waits" "$(systemctl show -P SubState app@waiting.socket)" listening
is "and starts its app" "$(busybox nc 127.0.0.1 8090 </dev/null | cut -c1-12)" "hello from 0"
ok "disable" systemctl disable --now app@lasting app@lasting@one
finish
