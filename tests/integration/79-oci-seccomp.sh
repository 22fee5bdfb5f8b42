#!/bin/bash
# SPDX-License-Identifier: MIT
# linux.seccomp of a config.json (config-linux.md, Seccomp), what features says of it, and the config.json
# that spec writes.
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/integration/oci-bundle.sh"
needs jq busybox python3

agent() { # starts one at $T/agent, which writes $T/told
	rm -f "$T/agent" "$T/told"
	/usr/bin/python3 "$TOP/tests/integration/play-agent.py" "$T/agent" "$T/told" &
	AGENT=$!
	wait_for test -S "$T/agent"
}

run() { oci run --bundle "$BUNDLE" "$ID" <"$T/empty" 2>&1; }

# ---- actions

profile='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat", "no_such_call"],
	action: "SCMP_ACT_ERRNO", errnoRet: 28}]}'
bundle "$(sh_filter "$profile")" --arg script 'mkdir /tmp/a; test -d /tmp/a || echo refused'
is "SCMP_ACT_ERRNO with errnoRet" "$(run | sed 's/.*: //' | paste -sd' ')" "No space left on device refused"
forget
bundle "$profile | .linux.seccomp.architectures = [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\", \"SCMP_ARCH_AARCH64\"] |
	.process.args = [\"sh\", \"-c\", \"grep Seccomp: /proc/self/status\"]"
is "architectures: the filter is loaded" "$(run | tr -d '\t')" Seccomp:2
forget
bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_VAX"]}'
is "an architecture that nobody knows" "$(run)" \
	'nap: seccomp profile linux.seccomp: "architectures": "SCMP_ARCH_VAX": unknown'
fails "leaves nothing" oci state "$ID"

# ---- an agent

notify='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $agent, listenerMetadata: "of ours",
	syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]}'
told() { jq -r "$1" "$T/told"; }
agent
bundle "$(sh_filter "$notify")" --arg agent "$T/agent" --arg script 'mkdir /tmp/a; test -d /tmp/a || echo refused'
is "SCMP_ACT_NOTIFY: the agent decides" "$(run | sed 's/.*: //' | paste -sd' ')" "File exists refused"
wait "$AGENT"
is "process state: fds" "$(told '.fds | join(" ")')" seccompFd
is "process state: metadata" "$(told .metadata)" "of ours"
is "process state: the state of the container" "$(told '.state.id + " " + .state.bundle')" "$ID $BUNDLE"
is "process state: pid is that of the first process" "$(told '.pid == .state.pid')" true
is "process state: the status is that of create, as by runc and crun" "$(told .state.status)" creating
is "process state: versions, of it and of the bundle" "$(told '.ociVersion + " " + .state.ociVersion')" \
	"0.2.0 $(jq -r .ociVersion "$BUNDLE/config.json")"
forget

bundle "$notify"' | .process.args = ["sleep", "100"]' --arg agent "$T/agent"
agent; create && oci start "$ID" && kill "$AGENT"; wait "$AGENT" 2>/dev/null
agent
is "exec has a filter and a listener of its own" "$(oci exec "$ID" sh -c 'mkdir /tmp/b; test -d /tmp/b || echo refused' \
	2>&1 <"$T/empty" | sed 's/.*: //' | paste -sd' ')" "File exists refused"
wait "$AGENT"
is "process state: pid is that of exec's" "$(told '.pid != .state.pid')" true
is "process state: the container is running then" "$(told .state.status)" running
forget
rm -f "$T/agent"
bundle "$notify" --arg agent "$T/agent"
is "an agent that is not there" "$(run)" "nap: connect to the seccomp agent $T/agent: No such file or directory"
bundle "$notify | del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)" --arg agent ""
is "no listenerPath" "$(run)" "nap: linux.seccomp: SCMP_ACT_NOTIFY needs a listenerPath"

