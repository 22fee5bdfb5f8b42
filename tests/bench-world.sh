# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the benchmarks of starts have in common, in namespaces of their own and to be sourced first: $here is the
# script's directory, and $world the options of unshare(1) beside a mount namespace; unset, those of a network and
# of PIDs. Makes $W to write into, a cgroup $group, and by begin_world /run and a fresh ext4 at $W/disk. What the
# script makes elsewhere goes into the array litter.
: "${here:?}"
if [ -z "${NAP_BENCH_WORLD:-}" ]; then
	# shellcheck disable=SC2086 # words
	NAP_BENCH_WORLD=1 exec unshare --mount --propagation private \
		${world---net --pid --fork --kill-child --mount-proc} /bin/bash "$0" "$@"
fi
top=$(cd "$here/../.." && pwd)
B=${B:-$top/build}
W=$(mktemp -d /var/tmp/nap-bench.XXXXXX)
group=/sys/fs/cgroup/nap-bench.${W##*.}
litter=()

leave() {
	echo 0 >/sys/fs/cgroup/cgroup.procs
	echo 1 >"$group/cgroup.kill"
	while grep -q 'populated 1' "$group/cgroup.events"; do sleep 0.01; done
	find "$group" -depth -type d -exec rmdir {} + || true
	umount "$W/disk" || true
	rm -rf --one-file-system "$W" "${litter[@]}"
}

begin_world() {
	mount -t tmpfs -o mode=755 run /run
	mount -t cgroup2 none /sys/fs/cgroup
	mkdir "$group"
	echo 0 >"$group/cgroup.procs"
	trap leave EXIT
	trap 'exit 1' INT TERM PIPE
	mkdir "$W/disk"
	truncate -s 600M "$W/image"
	mkfs.ext4 -q "$W/image"
	mount -o loop "$W/image" "$W/disk"
}

# The rules of docker's profile for a container with the default capabilities, as an OCI runtime takes them.
docker_rules() {
	jq '{defaultAction, defaultErrnoRet, architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
	     syscalls: [.syscalls[] | select((.includes.caps // []) == [] and ((.includes.arches // ["amd64"]) | index("amd64"))
	                and ((.excludes.arches // []) | index("amd64") | not))
	                | {names, action, args: (.args // []), errnoRet} | del(..|nulls)]}' "$top/tests/data/docker-seccomp.json"
}

# $W/bundle: /bin/true of busybox under these rules. Without device rules: nap run has none either, and for crun
# loading them takes CAP_SYS_RESOURCE.
make_bundle() {
	mkdir -p "$W"/bundle/rootfs/{bin,proc,sys,dev,tmp}
	cp "$(command -v busybox)" "$W/bundle/rootfs/bin/busybox"
	ln -s busybox "$W/bundle/rootfs/bin/true"
	docker_rules >"$W/seccomp.json"
	"$B/nap" oci spec --bundle "$W/bundle"
	jq --slurpfile seccomp "$W/seccomp.json" '.ociVersion = "1.0.2" | .process.args = ["/bin/true"]
		| .process.terminal = false | .linux.seccomp = $seccomp[0] | del(.linux.resources)
		| .process.capabilities = (["bounding", "effective", "permitted"]
			| map({key: ., value: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"]}) | from_entries)' \
		"$W/bundle/config.json" >"$W/config.json"
	mv "$W/config.json" "$W/bundle/config.json"
}
