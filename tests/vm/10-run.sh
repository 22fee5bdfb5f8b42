#!/bin/bash
# SPDX-License-Identifier: MIT
# What only a whole machine shows: limits that the kernel enforces, and systemd as PID 1 with
# controllers. The kernel is the oldest one nap supports.
# shellcheck source=tests/booted.sh
. /tests/booted.sh

like "the kernel is Debian 12's" "$(uname -r)" '^6\.1\.'
images busybox payload many
before=$(world)

# ---- the basics on this kernel
is "a command of the image runs" "$(run busybox:1.0 echo hello)" hello
run payload:1.0 /payload exit 42
is "its exit status is nap's" $? 42
is "120 layers make one tree" "$(run many:1.0 sh -c 'cat /last; ls /layers | wc -l')" $'119\n120'
is "writes do not reach the image" \
	"$(run many:1.0 sh -c 'echo new >/last'; run many:1.0 cat /last)" 119

is "volumes, tmpfs and a read-only root" "$(mkdir "$T/v"; echo volume >"$T/v/file"
	run --read-only --tmpfs /tmp -v "$T/v:/v:ro" payload:1.0 sh -c 'cat /v/file; /payload write /x /v/x /tmp/x')" \
	$'volume\nwrite./x=EROFS\nwrite./v/x=EROFS\nwrite./tmp/x=ok'
run payload:1.0 /payload report >"$T/report"
is "ten capabilities, no_new_privs, a filter" \
	"$(sed -nE 's/^status.(CapEff|CapBnd|NoNewPrivs|Seccomp)=//p' "$T/report" | paste -sd' ')" \
	"00000000000405fb 00000000000405fb 1 2"
is "524288 open files" "$(sed -n 's/^rlimit.nofile=//p' "$T/report")" 1024:524288
is "nothing of /proc and /sys that is masked gives anything" \
	"$(grep -E '^path./(proc/(k|slab|vmall|timer_l|acpi|modules|pagetype)|sys/(firmware|kernel/(debug|tracing|security)|fs/bpf))' \
		"$T/report" | grep -vE '=(emptyw?|missing)$')" ""

# ---- memory
run -m 64m payload:1.0 /payload eat 32 >/dev/null
is "memory below the limit is granted" $? 0
run -m 64m payload:1.0 /payload eat 256 >/dev/null 2>&1
is "more memory than the limit ends in the OOM kill" $? 137
is "memory.max is visible inside" "$(run -m 64m busybox:1.0 cat /sys/fs/cgroup/memory.max)" 67108864
is "the group dies as one" "$(run busybox:1.0 cat /sys/fs/cgroup/memory.oom.group)" 1
run -m 64m busybox:1.0 sh -c 'echo max >/sys/fs/cgroup/memory.max' 2>/dev/null
is "the limit cannot be raised from inside" $? 1

# ---- processor
is "cpu.max is visible inside" "$(run --cpus 0.5 busybox:1.0 cat /sys/fs/cgroup/cpu.max)" "50000 100000"
# of the time that passes for the host: when it holds this machine up, too much or too little comes of it
quarter() { run --cpus 0.25 payload:1.0 /payload burn 4 | sed -E 's/^burn=(1[5-9]|2[0-9]|3[0-5])$/about a quarter/'; }
becomes "--cpus 0.25 grants about a quarter" "about a quarter" quarter

# ---- tasks
is "pids.max is visible inside" "$(run --pids-limit 20 busybox:1.0 cat /sys/fs/cgroup/pids.max)" 20
is "4096 tasks by default" "$(run busybox:1.0 cat /sys/fs/cgroup/pids.max)" 4096
forks=$(run --pids-limit 20 payload:1.0 /payload forks 100)
like "--pids-limit stops a fork bomb" "$forks" '^forks=1[0-9]
forks.error=EAGAIN$'

# ---- devices
is "--device SRC:DST:r can be read" \
	"$(run --device /dev/nvme1n1:/dev/disk:r busybox:1.0 dd if=/dev/disk bs=4k count=1 2>/dev/null | wc -c)" 4096
like "and cannot be written" "$(run --device /dev/nvme0n1:/dev/disk:r busybox:1.0 sh -c ': >>/dev/disk' 2>&1)" \
	'not permitted'

# ---- the unit of a one-off container
becomes "what has ended has no scope" "" scopes
run --name scoped -m 64m payload:1.0 /payload sleep >"$T/out" &
app=$!
wait_for grep -q ready "$T/out"
like "while it runs, systemd shows its scope" "$(scopes)" '^nap[^ ]*\.scope +loaded active running'
unit=$(scopes | cut -d' ' -f1)
is "systemd knows the limit" "$(systemctl show -P MemoryMax "$unit")" 67108864
is "exec joins the limited cgroup" "$(nap exec scoped cat /sys/fs/cgroup/memory.max)" 67108864
ok "stop it" nap stop scoped
wait "$app"
is "a default SIGTERM ends it" $? 143
becomes "the scope is gone" "" scopes

# ---- systemctl stop ends a container as well
rm "$T/out"
run --name scoped payload:1.0 /payload sleep >"$T/out" &
app=$!
wait_for grep -q ready "$T/out"
ok "systemctl stop its scope" systemctl stop "$(scopes | cut -d' ' -f1)"
wait "$app"
like "its exit status tells the signal" $? '^(143|137)$'

# ---- nothing is left
becomes "mounts, scopes, cgroups and namespaces are as before" "$before" world
finish
