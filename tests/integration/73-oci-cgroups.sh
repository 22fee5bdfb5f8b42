#!/bin/bash
# SPDX-License-Identifier: MIT
# Cgroups of OCI containers as far as no controllers are needed (tests/vm has those): where they are, the
# processes in them, the freezer, signals, devices, statistics; and what is left of all that without cgroup v2.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/integration/oci-bundle.sh
. "$TOP/tests/integration/oci-bundle.sh"
needs jq busybox strace setpriv
top=/sys/fs/cgroup
before=$(world)

sleeps='.process.args = ["sleep", "1000"]'
in_group() { bundle "$1 | .linux.cgroupsPath = \$path" --arg path "/$TEST_CGROUP/$2"; } # FILTER NAME
group() { sed -n 's/^0:://p' "/proc/$(pid)/cgroup"; }
# shellcheck disable=SC2119 # create takes options, which are not needed here
run() { create && oci start "$ID"; }

# ---- where it is
in_group "$sleeps" deep/er/one
first=$ID first_bundle=$BUNDLE
ok "create makes the cgroup" run
is "at cgroupsPath" "$(group)" "/$TEST_CGROUP/deep/er/one"
is "that of exec as well" "$(oci exec "$ID" sh -c 'cat /proc/self/cgroup' | sed -n 's/^0:://p')" "/$TEST_CGROUP/deep/er/one"
mkdir "$top/$TEST_CGROUP/deep/er/one/below"
is "that of exec --cgroup below it" "$(oci exec --cgroup below "$ID" sed -n 's/^0:://p' /proc/self/cgroup)" \
	"/$TEST_CGROUP/deep/er/one/below"
for sub in nowhere .. ../../er /below/../../x memory:below; do
	fails "not where there is none, or above: $sub" oci exec --cgroup "$sub" "$ID" true
done
bundle "$sleeps | .linux.cgroupsPath = \$path" --arg path "/$TEST_CGROUP/deep/er/one"
like "a cgroup with processes is nobody else's" "$(oci create --bundle "$BUNDLE" "$ID" 2>&1)" "not empty: .*deep/er/one"
drop_bundle
ID=$first BUNDLE=$first_bundle
forget
is "delete removes it" "$(find "$top/$TEST_CGROUP/deep/er" -mindepth 1 -type d)" ""
rmdir "$top/$TEST_CGROUP/deep/er" "$top/$TEST_CGROUP/deep"
mkdir "$top/$TEST_CGROUP/cold" && echo 1 >"$top/$TEST_CGROUP/cold/cgroup.freeze"
for name in cold cold/below; do
	in_group "$sleeps" "$name"
	like "create in a frozen cgroup: $name" "$(create 2>&1)" "cgroup unexpectedly frozen: .*$name"
	drop_bundle
done
rmdir "$top/$TEST_CGROUP/cold"
in_group '.process.args = ["nothing-of-the-kind"]' fails
fails "a create that fails" create
is "leaves no cgroup" "$(find "$top/$TEST_CGROUP" -mindepth 1 -type d)" ""
drop_bundle
refuses "cgroupsPath / is refused" '.linux.cgroupsPath = "/"' 'top of the hierarchy'
same_world "nothing is left" "$before"

# ---- processes
in_group '.process.user.uid = 1000 | .process.args = ["sh", "-c", "sleep 1000 & sleep 1001 & wait"]' ps
run
becomes "ps --format json lists all of them" 3 eval 'oci ps --format json "$ID" | jq length'
is "as they are outside" "$(oci ps --format json "$ID" | jq -S 'sort' -c)" \
	"$(sort -n "$top/$TEST_CGROUP/ps/cgroup.procs" | jq -s -c sort)"
like "ps shows them as ps(1) does" "$(oci ps "$ID")" '^UID +PID .*
.*sleep 1000'
is "with a heading" "$(oci ps "$ID" | wc -l)" 4
like "and the options of ps(1)" "$(oci ps "$ID" -e -o pid,comm)" '^ *PID COMMAND
 *[0-9]+ '
