#!/bin/bash
# SPDX-License-Identifier: MIT
# config-linux.md of the OCI runtime specification 1.2: a check for each MUST that needs no controller of
# cgroup v2, with its section in brackets.
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/integration/oci-bundle.sh"
needs jq busybox
before=$(world)

# ---- [namespaces]

replace() { # TYPE [PATH]: a filter
	echo ".linux.namespaces |= map(select(.type != \"$1\")) + [{type: \"$1\"${2:+, path: \"$2\"}}]"
}
for ns in pid:pid network:net ipc:ipc uts:uts mount:mnt cgroup:cgroup; do
	type=${ns%:*} file=${ns#*:}
	bundle "$(replace "$type")"
	create
	unlike "[namespaces] $type without a path: a new one" "$(readlink "/proc/$(pid)/ns/$file")" "$(readlink "/proc/self/ns/$file")"
	forget
done
for ns in network:net ipc:ipc uts:uts; do
	type=${ns%:*} file=${ns#*:}
	bundle ".linux.namespaces |= map(select(.type != \"$type\"))"
	create
	is "[namespaces] $type not listed: MUST inherit the runtime's" "$(readlink "/proc/$(pid)/ns/$file")" \
		"$(readlink "/proc/self/ns/$file")"
	forget
done
unshare --net --ipc --uts sh -c ': >"$0/unshared"; exec sleep 1000' "$T" &
other=$!
wait_for test -e "$T/unshared"
for ns in network:net ipc:ipc uts:uts; do
	type=${ns%:*} file=${ns#*:}
	bundle "$(replace "$type" "/proc/$other/ns/$file")"
	create
	is "[namespaces] $type by path: MUST be placed in it" "$(readlink "/proc/$(pid)/ns/$file")" \
		"$(readlink "/proc/$other/ns/$file")"
	forget
done
kill "$other"
wait "$other" 2>"$T/empty"
refuses "[namespaces] a path of another type MUST generate an error" "$(replace network /proc/self/ns/uts)"
refuses "[namespaces] path MUST be absolute" "$(replace network proc/self/ns/net)"
refuses "[namespaces] duplicates MUST generate an error" '.linux.namespaces += [{type: "pid"}]'
refuses "[namespaces] a type that does not exist" '.linux.namespaces += [{type: "nowhere"}]'
says "[user namespace mappings]" "$(replace user) | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}]
	| .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 20}]" \
	'awk "{ print \$1, \$2, \$3 }" /proc/self/uid_map /proc/self/gid_map' $'0 100000 10\n0 200000 20'

# ---- [devices]

says "[default devices]" . 'for d in null zero full random urandom tty; do stat -c "%n %t:%T" /dev/$d; done' \
	"$(printf '/dev/%s\n' 'null 1:3' 'zero 1:5' 'full 1:7' 'random 1:8' 'urandom 1:9' 'tty 5:0')"
says "[default devices] ptmx is the container's" . 'readlink -f /dev/ptmx' /dev/pts/ptmx
says "[devices] type, path, major, minor, fileMode, uid, gid" \
	'.linux.devices = [{type: "c", path: "/dev/made", major: 1, minor: 3, fileMode: 416, uid: 5, gid: 6},
		{type: "p", path: "/dev/pipe"}]' \
	'stat -c "%F %t:%T %a %u %g" /dev/made; stat -c %F /dev/pipe' $'character special file 1:3 640 5 6\nfifo'
says "[dev symbolic links]" . 'for l in fd stdin stdout stderr; do readlink /dev/$l; done | tr "\n" " "' \
	"/proc/self/fd /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 "

# ---- [sysctl], [masked paths], [readonly paths], [rootfs propagation], [personality]

says "[sysctl] is applied" '.linux.sysctl = {"net.ipv4.ip_forward": "1"}' 'cat /proc/sys/net/ipv4/ip_forward' 1
refuses "[sysctl] one of the host" '.linux.sysctl = {"vm.swappiness": "10"}'
says "[masked paths] files and directories" '.linux.maskedPaths = ["/proc/version", "/etc", "/nowhere"]' \
	'wc -c </proc/version; ls /etc' 0
says "[readonly paths]" '.linux.readonlyPaths = ["/etc", "/nowhere"]' 'touch /etc/x 2>/dev/null || echo read-only' read-only
says_like "[rootfs mount propagation] unbindable" '.linux.rootfsPropagation = "unbindable"' \
	'grep " / / " /proc/self/mountinfo || grep " / rw" /proc/self/mountinfo' unbindable
refuses "[rootfs mount propagation] one that does not exist" '.linux.rootfsPropagation = "nowhere"'
says "[personality]" '.linux.personality = {domain: "LINUX32"}' 'uname -m' i686
refuses "[intelRdt] cannot be had" '.linux.intelRdt = {closID: "x", l3CacheSchema: "L3:0=f"}'

# ---- [seccomp]

says "[seccomp] SCMP_ACT_ERRNO and errnoRet" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
	syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}' 'mkdir /tmp/x 2>&1' \
	"mkdir: can't create directory '/tmp/x': No space left on device"
refuses "[seccomp] defaultAction REQUIRED" '.linux.seccomp = {}'
refuses "[seccomp] names MUST contain at least one" \
	'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: [], action: "SCMP_ACT_ERRNO"}]}'
refuses "[seccomp] errnoRet with an action that has none MUST generate an error" \
	'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_KILL", errnoRet: 1}]}'
refuses "[seccomp] listenerMetadata MUST NOT be set without listenerPath" \
	'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "x"}'

same_world "nothing is left" "$before"
finish
