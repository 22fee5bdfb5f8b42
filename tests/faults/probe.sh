# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2012
# What an app sees of its container. The same each time, whatever nap had to do without: a fault that
# loosens something silently changes it. Executed inside by busybox.
id
grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Sig(Ign|Blk))' /proc/self/status
cut -d' ' -f4- /proc/self/mountinfo | sed 's/dir=[0-9:]*/dir=/g' # descriptors
cat /proc/self/limits /proc/self/oom_score_adj /proc/sys/kernel/hostname
umask
pwd
env | grep -v SHLVL
cat /etc/hosts /etc/resolv.conf /etc/hostname
ls -l /dev /dev/pts | sed 's/[A-Z][a-z][a-z] *[0-9]* [0-9:]* / /'
for kind in cgroup ipc mnt net pid uts user; do
	[ "$(readlink /proc/self/ns/$kind)" = "$(cat "/app/outside.$kind")" ] && echo "$kind is the host's"
done
ls /proc/self/fd
ip addr | grep -vE 'valid_lft' | sed -E 's/(eth[0-9]*)@[^:]*/\1/; s/^[0-9]*//; s/ tentative//; s/ flags [0-9]*//'
ip route
cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range
echo well
exit 3
