#!/bin/bash
# SPDX-License-Identifier: MIT
# podman with nap as its runtime where the controllers are with cgroup v1: the limits of a container,
# and podman update.
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/integration/oci.sh"
needs podman conmon jq
corpus busybox
. "$TOP/tests/integration/oci-v1.sh"
begin_v1
trust_all
podman_settings
image=localhost/busybox:1.0

podman() { inside timeout -k 5 180 podman --tmpdir "$T/tmp" "$@"; }
start() { podman run -d --ulimit nofile=99:99 --ulimit nproc=99:99 --network none "$@" "$image" sleep 1000 >/dev/null; }
of_box() { in_v1 "$1/libpod_parent/libpod-$(podman inspect -f '{{.Id}}' box)/$2"; } # CONTROLLER FILE

ok "load" podman load -q --signature-policy "$T/policy.json" -i "$CORPUS/busybox/oci-raw.tar"
ok "run with limits" start --name box --memory 128m --memory-swap 128m --cpu-shares 200 --pids-limit 50 --cpus 0.5
is "memory" "$(of_box memory memory.limit_in_bytes) $(of_box memory memory.memsw.limit_in_bytes)" "134217728 134217728"
is "processors" "$(of_box cpu cpu.shares) $(of_box cpu cpu.cfs_quota_us)/$(of_box cpu cpu.cfs_period_us)" "200 50000/100000"
is "tasks" "$(of_box pids pids.max)" 50
ok "update" podman update --memory 64m --memory-swap 64m --cpu-shares 300 --cpus 0.2 box
is "update: memory" "$(of_box memory memory.limit_in_bytes) $(of_box memory memory.memsw.limit_in_bytes)" "67108864 67108864"
is "update: processors" "$(of_box cpu cpu.shares) $(of_box cpu cpu.cfs_quota_us)/$(of_box cpu cpu.cfs_period_us)" "300 20000/100000"
is "update: tasks are left alone" "$(of_box pids pids.max)" 50
like "exec is limited, too" "$(podman exec box cat /proc/self/cgroup)" 'pids:/libpod_parent/libpod-'
ok "pause" podman pause box
is "pause: the state" "$(podman inspect -f '{{.State.Status}}' box)" paused
ok "unpause" podman unpause box
group=$(podman inspect -f '{{.Id}}' box)
ok "rm --force" podman rm -f -t 0 box
fails "its cgroup is gone" inside test -e "/sys/fs/cgroup/memory/libpod_parent/libpod-$group"
finish
