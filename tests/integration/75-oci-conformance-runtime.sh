#!/bin/bash
# SPDX-License-Identifier: MIT
# runtime.md of the OCI runtime specification 1.2: state, lifecycle, errors, operations, hooks; a check for
# each MUST, with its section in brackets.
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/integration/oci-bundle.sh"
needs jq busybox
before=$(world)

# ---- [state]

bundle '.annotations = {"org.example.a": "b", "org.example.empty": ""}'
create >/dev/null
is "[state] ociVersion is the version of the specification" "$(state ociVersion | grep -cE '^1\.[0-9]+\.[0-9]+')" 1
is "[state] id" "$(state id)" "$ID"
is "[state] status: created" "$(status)" created
ok "[state] pid is REQUIRED for created on Linux" test -d "/proc/$(pid)"
is "[state] bundle is the absolute path of the bundle" "$(state bundle)" "$BUNDLE"
is "[state] annotations are those of the container" "$(oci state "$ID" | jq -c .annotations)" \
	'{"org.example.a":"b","org.example.empty":""}'
forget
bundle; (cd "$BUNDLE" && oci create "$ID" <"$T/empty")
is "[state] the bundle defaults to the working directory, and is absolute" "$(state bundle)" "$BUNDLE"
forget
bundle '.process.args = ["sleep", "100"]'
create && oci start "$ID"
is "[state] status: running" "$(status)" running
ok "[state] pid is REQUIRED for running on Linux" test -d "/proc/$(pid)"
oci kill "$ID" KILL
becomes "[state] status: stopped" stopped status
forget

# ---- [lifecycle]

fails "[create] MUST generate an error if it is not provided an ID" oci create --bundle "$T"
fails "[create] a path to the bundle" oci create --bundle "$T/nowhere" none
bundle '.process.args = ["touch", "/ran"]'
ok "[create] MUST create a new container" create
fails "[create] MUST generate an error if the ID is not unique" oci create --bundle "$BUNDLE" "$ID"
is "[errors] and the other container is as it was" "$(status)" created
ok "[create] process.args MUST NOT be applied until start" test ! -e "$BUNDLE/rootfs/ran"
jq '.process.args = ["touch", "/changed"] | .hostname = "changed"' "$BUNDLE/config.json" >"$T/new" && cp "$T/new" "$BUNDLE/config.json"
ok "[start] MUST run the user-specified program" oci start "$ID"
wait_for test -e "$BUNDLE/rootfs/ran"
ok "[lifecycle 2] updates to config.json afterwards MUST NOT affect the container" test ! -e "$BUNDLE/rootfs/changed"
becomes "it stops" stopped status
fails "[start] a container that is not created: MUST generate an error" oci start "$ID"
is "[start] and MUST have no effect" "$(status)" stopped
before_kill=$(oci state "$ID")
fails "[kill] neither created nor running: MUST generate an error" oci kill "$ID" KILL
is "[kill] and MUST have no effect" "$(oci state "$ID")" "$before_kill"
ok "[delete] a stopped container" oci delete "$ID"
fails "[delete] it is gone" oci state "$ID"
bundle_of=$BUNDLE
BUNDLE=$bundle_of; ok "[delete] the ID MAY be used again" create
forget

for verb in state start kill delete; do
	fails "[$verb] MUST generate an error if it is not provided the ID" oci $verb
	fails "[$verb] a container that does not exist: MUST generate an error" oci $verb nowhere
done
bundle '.process.args = ["sleep", "100"]'
create
oci start "$ID"
fails "[start] running: MUST generate an error" oci start "$ID"
fails "[delete] running: MUST generate an error" oci delete "$ID"
is "[delete] and MUST have no effect" "$(status)" running
forget

bundle "$(sh_filter .)" --arg script 'trap "touch /caught" USR1; touch /ready; while :; do sleep 0.05; done'
create; oci start "$ID"; wait_for test -e "$BUNDLE/rootfs/ready"
ok "[kill] MUST send the specified signal" oci kill "$ID" USR1
wait_for test -e "$BUNDLE/rootfs/caught" && pass "[kill] which arrives"
ok "[kill] a number" oci kill "$ID" 9
becomes "[kill] KILL ends it" stopped status
forget
bundle
create
ok "[kill] a created container" oci kill "$ID" KILL
becomes "[kill] which stops it" stopped status
ok "[delete] and then" oci delete "$ID"
drop_bundle
# the one MUST that is not kept, as by all runtimes: engines delete so
bundle ".hooks.poststop = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"echo ended >$T/created-end\"]}]"
create
waits=$(pid)
ok "[delete] what was created and never started goes" oci delete "$ID"
fails "with its process" test -e "/proc/$waits"
is "with its hooks" "$(cat "$T/created-end")" ended
like "and there is nothing of it" "$(oci state "$ID" 2>&1)" 'does not exist'
drop_bundle

bundle 'del(.process)'
ok "[create] without process" create
fails "[start] MUST generate an error if process was not set" oci start "$ID"
forget

refuses "[create] a property that cannot be applied: MUST generate an error, and no container is created" \
	'.root.path = "nowhere"'
refuses "[lifecycle 2] unable to create the environment: MUST generate an error" \
	'.mounts += [{destination: "/data", type: "bind", source: "/nowhere", options: ["bind"]}]'
refuses "[errors] an error MUST leave the environment as it was" '.process.cwd = "relative"'
same_world "[errors] nothing is left of all of these" "$before"

# ---- [hooks]: the order, the namespaces, the state on stdin, and failures

