#!/bin/bash
# SPDX-License-Identifier: MIT
# Limits of OCI containers under every controller of cgroup v2, by both managers.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
before=$(world)

# The files of the container's cgroup, one line each.
shows() { # NAME FILE...
	local f

	for f in "${@:2}"; do head -n 1 "$(oci_group "$1")/$f"; done | paste -sd' '
}
statistic() { oci events --stats "$1" | grep -o "\"$2\":[^,}]*" | head -n 1; } # NAME MEMBER

resources='"memory": {"limit": 33554432, "swap": 33554432, "reservation": 16777216},
	"cpu": {"shares": 1024, "quota": 50000, "period": 200000, "burst": 10000, "cpus": "0", "mems": "0"}, "pids": {"limit": 20},
	"unified": {"memory.high": "30000000", "cgroup.max.depth": "3"}'
files="memory.max memory.low memory.high cpu.weight cpu.max cpu.max.burst cpuset.cpus cpuset.mems pids.max cgroup.max.depth"
want="33554432 16777216 29999104 39 50000 200000 10000 0 0 20 3"
for manager in cgroupfs systemd; do
	path=/engine/limited
	[ $manager = cgroupfs ] || path=machine-test.slice:libpod:limited
	oci_bundle limited 'sleep 1000' ", \"cgroupsPath\": \"$path\", \"resources\": {$resources}"
	ok "$manager: create with limits" oci_up limited --cgroup-manager $manager
	# shellcheck disable=SC2086 # words
	is "$manager: they are the kernel's" "$(shows limited $files)" "$want"
	is "$manager: no swap beside memory" "$(shows limited memory.swap.max)" 0
	ok "$manager: update" oci update --memory 64m --memory-swap -1 --cpu-quota 80000 --pids-limit -1 --cpuset-cpus 0-1 limited
	is "$manager: what was asked is changed, the rest stays" "$(shows limited memory.max memory.swap.max cpu.max cpuset.cpus pids.max)" \
		"67108864 max 80000 200000 0-1 max"
	oci update --memory 48m --cpu-quota 70000 --cpuset-cpus 4000 limited 2>/dev/null && fail "$manager: processors that are not there"
	is "$manager: an update that fails changes nothing" "$(shows limited memory.max memory.swap.max cpu.max cpuset.cpus pids.max)" \
		"67108864 max 80000 200000 0-1 max"
	ok "$manager: update of the swap limit alone counts memory" oci update --memory-swap 96m limited
	is "$manager: it is set" "$(shows limited memory.swap.max)" 33554432
	is "$manager: the limit in the statistics" "$(statistic limited limit)" '"limit":67108864'
	[ $manager = cgroupfs ] || { systemctl daemon-reload; is "daemon-reload changes nothing" "$(shows limited memory.max)" 67108864; }
	ok "$manager: delete" oci delete --force limited
	rm -rf "$T/limited"
done
rmdir /sys/fs/cgroup/engine

# ---- they hold
oci_bundle eats 'sleep 1000 & dd if=/dev/zero of=/dev/null bs=256M count=1; echo survived >/survived' \
	', "cgroupsPath": "/eats", "resources": {"memory": {"limit": 33554432, "swap": 33554432}}'
oci --cgroup-manager cgroupfs create --bundle "$T/eats" eats >"$T/eats/out" 2>&1 </dev/null
oci events --interval 200ms eats >"$T/events" &
watcher=$!
wait_for test -s "$T/events"
oci start eats
wait_for grep -q oom "$T/events"
is "events tells of the OOM kill" "$(grep -m 1 oom "$T/events")" '{"type":"oom","id":"eats"}'
oci delete --force eats
wait $watcher
is "and ends with the container" $? 0
oci_bundle forks 'for i in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; sleep 1000' \
	', "cgroupsPath": "/forks", "resources": {"pids": {"limit": 5}}'
oci_up forks
wait_for grep -qv ' 0$' /sys/fs/cgroup/forks/pids.events
is "no more processes than the limit" "$(cat /sys/fs/cgroup/forks/pids.max)" 5
ok "kill --all" oci kill --all forks KILL
becomes "ends them" stopped oci_status forks
ok "delete" oci delete forks
oci_bundle low 'sleep 1000' ', "cgroupsPath": "/low", "resources": {"cpu": {"idle": 1, "shares": 512}}'
ok "an idle container" oci_up low
is "is" "$(shows low cpu.idle)" 1
oci delete --force low

# ---- disks
disk=$(cat /sys/block/nvme0n1/dev)
oci_bundle disk 'sleep 1000' ", \"resources\": {\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": ${disk%:*}, \"minor\": ${disk#*:}, \"rate\": 1048576}],
	\"throttleWriteIOPSDevice\": [{\"major\": ${disk%:*}, \"minor\": ${disk#*:}, \"rate\": 100}]}}"
ok "throttles of a disk" oci_up disk
is "are set" "$(shows disk io.max)" "$disk rbps=1048576 wbps=max riops=max wiops=100"
oci delete --force disk
oci_bundle none 'sleep 1000' ', "resources": {"unified": {"nosuch.max": "1"}}'
like "what no controller has is an error" "$(oci_up none 2>&1)" 'controller `nosuch` is not available'
same_world "nothing is left" "$before"
finish
