#!/bin/bash
# SPDX-License-Identifier: MIT
# Apps where the kernel enforces limits: they are the unit's, they are seen inside, systemd tells who hit
# them. And what an idle app costs. (All app files are written at once: systemd takes seconds here to
# read its units.)
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images payload
before=$(world)
all=(web exits seen eater forker burner device maker idle host bare)
remember "${all[@]/#/app@}"

# ---- the app files
base() { printf '# %s.app\n[Container]\nImage=payload:1.0\nNetwork=none\n' "$1"; } # NAME
{
	base web && echo 'Exec=/payload sleep'
	base exits && echo "Exec=sh -c 'sleep 0.2; exit 42'"
	base seen && cat <<-'APP'
		Exec=sh -c 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max /sys/fs/cgroup/cpu.max; exec /payload sleep'
		Memory=64M
		PidsLimit=20
		[Service]
		CPUQuota=50%
	APP
	base eater && printf 'Exec=/payload eat 256\nMemory=32M\n'
	base forker && printf 'Exec=/payload forks 100\nPidsLimit=20\n'
	base burner && printf 'Exec=/payload burn 3\n[Service]\nCPUQuota=25%%\n'
	base device && cat <<-'APP'
		AddDevice=/dev/nvme1n1:/dev/disk:r
		Exec=sh -c 'dd if=/dev/disk bs=4k count=1 2>/dev/null | wc -c; (: >>/dev/disk); exec /payload sleep'
	APP
	base maker && cat <<-'APP'
		UserNS=host
		AddCapability=MKNOD
		Exec=sh -c 'mknod /dev/disk b 259 0 && (: </dev/disk); exec /payload sleep'
	APP
	base idle && echo 'Exec=/payload sleep'
	base host && printf 'Exec=/payload sleep\nNetwork=\nNetwork=host\n'
	base bare && printf 'Exec=/payload sleep\nNetwork=\nNetwork=host\nRunInit=no\n'
} | apps

# ---- the life of an app on this kernel
ok "start" systemctl start app@web
pid=$(main_pid web)
is "the main PID is the app, a child of systemd" "$(tr '\0' ' ' <"/proc/$pid/cmdline")$(parent_of "$pid")" "/payload sleep 1"
ok "freeze" systemctl freeze app@web
like "the kernel has frozen it" "$(cat "/sys/fs/cgroup$(prop web ControlGroup)/cgroup.events")" 'frozen 1'
ok "thaw" systemctl thaw app@web
ok "set-property MemoryMax=" systemctl set-property --runtime app@web MemoryMax=96M
is "is seen inside" "$(nap exec web cat /sys/fs/cgroup/memory.max)" 100663296
is "the default of tasks is seen inside" "$(nap exec web cat /sys/fs/cgroup/pids.max)" 4096
ok "stop" systemctl stop app@web
is "a success" "$(props web Result ExecMainCode ExecMainStatus)" "success 2 15"
systemctl start app@exits
becomes "exit status 42" "failed exit-code 42" props exits ActiveState Result ExecMainStatus

# ---- limits
ok "start with limits" systemctl start app@seen
logs "Memory= is seen inside" seen '^67108864$'
logs "PidsLimit= is seen inside" seen '^20$'
logs "CPUQuota= is seen inside" seen '^50000 100000$'
is "systemd has them" "$(props seen MemoryMax TasksMax CPUQuotaPerSecUSec)" "67108864 20 500ms"
nap exec seen sh -c 'echo max >/sys/fs/cgroup/memory.max' 2>/dev/null
is "they cannot be changed from inside" "$?" 1
systemctl stop app@seen

systemctl start app@eater
becomes "the OOM killer's verdict reaches systemd" "failed oom-kill 2 9" \
	props eater ActiveState Result ExecMainCode ExecMainStatus
systemctl start app@forker
logs "PidsLimit= stops a fork bomb" forker '^forks=1[0-9]$'
# when the host holds this machine up, too much or too little comes of it: then it burns again
quarter() { systemctl start app@burner && log burner | sed -E 's/^burn=(1[5-9]|2[0-9]|3[0-5])$/about a quarter/'; }
becomes "CPUQuota=25% grants about a quarter" "about a quarter" quarter
ok "start with a device" systemctl start app@device
logs "it can be read" device '^4096$'
logs "and not written" device 'not permitted'
systemctl stop app@device
ok "start with the right to make devices" systemctl start app@maker
logs "which cannot be opened" maker '/dev/disk: .*not permitted'
systemctl stop app@maker

# ---- what an idle app costs beyond itself
cat >/run/systemd/system/plain.service <<-'UNIT'
	[Service]
	Type=exec
	ExecStart=/run/plain sleep
UNIT
systemctl start app@bare
install -m 755 "/proc/$(main_pid bare)/exe" /run/plain # the same binary
systemctl stop app@bare

# memory.current, in KB. What the kernel has counted in advance for each processor is given back when
# another group charges there.
cost() { # UNIT
	local cpu

	for ((cpu = 0; cpu < $(nproc); cpu++)); do taskset -c $cpu cat /tests/tap.sh >/dev/null; done
	echo $(($(cat "/sys/fs/cgroup$(systemctl show -P ControlGroup "$1")/memory.current") / 1024))
}
detail() { # UNIT
	awk '/^(anon|file|kernel|kernel_stack|pagetables|slab_reclaimable|slab_unreclaimable|percpu|shmem) / {
		printf " %s %d", $1, $2 / 1024}' "/sys/fs/cgroup$(systemctl show -P ControlGroup "$1")/memory.stat"
}
systemctl start plain app@idle app@host app@bare
for i in idle host bare; do logs "$i waits" $i '^ready$'; done
plain_said() { journalctl --sync && journalctl --no-pager -o cat -u plain | grep -qx ready; }
wait_for plain_said
for i in idle host; do becomes "nap launch of $i has ended" 2 residents $i; done
becomes "that of bare, too" 1 residents bare
sync
echo 3 >/proc/sys/vm/drop_caches # what nobody uses any more is no cost
for unit in plain app@idle app@host app@bare; do
	echo "# memory of $unit: $(cost $unit) KB:$(detail $unit)"
done
plain=$(cost plain)
below "KB that the reaper costs" $(($(cost app@host) - $(cost app@bare))) 301
below "KB that an app costs beyond a plain service, the reaper included" $(($(cost app@host) - plain)) 301
# what the kernel keeps for the namespaces and mounts themselves; bounds against growth
below "with a network namespace of its own" $(($(cost app@idle) - plain)) 401
below "without the reaper" $(($(cost app@bare) - plain)) 301
systemctl stop plain
forget "${all[@]}"
same_world "nothing is left at the end" "$before"
finish
