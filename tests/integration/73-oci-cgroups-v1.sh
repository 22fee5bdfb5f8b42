#!/bin/bash
# SPDX-License-Identifier: MIT
# Limits of containers of engines where the controllers are with cgroup v1.
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/integration/oci-bundle.sh"
needs jq busybox
. "$TOP/tests/integration/oci-v1.sh"
mkdir -m 700 "$ROOT"
before=$(world)
begin_v1
oci() { inside timeout -k 5 180 "$RUNTIME" --root "$STATE" "$@"; }
groups() { inside find /sys/fs/cgroup -mindepth 2 -type d | wc -l; }
groups_of() { inside cat "/proc/$1/cgroup" | grep -v '^0:' | grep -E 'cpu|pids|memory|devices' | sort; }
none=$(groups)
sleeps='.process.args = ["sleep", "1000"]'

# ---- limits
bundle "$sleeps | .linux.cgroupsPath = \"/nap-v1\" | .linux.resources = {
	pids: {limit: 12}, cpu: {shares: 512, period: 50000, quota: 20000, cpus: \"0\", mems: \"0\"},
	memory: {limit: 67108864, swap: 67108864, reservation: 33554432, swappiness: 10},
	devices: [{allow: false, access: \"rwm\"}, {allow: true, type: \"c\", major: 10, minor: 229, access: \"rwm\"}]}"
ok "[cgroupsPath] absolute: relative to the mount point of each hierarchy" create
is "no warning" "$(cat "$BUNDLE/err")" ""
is "[pids.limit]" "$(in_v1 pids/nap-v1/pids.max)" 12
is "[cpu.shares]" "$(in_v1 cpu/nap-v1/cpu.shares)" 512
is "[cpu.period, quota]" "$(in_v1 cpu/nap-v1/cpu.cfs_period_us) $(in_v1 cpu/nap-v1/cpu.cfs_quota_us)" "50000 20000"
is "[cpu.cpus, mems]" "$(in_v1 cpuset/nap-v1/cpuset.cpus) $(in_v1 cpuset/nap-v1/cpuset.mems)" "0 0"
is "[memory.limit, swap]" \
	"$(in_v1 memory/nap-v1/memory.limit_in_bytes) $(in_v1 memory/nap-v1/memory.memsw.limit_in_bytes)" "67108864 67108864"
is "[memory.reservation, swappiness]" \
	"$(in_v1 memory/nap-v1/memory.soft_limit_in_bytes) $(in_v1 memory/nap-v1/memory.swappiness)" "33554432 10"
like "[devices] applied in the listed order" "$(in_v1 devices/nap-v1/devices.list)" '^c 10:229 rwm .*c 1:3 rwm'
is "the process is in each" "$(in_v1 pids/nap-v1/cgroup.procs) $(in_v1 memory/nap-v1/cgroup.procs)" "$(pid) $(pid)"
ok "start" oci start "$ID"
oci exec --detach --pid-file "$BUNDLE/exec.pid" "$ID" sleep 1000 <"$T/empty"
is "and so is that of exec" "$(groups_of "$(cat "$BUNDLE/exec.pid")")" "$(groups_of "$(pid)")"
inside mkdir /sys/fs/cgroup/pids/nap-v1/below /sys/fs/cgroup/memory/nap-v1/{below,other}
below() { # OPTION...: the cgroups of a process of exec
	oci exec "$@" "$ID" sed -nE 's/^[0-9]*:(cpu|pids|memory):.*(nap-v1.*)/\1 \2/p' /proc/self/cgroup <"$T/empty" 2>&1 |
		sort | paste -sd ' '
}
is "exec --cgroup: below some of its cgroups" "$(below --cgroup memory:other --cgroup pids:/below)" \
	"cpu nap-v1 memory nap-v1/other pids nap-v1/below"
is "by several names" "$(below --cgroup pids,memory:below)" "cpu nap-v1 memory nap-v1/below pids nap-v1/below"
is "their own" "$(below --cgroup /)" "cpu nap-v1 memory nap-v1 pids nap-v1"
for sub in below nowhere .. memory:.. memory:nowhere nosuch:/; do
	fails "not below what is not there: $sub" oci exec --cgroup "$sub" "$ID" true <"$T/empty"
done
like "a path for all is the only one" "$(below --cgroup below --cgroup memory:other)" 'not the only one'
inside rmdir /sys/fs/cgroup/pids/nap-v1/below /sys/fs/cgroup/memory/nap-v1/{below,other}
oci events --stats "$ID" >"$T/stats"
stats() { jq -c ".data | $1" "$T/stats"; }
is "statistics: the parts" "$(stats keys)" \
	'["blkio","cpu","cpuset","hugetlb","intel_rdt","memory","network_interfaces","pids"]'
is "statistics: tasks" "$(stats .pids)" '{"current":2,"limit":12}'
is "statistics: memory and swap" "$(stats '.memory | [.usage.limit, .swap.limit, (.usage.usage > 0), (.kernel | has("failcnt")), (.raw | has("rss"))]')" \
	'[67108864,67108864,true,true,true]'
is "statistics: processor time" "$(stats '.cpu.usage | [.total > 0, (.percpu | add) >= .total, has("kernel", "user")]')" '[true,true,true,true]'
is "statistics: of each processor" "$(stats '.cpu.usage.percpu | length')" "$(in_v1 cpuacct/nap-v1/cpuacct.usage_percpu | wc -w)"
is "statistics: throttling" "$(stats '.cpu.throttling | keys')" '["periods","throttledPeriods","throttledTime"]'
is "statistics: processors and memory nodes" "$(stats .cpuset)" '{"cpus":[0],"mems":[0]}'
ok "update" oci update --pids-limit 20 --memory 128m --memory-swap 128m "$ID"
is "sets new limits" "$(in_v1 pids/nap-v1/pids.max) $(in_v1 memory/nap-v1/memory.limit_in_bytes)" "20 134217728"
like "and leaves the rules of devices" "$(in_v1 devices/nap-v1/devices.list)" '^c 10:229 rwm '
settings() {
	local f
	for f in cpu/nap-v1/cpu.{shares,idle,cfs_quota_us} cpuset/nap-v1/cpuset.cpus devices/nap-v1/devices.list pids/nap-v1/pids.max \
		memory/nap-v1/memory.{limit_in_bytes,memsw.limit_in_bytes,swappiness,oom_control}; do
		inside sort "/sys/fs/cgroup/$f"
	done
}
update_fails() { # RESOURCES WHY
	local was

	was=$(settings)
	like "an update that fails half way" "$(jq -n "$1" | oci update --resources - "$ID" 2>&1)" "^nap: $2: [A-Za-z ]*$"
	is "leaves all as it was" "$(settings)" "$was"
}
update_fails '{cpu: {shares: 100, quota: 30000, cpus: "4095"}, pids: {limit: 30},
	memory: {limit: 33554432, swap: 33554432, swappiness: 50, disableOOMKiller: true}}' 'write "4095" to cpuset.cpus'
inside sh -c 'echo "c 10:228 rwm" >/sys/fs/cgroup/devices/devices.deny' # what the group above has not
update_fails '{pids: {limit: 30}, devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 228, access: "rwm"}]}' \
	'write "c 10:228 rwm" to devices.allow'
inside sh -c 'echo "c 10:228 rwm" >/sys/fs/cgroup/devices/devices.allow'
inside mkdir /sys/fs/cgroup/devices/nap-v1/below # groups below keep a group from denying all
update_fails '{pids: {limit: 30}, devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rwm"}]}' \
	'write "a" to devices.deny'
inside test ! -e /sys/fs/cgroup/cpu/nap-v1/cpu.idle || {
	update_fails '{cpu: {idle: 1, cpus: "4095"}}' 'write "4095" to cpuset.cpus'
	ok "an idle group" oci update --cpu-idle 1 "$ID"
	update_fails '{pids: {limit: 30}, cpu: {shares: 100}}' 'write "100" to cpu.shares'
	jq -n '{cpu: {idle: 0, shares: 512}}' | oci update --resources - "$ID"
	is "has shares when it is no more" "$(in_v1 cpu/nap-v1/cpu.idle) $(in_v1 cpu/nap-v1/cpu.shares)" "0 512"
}
ok "no limit of memory is none of memory and swap" oci update --memory -1 "$ID"
inside mkdir -p /sys/fs/cgroup/pids/nap-v1/a/b /sys/fs/cgroup/memory/nap-v1/c
inside mkdir -p "/sys/fs/cgroup/devices/nap-v1/$(printf 'x/y%.0s/' {1..100})"
inside sh -c 'sleep 1000 & echo $! >/sys/fs/cgroup/pids/nap-v1/a/b/cgroup.procs'
ok "delete with groups and processes below" oci delete --force "$ID"
is "leaves no groups" "$(groups)" "$none"
drop_bundle

# ---- what they do
says "devices that are denied" '.linux.resources.devices = [{allow: false, access: "rwm"}] |
	.linux.devices = [{path: "/dev/x", type: "c", major: 10, minor: 229}]' \
	'(: </dev/x) 2>/dev/null || echo denied; echo "default devices" >/dev/null && head -c1 /dev/zero | wc -c' $'denied\n1'
says_like "pids" '.linux.resources.pids.limit = 3' '(sleep 1 & sleep 1 & sleep 1 & sleep 1) 2>&1' "can't fork"
says "its own groups are mounted" '.linux.resources.pids.limit = 33 |
	.mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid", "noexec", "nodev"]}]' \
	'cat /sys/fs/cgroup/pids/pids.max; touch /sys/fs/cgroup/x /sys/fs/cgroup/pids/x 2>/dev/null || echo read-only' $'33\nread-only'

# ---- names
bundle "$sleeps | .linux.cgroupsPath = \"a/b\""
create
is "a relative path" "$(in_v1 pids/a/b/cgroup.procs)" "$(pid)"
forget
for c in "${controllers[@]}"; do inside rmdir "/sys/fs/cgroup/$c/a"; done
bundle "$sleeps | .linux.resources.pids.limit = 5"
create
is "without a path the id names it" "$(in_v1 "pids/$ID/pids.max")" 5
bundle2=$BUNDLE id2=$ID
bundle "$sleeps | .linux.cgroupsPath = \"$id2\""
fails "a group that is in use" create
drop_bundle
BUNDLE=$bundle2 ID=$id2
forget
bundle "$sleeps"
create
is "who asks for nothing has none" "$(groups)" "$none"
forget

# ---- failures
bundle "$sleeps | .linux.resources.pids.limit = 10 | .linux.resources.cpu.cpus = \"4095\""
like "a limit that cannot be had" "$(create 2>&1)" 'write "4095" to cpuset.cpus'
is "leaves no groups" "$(groups)" "$none"
drop_bundle
bundle "$sleeps | .linux.resources.pids.limit = 10 | .linux.resources.hugepageLimits = [{pageSize: \"2MB\", limit: 2097152}]"
ok "a controller that is not there" create
like "is a warning" "$(cat "$BUNDLE/err")" "no cgroup v2 on .*limits \(hugepageLimits\) are not set"
forget
inside umount /sys/fs/cgroup/pids
bundle "$sleeps | .linux.resources.pids.limit = -1"
ok "no limit where the controller is not there" create
is "is no warning" "$(cat "$BUNDLE/err")" ""
like "but a limit is one" "$(oci update --pids-limit 10 "$ID" 2>&1)" "cgroup v1 has no pids.max here: that limit is not set"
forget
inside mount -t cgroup -o pids none /sys/fs/cgroup/pids
bundle "$sleeps | .linux.resources = {pids: {limit: 10}, unified: {\"memory.high\": \"1\"}}"
like "[unified] MUST be an error without cgroup v2" "$(create 2>&1)" "unified needs cgroup v2"
is "leaves no groups" "$(groups)" "$none"
drop_bundle

# ---- the freezer
bundle "$sleeps | .linux.resources.pids.limit = 10"
create && oci start "$ID"
ok "pause" oci pause "$ID"
is "its state" "$(status) $(in_v1 "freezer/$ID/freezer.state")" "paused FROZEN"
fails "exec in what is paused" oci exec "$ID" true
ok "resume" oci resume "$ID"
is "its state" "$(status)" running
oci pause "$ID"
ok "kill of what is paused" oci kill "$ID" KILL
becomes "ends it" stopped status
ok "kill --all of what has ended" oci kill --all "$ID" KILL
ok "delete" oci delete "$ID"
is "leaves no groups" "$(groups)" "$none"
drop_bundle
bundle "$sleeps"
create && oci start "$ID"
inside bash -c "mkdir /sys/fs/cgroup/freezer/held && echo $(pid) >/sys/fs/cgroup/freezer/held/cgroup.procs &&
	echo FROZEN >/sys/fs/cgroup/freezer/held/freezer.state"
ok "delete --force of what the freezer of v1 holds" oci delete --force "$ID"
inside rmdir /sys/fs/cgroup/freezer/held
drop_bundle

held_below() { # FILTER: a container one of whose processes is in a frozen group below its own
	local group=/sys/fs/cgroup/freezer/own/a/b

	bundle "$sleeps | .linux.cgroupsPath = \"/own\" | .linux.resources.pids.limit = 10 | $1"
	create && oci start "$ID" && oci exec --detach --pid-file "$BUNDLE/exec.pid" "$ID" sleep 1000 <"$T/empty"
	inside bash -c "mkdir -p $group && echo $(cat "$BUNDLE/exec.pid") >$group/cgroup.procs && echo FROZEN >$group/freezer.state"
}
held_below .
ok "kill of what has frozen a group of its own" oci kill "$ID" KILL
becomes "ends it" stopped status
forget
held_below .
ok "delete --force of that" oci delete --force "$ID"
drop_bundle
held_below 'del(.linux.namespaces[] | select(.type == "pid"))'
kill -KILL "$(pid)"
becomes "the first process ends without it" stopped status
ok "delete of the rest" oci delete --force "$ID"
is "leaves no groups" "$(groups)" "$none"
drop_bundle
inside bash -c 'mkdir /sys/fs/cgroup/freezer/cold && echo FROZEN >/sys/fs/cgroup/freezer/cold/freezer.state'
for path in /cold /cold/below; do
	bundle "$sleeps | .linux.cgroupsPath = \"$path\""
	like "create in a frozen group: $path" "$(create 2>&1)" "cgroup unexpectedly frozen: /sys/fs/cgroup/freezer$path"
	drop_bundle
done
for c in "${controllers[@]}"; do inside rmdir "/sys/fs/cgroup/$c/cold"; done
is "leaves no groups" "$(groups)" "$none"

# ---- events
bundle '.process.args = ["sh", "-c", "while ! test -e /go; do sleep 0.05; done; dd if=/dev/zero of=/dev/null bs=64M count=1;
	sleep 1000"] | .linux.cgroupsPath = "/eats" | .linux.resources.memory = {limit: 33554432, swap: 33554432}'
create && oci start "$ID"
oci events --interval 100ms "$ID" >"$T/events" &
watcher=$!
wait_for test -s "$T/events"
fails "no event without an OOM kill" grep -q oom "$T/events"
touch "$BUNDLE/rootfs/go"
ok "events tells of an OOM kill" wait_for grep -q oom "$T/events"
is "once" "$(grep oom "$T/events")" "{\"type\":\"oom\",\"id\":\"$ID\"}"
forget
ok "and ends with the container" wait "$watcher"
is "leaves no groups" "$(groups)" "$none"

# ---- v2 beside them
inside bash -c 'mkdir /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified'
none=$(groups)
bundle "$sleeps | .linux.cgroupsPath = \"/both\" | .linux.resources = {pids: {limit: 7}, memory: {limit: 67108864}}"
ok "v2 beside v1" create
is "no warning" "$(cat "$BUNDLE/err")" ""
is "the limits are those of v1" "$(in_v1 pids/both/pids.max) $(in_v1 memory/both/memory.limit_in_bytes)" "7 67108864"
is "and it is in a cgroup of v2" "$(in_v1 unified/both/cgroup.procs)" "$(pid)"
oci start "$ID"
oci events --stats "$ID" >"$T/stats"
is "statistics are those of v1" "$(stats '[.memory.usage.limit, .pids.limit, (.cpu.usage | has("percpu"))]')" '[67108864,7,true]'
ok "pause" oci pause "$ID"
is "its state" "$(status)" paused
ok "delete --force" oci delete --force "$ID"
is "leaves no groups" "$(groups)" "$none"
drop_bundle
held_below 'del(.linux.namespaces[] | select(.type == "pid"))'
kill -KILL "$(pid)"
becomes "the first process of one with a frozen group ends" stopped status
ok "delete of the rest" oci delete --force "$ID"
is "leaves no groups" "$(groups)" "$none"
drop_bundle
bundle "$sleeps | .linux.resources.pids.limit = 10 | .linux.resources.cpu.cpus = \"4095\""
fails "a limit that cannot be had" create
is "leaves none either" "$(groups)" "$none"
drop_bundle

leave_v1
umount "$T"/v1/*/
same_world "nothing is left" "$before"
finish
