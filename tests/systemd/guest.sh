#!/bin/bash
# SPDX-License-Identifier: MIT
# nap on a machine whose PID 1 is systemd: each container gets a transient scope, `systemctl` shows and
# stops it. (Limits that are enforced: tests/vm.)
set -u
T=$(mktemp -d)
NAP=$T/bin/nap
ROOT=/var/lib/nap RUNROOT=/run/nap
mkdir "$T/bin"
cp /tests/nap /tests/nap-image /tests/nap-bus "$T/bin/"
# shellcheck source=tests/tap.sh
. /tests/tap.sh

run() { nap run --network none "$@"; }
scopes() { systemctl list-units --all --plain --no-legend --type=scope 'nap*'; }
world() {
	echo "mounts: $(wc -l </proc/self/mountinfo)"
	echo "scopes: $(scopes | wc -l)"
	echo "network namespaces: $(readlink /proc/[0-9]*/ns/net | sort -u | wc -l)"
}

is "systemd is PID 1" "$(cat /proc/1/comm)" systemd
ok "load" nap load /tests/payload.tar
before=$(world)
is "a command runs" "$(run payload:1.0 echo hello)" hello
run payload:1.0 /payload exit 42
is "its exit status" $? 42
is "the cgroup is the container's root" "$(run payload:1.0 /payload report process | grep '^cgroup=0')" cgroup=0::/

run --name scoped -m 64m payload:1.0 /payload sleep >"$T/out" &
app=$!
wait_for grep -q ready "$T/out"
like "systemd shows the scope of a limited container" "$(scopes)" '^nap[^ ]*\.scope +loaded active running'
is "with the limit that was asked for" \
	"$(systemctl show -P MemoryMax "$(scopes | cut -d' ' -f1)")" 67108864
ok "stop" nap stop scoped
wait $app
is "by SIGTERM" $? 143
becomes "mounts, scopes and namespaces are as before" "$before" world
finish
