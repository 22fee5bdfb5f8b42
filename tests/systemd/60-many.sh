#!/bin/bash
# SPDX-License-Identifier: MIT
# Fifty apps at once, and what they cost: one small process each beside the app, nothing else.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images payload
before=$(world)
n=50

mapfile -t names < <(seq -f many-%02g $n)
units=("${names[@]/#/app@}")
for i in "${names[@]}"; do
	printf '# %s.app\n[Container]\nImage=payload:1.0\nNetwork=none\nExec=/payload sleep\n' "$i"
done | apps

remember "${units[@]}"
took=$(msec systemctl start "${units[@]}")
is "all $n start at once" "$(systemctl show -P ActiveState "${units[@]}" | grep -cx active)" $n
echo "# started in $took ms"
is "their main PIDs are $n processes" "$(systemctl show -P MainPID "${units[@]}" | sort -u | grep -c '[1-9]')" $n
is "nap ps lists them" "$(nap ps -q | wc -l)" $n
becomes "nothing of nap is resident but a reaper each" $((2 * n)) eval \
	'cat /sys/fs/cgroup/*/*app@many*/cgroup.procs /sys/fs/cgroup/*/*/*app@many*/cgroup.procs 2>/dev/null | wc -l'
becomes "no nap runs" 0 eval "grep -lxE 'nap|nap-image|nap-bus' /proc/[0-9]*/comm 2>/dev/null | wc -l"

# What the reaper costs by its share of pages, against the app.
pss() { sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$1/smaps_rollup"; }
app=$(main_pid many-01)
reaper=$(grep -vx "$app" "/sys/fs/cgroup$(prop many-01 ControlGroup)/cgroup.procs")
echo "# proportional set size: the app $(pss "$app") KB, the reaper $(pss "$reaper") KB"
below "the reaper's pages are few, in KB" "$(pss "$reaper")" 100

took=$(msec systemctl stop "${units[@]}")
echo "# stopped in $took ms"
below "all stop within a minute" "$took" 60000
is "all ended well" "$(systemctl show -P Result "${units[@]}" | grep -cx success)" $n
rm /etc/nap/apps/many-*
systemctl daemon-reload
same_world "nothing is left" "$before"
finish