bundle "$notify | .process.args = [\"sleep\", \"100\"] | .linux.seccomp.syscalls[0].action = \"SCMP_ACT_ERRNO\"" --arg agent "$T/agent"
ok "listenerPath is ignored without SCMP_ACT_NOTIFY" create
is "with a warning" "$(cat "$BUNDLE/err")" \
	"nap: warning: linux.seccomp.listenerPath $T/agent is ignored: no rule has SCMP_ACT_NOTIFY"
oci start "$ID"
is "which exec does not repeat" "$(oci exec "$ID" true 2>&1 <"$T/empty")" ""
forget
unasked="$notify | .process.args = [\"sleep\", \"100\"] | .linux.seccomp.flags = [\"SECCOMP_FILTER_FLAG_TSYNC\"] |
	.linux.seccomp.syscalls[0].action = \"SCMP_ACT_ERRNO\""
bundle "$unasked" --arg agent "$T/agent"
agent; create && oci start "$ID"
is "but who listens there is told" "$(wait_for test -e "$T/told"; told '.state.id + " " + .metadata')" "$ID of ours"
is "without a warning" "$(cat "$BUNDLE/err")" ""
ok "nor needed by then" eval 'kill "$AGENT"; oci exec "$ID" true <"$T/empty"'
is "and is not asked" "$(oci exec "$ID" mkdir /tmp/b 2>&1 <"$T/empty" | sed 's/.*: //')" "Operation not permitted"
wait "$AGENT" 2>/dev/null
forget
bundle "$unasked" --arg agent "$T/agent"
agent; create; kill "$AGENT"; wait "$AGENT" 2>/dev/null
ok "who has gone before start is not missed" oci start "$ID"
forget

# ---- features and spec

oci features >"$T/features"
is "features: hooks" "$(jq -r '.hooks | length' "$T/features")" 6
is "features: versions" "$(jq -r '.ociVersionMin' "$T/features")" 1.0.0
ok "features: recursive attributes are mount options" jq -e '.mountOptions | index("rro") and index("tmpcopyup")' "$T/features"
for action in $(jq -r '.linux.seccomp.actions[]' "$T/features" | grep -v NOTIFY); do
	bundle ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"mount\"], action: \"$action\"}]}"
	is "features: MUST recognize $action" "$(run)" ""
done
bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: $f[0].linux.seccomp.supportedFlags}' \
	--slurpfile f "$T/features"
is "features: MUST recognize and support its flags" "$(run)" ""
bundle '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ($f[0].mountOptions -
	["bind", "rbind", "remount", "idmap", "ridmap", "shared", "rshared", "slave", "rslave", "private", "rprivate",
	"unbindable", "runbindable", "copy-symlink", "mand", "acl", "iversion", "lazytime", "src-nofollow"])}]' \
	--slurpfile f "$T/features"
is "features: MUST recognize its mount options" "$(run)" ""

bundle; rm "$BUNDLE/config.json"
ok "spec writes a config.json" oci spec --bundle "$BUNDLE"
fails "and never over one" oci spec --bundle "$BUNDLE"
asks_for() { jq -c '[.linux.namespaces[].type]' "$1/config.json"; }
is "with a cgroup namespace" "$(asks_for "$BUNDLE")" '["pid","network","ipc","uts","mount","cgroup"]'
mkdir "$T/v1"
unshare --mount --propagation private sh -c 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"' sh \
	"$RUNTIME" spec --bundle "$T/v1"
is "but where cgroup v2 is not on top" "$(asks_for "$T/v1")" '["pid","network","ipc","uts","mount"]'
jq '.process.terminal = false | .process.args = ["sh", "-c", "id -u; touch /x 2>/dev/null || echo read-only"] |
	del(.mounts[] | select(.type == "cgroup" or .type == "mqueue"))' "$BUNDLE/config.json" >"$T/c"
mv "$T/c" "$BUNDLE/config.json"
is "and that runs" "$(run | paste -sd' ')" "0 read-only"
finish