hook() { # NAME SCRIPT
	jq -nc --arg n "$1" --arg s "$2" '{($n): [{path: "/bin/sh", args: ["sh", "-c", $s]}]}'
}
all_hooks=$(jq -nc --arg t "$T" '[("prestart", "createRuntime", "createContainer", "poststart", "poststop") | . as $n |
	{($n): [1, 2] | map({path: "/bin/sh", env: ["N=\($n)"],
		args: ["sh", "-c", "cat >\($t)/state.$N; echo ${N}\(.) >>\($t)/order; readlink /proc/self/ns/mnt >\($t)/ns.$N"]})}] | add')
bundle '.hooks = ($hooks | fromjson) + {startContainer: [{path: "/bin/sh",
	args: ["sh", "-c", "cat >/state; pwd; echo $0 started >/start", "arg"]}]}
	| .process.args = ["sh", "-c", "test -e /start && cat /start >/seen; sleep 100"] | .annotations = {k: "v"}' --arg hooks "$all_hooks"
create
is "[lifecycle 3, 4, 5] prestart, createRuntime and createContainer hooks MUST be invoked by create, in order" \
	"$(tr '\n' ' ' <"$T/order")" "prestart1 prestart2 createRuntime1 createRuntime2 createContainer1 createContainer2 "
ok "[lifecycle 7] startContainer hooks not yet" test ! -e "$BUNDLE/rootfs/start"
is "[hooks] the state is passed on stdin: id" "$(jq -r .id "$T/state.createRuntime")" "$ID"
is "[hooks] pid" "$(jq -r .pid "$T/state.createRuntime")" "$(pid)"
is "[hooks] bundle" "$(jq -r .bundle "$T/state.prestart")" "$BUNDLE"
is "[hooks] annotations" "$(jq -c .annotations "$T/state.createContainer")" '{"k":"v"}'
like "[hooks] status before the program runs" "$(jq -r .status "$T/state.createRuntime")" '^(creating|created)$'
here=$(readlink /proc/self/ns/mnt)
is "[hooks] prestart hooks run in the runtime namespace" "$(cat "$T/ns.prestart")" "$here"
is "[hooks] createRuntime hooks run in the runtime namespace" "$(cat "$T/ns.createRuntime")" "$here"
is "[hooks] createContainer hooks run in the container namespace" "$(cat "$T/ns.createContainer")" \
	"$(readlink "/proc/$(pid)/ns/mnt")"
oci start "$ID"
wait_for test -s "$BUNDLE/rootfs/seen"
is "[lifecycle 7, 8] startContainer hooks MUST be invoked before the program, in the container" \
	"$(cat "$BUNDLE/rootfs/seen")" "arg started"
is "[hooks] with the state on stdin" "$(jq -r .id "$BUNDLE/rootfs/state")" "$ID"
like "[lifecycle 9] poststart hooks MUST be invoked by start" "$(tr '\n' ' ' <"$T/order")" 'poststart1 poststart2 $'
is "[hooks] poststart hooks run in the runtime namespace" "$(cat "$T/ns.poststart")" "$here"
is "[hooks] when the container runs" "$(jq -r .status "$T/state.poststart")" running
oci delete --force "$ID"
like "[lifecycle 13] poststop hooks MUST be invoked by delete" "$(tr '\n' ' ' <"$T/order")" 'poststop1 poststop2 $'
is "[hooks] poststop: status" "$(jq -r .status "$T/state.poststop")" stopped
drop_bundle

for name in prestart createRuntime createContainer; do
	refuses "[lifecycle] a $name hook fails: MUST generate an error and stop the container" \
		".hooks = $(hook $name 'exit 3')"
done
bundle ".process.args = [\"touch\", \"/ran\"] | .hooks = $(hook startContainer 'exit 3')"
create
fails "[lifecycle 7] a startContainer hook fails: MUST generate an error" oci start "$ID"
becomes "[lifecycle 7] and stop the container" stopped status
ok "[lifecycle 7] whose program was not run" test ! -e "$BUNDLE/rootfs/ran"
forget
for name in poststart poststop; do
	bundle '.process.args = ["sleep", "100"] | .hooks = {($n): [{path: "/bin/false"},
		{path: "/bin/touch", args: ["touch", "\($t)/after.\($n)"]}]}' --arg n $name --arg t "$T"
	create
	ok "[lifecycle] a $name hook fails: start goes on" oci start "$ID" 2>/dev/null
	ok "[lifecycle] and delete" oci delete --force "$ID"
	ok "[lifecycle] the $name hooks after it MUST be invoked" test -e "$T/after.$name"
	drop_bundle
done
refuses "[hooks] timeout: a hook that takes longer is ended" \
	'.hooks = {createRuntime: [{path: "/bin/sleep", args: ["sleep", "50"], timeout: 1}]}'
refuses "[hooks] timeout MUST be greater than zero" '.hooks = {createRuntime: [{path: "/bin/true", timeout: 0}]}'
refuses "[hooks] path MUST be absolute" '.hooks = {createRuntime: [{path: "bin/true"}]}'
bundle '.hooks = {createRuntime: [{path: "/bin/sh", args: ["zero", "-c", "echo $0 $A $(env | wc -l) >\($t)/env"], env: ["A=b"]}]}' --arg t "$T"
create
like "[hooks] args and env are those of the hook alone" "$(cat "$T/env")" '^zero b [1-4]$'
forget

same_world "nothing is left" "$before"
is "no state is left" "$(find "$STATE" -mindepth 1)" ""
finish