is "kill --all without the right to says so once" \
	"$(setpriv --bounding-set=-kill "$RUNTIME" --root "$STATE" kill --all "$ID" TERM 2>&1)" \
	"nap: send signal 15 to $ID: Operation not permitted"
oci kill --all "$ID" KILL
becomes "kill --all KILL ends all" stopped status
is "ps of a stopped container: none" "$(oci ps --format json "$ID") $(oci ps "$ID" | wc -l)" "[] 1"
forget

# ---- pause
in_group '.process.args = ["sh", "-c", "while :; do echo >>/ticks; sleep 0.01; done"]' pause
run
wait_for test -s "$BUNDLE/rootfs/ticks"
ok "pause" oci pause "$ID"
is "its state" "$(status)" paused
n=$(wc -c <"$BUNDLE/rootfs/ticks")
is "the cgroup is frozen" "$(grep frozen "$top/$TEST_CGROUP/pause/cgroup.events")" "frozen 1"
like "a second pause is an error" "$(oci pause "$ID" 2>&1)" "paused already"
is "nothing goes on" "$(wc -c <"$BUNDLE/rootfs/ticks")" "$n"
ok "resume" oci resume "$ID"
is "its state" "$(status)" running
like "a second resume is an error" "$(oci resume "$ID" 2>&1)" "not paused"
wait_for eval '[ "$(wc -c <"$BUNDLE/rootfs/ticks")" -gt '"$n"' ]' && pass "it goes on"
oci pause "$ID"
ok "what is paused can be deleted" oci delete --force "$ID"
is "and is gone" "$(find "$top/$TEST_CGROUP" -mindepth 1 -type d)" ""
drop_bundle

in_group '.process.args = ["sleep", "1000"]' pause
create
ok "what is created can be paused" oci pause "$ID"
is "its state" "$(status)" paused
like "and not be started then" "$(oci start "$ID" 2>&1)" "it is paused, not created"
ok "resume" oci resume "$ID"
is "its state" "$(status)" created
ok "start" oci start "$ID"
forget

# ---- devices
# what a device says to root, who may make nodes of anything
probe='mknod /dev/x $0 $1 $2 && (: </dev/x) 2>&1 | grep -o "not permitted" || echo open'
asks() { # DESCRIPTION RULES "TYPE MAJOR MINOR" WANT
	bundle '.process.args = (["sh", "-c", $probe] + ($node / " ")) | .linux.resources.devices = $rules
		| .linux.cgroupsPath = $path' \
		--arg probe "$probe" --arg node "$3" --argjson rules "$2" --arg path "/$TEST_CGROUP/devices"
	is "$1" "$(oci run --bundle "$BUNDLE" "$ID" 2>&1 </dev/null)" "$4"
	forget
}
deny='{"allow": false, "access": "rwm"}'
asks "all denied: /dev/null is there all the same" "[$deny]" "c 1 3" open
asks "what no rule is about is denied" "[]" "c 10 229" "not permitted"
asks "all denied: as one that a rule denies" "[$deny]" "c 10 229" "not permitted"
asks "a device that is allowed" "[$deny, {\"allow\": true, \"type\": \"c\", \"major\": 10, \"minor\": 229, \"access\": \"rm\"}]" \
	"c 10 229" open
asks "for writing only" "[$deny, {\"allow\": true, \"type\": \"c\", \"major\": 10, \"minor\": 229, \"access\": \"w\"}]" \
	"c 10 229" "not permitted"
asks "all allowed" '[{"allow": true, "access": "rwm"}]' "c 10 229" open
asks "the last rule decides" "[{\"allow\": true, \"access\": \"rwm\"}, {\"allow\": false, \"type\": \"c\", \"major\": 10, \"access\": \"r\"}]" \
	"c 10 229" "not permitted"
