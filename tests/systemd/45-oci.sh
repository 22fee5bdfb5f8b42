#!/bin/bash
# SPDX-License-Identifier: MIT
# nap oci --systemd-cgroup: the container's cgroup is a transient scope, with limits as its properties.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
before=$(world)
show() { systemctl show -P "$2" "$1"; } # UNIT PROPERTY
scope=libpod-one.scope
list() { systemctl list-units --all --plain --no-legend "$1"; }

oci_bundle one 'sleep 1000' ', "cgroupsPath": "machine-test.slice:libpod:one", "resources": {
	"memory": {"limit": 67108864, "swap": 134217728, "reservation": 33554432},
	"cpu": {"shares": 1024, "quota": 50000, "period": 200000, "cpus": "0"}, "pids": {"limit": 50}}' '"org.systemd.property.TimeoutStopUSec": "uint64 1000000",
	"org.systemd.property.CollectMode": "'"'inactive'"'"'
ok "create" oci_up one --systemd-cgroup
is "a scope" "$(show $scope ActiveState)" active
is "in its slice" "$(show $scope Slice)" machine-test.slice
is "with its process" "$(sed -n 's/^0:://p' "/proc/$(oci_pid one)/cgroup")" "/machine.slice/machine-test.slice/$scope"
is "delegated to the container" "$(show $scope Delegate)" yes
is "memory.limit" "$(show $scope MemoryMax)" 67108864
is "memory.swap is of both together" "$(show $scope MemorySwapMax)" 67108864
is "memory.reservation" "$(show $scope MemoryLow)" 33554432
is "cpu.shares" "$(show $scope CPUWeight)" 39
is "cpu.quota" "$(show $scope CPUQuotaPerSecUSec)" 250ms
is "cpu.period" "$(show $scope CPUQuotaPeriodUSec)" 200ms
is "cpu.cpus" "$(show $scope AllowedCPUs)" 0
is "pids.limit" "$(show $scope TasksMax)" 50
is "an annotation" "$(show $scope TimeoutStopUSec)" 1s
is "another" "$(show $scope CollectMode)" inactive

# ---- update
ok "update" oci update --memory 128m --memory-swap 128m --pids-limit 60 --cpu-quota 100000 --cpu-period 100000 --cpuset-cpus 0-1 one
is "memory.limit" "$(show $scope MemoryMax)" 134217728
is "memory.swap" "$(show $scope MemorySwapMax)" 0
is "pids.limit" "$(show $scope TasksMax)" 60
is "cpu.quota" "$(show $scope CPUQuotaPerSecUSec)" 1s
is "cpu.cpus" "$(show $scope AllowedCPUs)" 0-1
echo '{"pids": {"limit": -1}}' >"$T/more"
ok "update of a document" oci update --resources "$T/more" one
is "no limit" "$(show $scope TasksMax)" infinity
limits() {
	local p
	for p in MemoryMax MemorySwapMax CPUWeight CPUQuotaPerSecUSec CPUQuotaPeriodUSec AllowedCPUs TasksMax IOWeight; do
		show $scope $p
	done | paste -sd' '
}
was=$(limits)
echo '{"pids": {"limit": 30}, "memory": {"limit": 33554432, "swap": 67108864}, "blockIO": {"weight": 100},
	"cpu": {"shares": 100, "quota": 30000, "period": 300000, "cpus": "0"}, "devices": [{"allow": false, "access": "rwm"}]}' >"$T/more"
like "an update that fails when systemd has the limits" "$(systemd-run --quiet --collect --wait --pipe -p SystemCallFilter=~bpf \
	-p SystemCallErrorNumber=EPERM "$NAP" oci --root "$T/oci" update --resources "$T/more" one 2>&1)" 'devices.*Operation not permitted'
is "leaves them as they were" "$(limits)" "$was"
systemctl daemon-reload
is "daemon-reload changes nothing" "$(show $scope MemoryMax)" 134217728

# ---- pause, stop
ok "pause" oci pause one
is "its state" "$(oci_status one)" paused
ok "resume" oci resume one
ok "systemctl stop ends it" systemctl stop $scope
becomes "its state" stopped oci_status one
ok "delete" oci delete one
becomes "the scope is gone" "" list "$scope"

# ---- names, failures
oci_bundle two 'sleep 1000'
ok "no cgroupsPath" oci_up two --systemd-cgroup
is "system.slice and the id" "$(oci_group two)" /sys/fs/cgroup/system.slice/nap-two.scope
ok "delete --force" oci delete --force two
becomes "ends the scope" "" list "nap-two.scope"
ok "the id and the scope can be used again" oci_up two --systemd-cgroup
oci delete --force two
oci_bundle path 'sleep 1000' ', "cgroupsPath": "/a/b"'
like "a path is for cgroupfs" "$(oci_up path --systemd-cgroup 2>&1)" 'format "slice:prefix:name"'
oci_bundle bad 'sleep 1000' ', "cgroupsPath": "system.slice:nap:bad"' '"org.systemd.property.NoSuchThing": "true"'
like "what systemd refuses" "$(oci_up bad --systemd-cgroup 2>&1)" 'make the scope nap-bad.scope: .*NoSuchThing'
like "leaves no container" "$(oci state bad 2>&1)" "does not exist"
becomes "and no scope" "" list "nap-bad.scope"
same_world "nothing is left" "$before"
finish
