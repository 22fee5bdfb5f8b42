#!/bin/bash
# SPDX-License-Identifier: MIT
# One-off containers: each gets a transient scope, `systemctl` shows and stops it. (Limits that are
# enforced: tests/vm.)
# shellcheck source=tests/booted.sh
. /tests/booted.sh

is "systemd is PID 1" "$(cat /proc/1/comm)" systemd
images payload
before=$(world)
is "a command runs" "$(run payload:1.0 echo hello)" hello
run payload:1.0 /payload exit 42
is "its exit status" $? 42
is "the cgroup is the container's root" "$(run payload:1.0 /payload report process | grep '^cgroup=0')" cgroup=0::/

becomes "what has ended has no scope" "" scopes
run --name scoped -m 64m payload:1.0 /payload sleep >"$T/out" &
app=$!
wait_for grep -q ready "$T/out"
like "systemd shows the scope of a limited container" "$(scopes)" '^nap[^ ]*\.scope +loaded active running'
is "with the limit that was asked for" \
	"$(systemctl show -P MemoryMax "$(scopes | cut -d' ' -f1)")" 67108864
ok "stop" nap stop scoped
wait $app
is "by SIGTERM" $? 143
same_world "nothing is left" "$before"
finish
