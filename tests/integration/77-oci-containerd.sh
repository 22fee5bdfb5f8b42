#!/bin/bash
# SPDX-License-Identifier: MIT
# containerd with nap in the place of runc, through its own shim and ctr: run, exec, pause, metrics, kill, delete.
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/integration/oci.sh"
needs containerd ctr containerd-shim-runc-v2 jq
corpus busybox
engine_world

cat >"$T/containerd.toml" <<X
version = 2
root = "$T/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs",
	"io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
address = "/run/containerd/containerd.sock"
[debug]
level = "warn"
X
inside containerd --config "$T/containerd.toml" >"$T/containerd.log" 2>&1 &
disown

read -ra extra <<<"${CTR_RUN:-}" # for a runtime that needs more: --cpu-shares 0

ctr() { inside timeout -k 5 180 ctr "$@"; }
run() { ctr run "${extra[@]}" --runc-binary "$RUNTIME" --rm "$@"; }
start() { ctr run "${extra[@]}" --runc-binary "$RUNTIME" -d "$@"; }
status() { ctr tasks ls | awk -v id="$1" '$1 == id { print $3 }'; }
gone() { [ -z "$(status "$1")" ]; }

wait_for ctr version || { fail "containerd starts" "$(cat "$T/containerd.log")"; finish; }
ok "import" ctr images import "$CORPUS/busybox/docker-skopeo.tar"
image=$(ctr images ls -q | head -1); [ -n "$image" ] || finish

# ---- run

is "run: output" "$(run "$image" a echo hello)" hello
exits "run: the exit status" 7 run "$image" b sh -c 'exit 7'
exits "run: not found" 1 run "$image" c /nowhere
like "and says so" "$(run "$image" d /nowhere 2>&1)" "[Nn]o such file or directory"
is "run --cwd, --env" "$(run --cwd /tmp --env A=b "$image" e sh -c 'echo $PWD $A')" "/tmp b"

is "run --seccomp" "$(run --seccomp "$image" g sed -n 's/Seccomp:\t//p' /proc/self/status)" 2
exits "run --read-only" 1 run --read-only "$image" h touch /file
mkdir "$T/data" && echo outside >"$T/data/file"
is "run --mount" "$(run --mount "type=bind,src=$T/data,dst=/data,options=rbind:ro" "$image" i cat /data/file)" outside
if out=$(inside timeout -k 5 180 "$TOP/tests/pty.py" ctr run "${extra[@]}" --runc-binary "$RUNTIME" --rm -t "$image" tty sh 2>&1 <<'S'
	expect [#$]
	send tty; exit 3\n
	expect ^/dev/(pts/0|console)
	exits 3
S
); then pass "run -t"; else fail "run -t" "$out"; fi

# ---- a task

ok "run -d" start "$image" box sh -c 'trap "exit 5" TERM; touch /ready; while :; do sleep 0.1; done'
is "tasks ls" "$(status box)" RUNNING
wait_for ctr tasks exec --exec-id zero box test -e /ready # a PID 1 is not ended by what it does not handle yet
is "exec" "$(ctr tasks exec --exec-id one box echo inside)" inside
exits "exec: the exit status" 9 ctr tasks exec --exec-id two box sh -c 'exit 9'
is "exec --user, --cwd" "$(ctr tasks exec --exec-id three --user 7:8 --cwd /etc box sh -c 'echo $(id -u):$(id -g) $PWD')" "7:8 /etc"
if out=$(inside timeout -k 5 180 "$TOP/tests/pty.py" ctr tasks exec -t --exec-id tty box sh 2>&1 <<'S'
	expect [#$]
	send tty; exit 4\n
	expect ^/dev/pts/
	exits 4
S
); then pass "exec -t"; else fail "exec -t" "$out"; fi
like "ps" "$(ctr tasks ps box)" '[0-9]+'
ok "pause" ctr tasks pause box
is "pause: the state" "$(status box)" PAUSED
ok "resume" ctr tasks resume box
is "resume: the state" "$(status box)" RUNNING
like "metrics" "$(ctr tasks metrics box 2>&1)" 'pids.current|cpuacct|METRIC'
ok "kill" ctr tasks kill -s SIGTERM box
becomes "it stops" STOPPED status box
like "delete: the exit status of the task" "$(ctr tasks delete box 2>&1)" "exit code 5"
ok "delete the container" ctr containers delete box
ok "run -d again" start "$image" box sleep 100
ok "kill --all" ctr tasks kill --all -s SIGKILL box
becomes "it stops" STOPPED status box
like "delete" "$(ctr tasks delete box 2>&1)" "exit code 137"
ok "run over a deleted task" ctr tasks start -d box
ok "delete --force" ctr tasks delete --force box
ok "delete the container" ctr containers delete box

becomes "no state of the runtime is left" "" find /run/containerd/runc -mindepth 2
is "no task is left" "$(ctr tasks ls -q)" ""
finish