# update puts new rules in place of the old ones
in_group '.process.args = ["sh", "-c", "mknod /dev/x c 10 229; while ! (: </dev/x); do sleep 0.01; done; touch /read"]' devices
run
echo '{"devices": [{"allow": true, "access": "rwm"}]}' | oci update --resources - "$ID"
wait_for test -e "$BUNDLE/rootfs/read" && pass "update changes the rules"
forget

# ---- limits of controllers that are not here
in_group "$sleeps | .linux.resources.pids.limit = 10 | .linux.resources.memory.limit = 67108864" limits
if grep -q '^pids[[:space:]]*0' /proc/cgroups; then
	skip "limits that v1 has the controllers of" "v1 has not"
else
	ok "limits that v1 has the controllers of are warned of" run
	is "once" "$(grep -c 'limits (memory.max) are not set' "$BUNDLE/err")" 1
fi
like "an unknown setting is an error" "$(oci update --pids-limit many "$ID" 2>&1)" 'pids-limit: "many"'
ok "update of what v1 has is a warning" oci update --pids-limit 20 "$ID"
echo '{"memory": {"limit": 1000, "swap": 10}}' >"$T/bad"
like "an update that makes no sense is an error" "$(oci update --resources "$T/bad" "$ID" 2>&1)" "at least memory.limit"
forget
if grep -q hugetlb "$top/cgroup.controllers"; then
	refuses "a limit of a controller that is not handed down is an error" \
		"$sleeps | .linux.cgroupsPath = \"/$TEST_CGROUP/huge\" | .linux.resources.hugepageLimits = [{pageSize: \"2MB\", limit: 4194304}]" \
		'hugetlb.2MB.max: .*`hugetlb` is not available'
else
	skip "a limit of a controller that is not handed down is an error" "no controller at all"
fi
refuses "unified: no file outside of the cgroup" '.linux.resources.unified = {"../x.y": "1"}'
in_group "$sleeps | .linux.resources.unified = {\"cgroup.max.descendants\": \"3\"}" unified
ok "unified: a file of the cgroup" run
is "is written" "$(cat "$top/$TEST_CGROUP/unified/cgroup.max.descendants")" 3
echo '{"unified": {"cgroup.max.descendants": "7", "cgroup.max.depth": "5", "cgroup.type": "nonsense"}}' >"$T/bad"
like "an update that fails half way" "$(oci update --resources "$T/bad" "$ID" 2>&1)" 'write "nonsense" to cgroup.type'
is "leaves all as it was" "$(cat "$top/$TEST_CGROUP/unified/cgroup.max."{descendants,depth} | paste -sd ' ')" "3 max"

# ---- statistics and events
oci events --stats "$ID" >"$T/stats"
is "events --stats" "$(jq -c '[.type, .id, (.data | keys)]' "$T/stats")" \
	"[\"stats\",\"$ID\",[\"blkio\",\"cpu\",\"cpuset\",\"hugetlb\",\"intel_rdt\",\"memory\",\"network_interfaces\",\"pids\"]]"
like "processor time in nanoseconds" "$(jq .data.cpu.usage.total "$T/stats")" '^[0-9]+000$'
oci events --interval 20ms "$ID" >"$T/events" &
watcher=$!
wait_for eval '[ "$(wc -l <"$T/events")" -ge 3 ]' && pass "events prints statistics again and again"
is "each a line of JSON" "$(jq -r .type "$T/events" | sort -u)" stats
oci kill "$ID" KILL
wait "$watcher"
is "until the container ends" $? 0
like "a stopped container has none" "$(oci events --stats "$ID" 2>&1)" "container not running"
like "and takes no limits" "$(oci update --pids-limit 5 "$ID" 2>&1)" "container not running"
forget

# ---- processes that divide their cgroup
in_group '.process.args = ["sleep", "1000"] | .linux.namespaces += [{type: "cgroup"}]
	| .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw"]}]' divided
run
mkdir "$top/$TEST_CGROUP/divided/init"
pid >"$top/$TEST_CGROUP/divided/init/cgroup.procs"
is "exec joins the container's cgroup" "$(oci exec "$ID" sh -c 'echo "$(wc -l </sys/fs/cgroup/cgroup.procs)"')" 2
is "processes below are the container's" "$(oci ps --format json "$ID" | jq -c .)" "[$(pid)]"
forget
same_world "nothing is left" "$before"

# ---- managers
bundle "$sleeps"
like "systemd is not here" "$(oci --systemd-cgroup create --bundle "$BUNDLE" "$ID" 2>&1)" "systemd does not run"
drop_bundle
bundle "$sleeps | .linux.resources.pids.limit = 10"
oci --cgroup-manager disabled create --bundle "$BUNDLE" "$ID" >/dev/null 2>"$BUNDLE/err" </dev/null
like "no cgroup: nothing below it" "$(oci exec --cgroup / "$ID" true 2>&1)" "the container has no cgroup"
is "without a manager" "$(status)" created
is "it stays in the cgroup of its engine" "$(group)" "/$TEST_CGROUP"
like "with a warning" "$(cat "$BUNDLE/err")" "limits \(pids.limit\) are not set"
is "ps goes by its PID namespace" "$(oci ps --format json "$ID" | jq -c .)" "[$(pid)]"
like "pause needs the freezer" "$(oci pause "$ID" 2>&1)" "the container has no cgroup"
is "and changes nothing" "$(status)" created
is "statistics are a number of processes" "$(oci events --stats "$ID" | jq -c .data)" '{"pids":{"current":1}}'
forget

# ---- a machine without cgroup v2
umount $top
mount -t tmpfs none $top
bundle "$sleeps | .linux.resources.memory.limit = 67108864"
ok "without cgroup v2 a container runs" run
like "with a warning" "$(cat "$BUNDLE/err")" "no cgroup v2 on .*limits \(memory.limit\) are not set"
is "ps goes by its PID namespace" "$(oci ps --format json "$ID" | jq -c .)" "[$(pid)]"
like "pause needs the freezer" "$(oci pause "$ID" 2>&1)" "the container has no cgroup"
ok "update is a warning" oci update --memory 128m "$ID"
forget

# ---- a hybrid machine: v2 beside v1
create_without_bpf() {
	strace -qq -o "$T/trace" -e trace=bpf -e inject=bpf:error=EPERM "$RUNTIME" --root "$STATE" create --bundle "$BUNDLE" "$ID" \
		<"$T/empty" >"$BUNDLE/out" 2>"$BUNDLE/err"
}
mkdir $top/unified
mount -t cgroup2 none $top/unified
in_group '.process.args = ["sh", "-c", "mknod /dev/x c 10 229; (: </dev/x) 2>/err; sleep 1000"]
	| .linux.resources.memory.limit = 67108864' hybrid
ok "on a hybrid machine a container runs" run
grep -q '^memory[[:space:]]*0' /proc/cgroups ||
	like "with a warning" "$(cat "$BUNDLE/err")" "limits \(memory.max\) are not set"
is "in a cgroup" "$(group)" "/$TEST_CGROUP/hybrid"
wait_for test -s "$BUNDLE/rootfs/err"
like "which keeps it from devices" "$(cat "$BUNDLE/rootfs/err")" "Operation not permitted"
ok "pause" oci pause "$ID"
is "its state" "$(status)" paused
ok "delete --force" oci delete --force "$ID"
ok "its cgroup is gone" test ! -e "$top/unified/$TEST_CGROUP/hybrid"
drop_bundle
mount -o remount,ro,bind $top/unified
bundle "$sleeps"
ok "if that cannot be changed, it runs without" run
forget
mount -o remount,rw,bind $top/unified
bundle "$sleeps"
ok "nor is a filter that is forbidden an error there" create_without_bpf
like "but a warning" "$(cat "$BUNDLE/err")" "no filter of devices: Operation not permitted"
forget
umount $top/unified
umount $top
mount -t cgroup2 none $top
same_world "nothing is left" "$before"
finish
