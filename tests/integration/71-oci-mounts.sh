#!/bin/bash
# SPDX-License-Identifier: MIT
# What a container of an engine finds mounted: options, propagation, mappings of owners, masks,
# kernel parameters. The attacks on all that are in 73-oci-attacks.sh.
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/integration/oci-bundle.sh"
needs jq busybox
mkdir -m 700 "$ROOT"
before=$(world)

mounted() { echo "awk '\$5 == \"$1\" { print \$6, \$7, \$(NF - 2), \$(NF - 1) }' /proc/self/mountinfo"; }
mount_with() { # DESTINATION TYPE SOURCE OPTION...
	jq -nr --arg d "$1" --arg t "$2" --arg s "$3" '".mounts += [" + ({destination: $d, type: $t,
		source: $s, options: $ARGS.positional} | tostring) + "]"' --args "${@:4}"
}

# ---- attributes of one mount, and of all below

mkdir -p "$T/host/below" && echo host >"$T/host/file"
mount -t tmpfs below "$T/host/below"
for option in ro nosuid nodev noexec noatime nodiratime nosymfollow; do
	says_like "bind: $option" "$(mount_with /m bind "$T/host" rbind "$option")" "$(mounted /m)" "^[^ ]*$option"
	says "bind: $option is not of what is below" "$(mount_with /m bind "$T/host" rbind "$option")" \
		"$(mounted /m/below)" "rw,relatime - tmpfs below"
	says_like "bind: r$option is" "$(mount_with /m bind "$T/host" rbind "r$option")" "$(mounted /m/below)" \
		"^[^ ]*$option"
	says_like "tmpfs: $option" "$(mount_with /m tmpfs t "$option")" "$(mounted /m)" "^[^ ]*$option.* tmpfs t$"
done
says "bind: the later option counts" "$(mount_with /m bind "$T/host" bind ro nosuid rw suid)" \
	"$(mounted /m)" "rw,relatime - $(findmnt -no FSTYPE,SOURCE -T "$T" | tr -s ' ' | sed 's/\[.*//')"
says "bind: not what is below" "$(mount_with /m bind "$T/host" bind)" 'ls /m/below | wc -l; cat /m/file' $'0\nhost'
says_like "sync, dirsync: of the file system" "$(mount_with /m tmpfs t sync dirsync size=4m mode=711)" \
	'grep " /m " /proc/mounts' 'sync,dirsync.*size=4096k,mode=711'
says "strictatime" "$(mount_with /m tmpfs t strictatime)" "$(mounted /m)" "rw - tmpfs t"
says_like "remount of a bind" "$(mount_with /m bind "$T/host" bind) | $(mount_with /m none none remount bind ro)" \
	"$(mounted /m)" '^ro,'
says_like "remount of a file system" "$(mount_with /m tmpfs t) | $(mount_with /m tmpfs t remount size=8m)" \
	'grep " /m " /proc/mounts' 'size=8192k'
umount "$T/host/below"

# ---- places and sources

says "a file on a file that is made" "$(mount_with /new/dir/file bind "$T/host/file" bind)" 'cat /new/dir/file' host
says "a source in the bundle" "$(mount_with /m bind . bind)" 'ls /m/config.json' /m/config.json
says "a destination without a slash, with too many" "$(mount_with m//n/ tmpfs t)" "$(mounted /m/n)" "rw,relatime - tmpfs t"
says "in their order" "$(mount_with /m tmpfs t) | $(mount_with /m/file bind "$T/host/file" bind)" 'cat /m/file' host
says "the later one lies above" "$(mount_with /m bind "$T/host" bind) | $(mount_with /m tmpfs t)" 'ls /m | wc -l' 0
ln -s file "$T/host/link"
says "a link of the host is followed" "$(mount_with /m bind "$T/host/link" bind)" 'test -L /m; echo $?; cat /m' $'1\nhost'
says "copy-symlink" "$(mount_with /m bind "$T/host/link" bind copy-symlink)" 'readlink /m' file
says "src-nofollow" "$(mount_with /m bind "$T/host/link" bind src-nofollow)" 'readlink /m' file
bundle "$(mount_with /data/link bind "$T/host/file" bind dest-nofollow) | .process.args = [\"cat\", \"/data/link\"]"
ln -s /etc/passwd "$BUNDLE/rootfs/data/link"
is "dest-nofollow" "$(oci run --bundle "$BUNDLE" "$ID" 2>&1)" host
forget
refuses "a source that is missing" "$(mount_with /m bind "$T/none" bind)" "open $T/none .*No such file or directory"
refuses "a directory on a file" "$(mount_with /etc/passwd bind "$T/host" bind)" '/etc/passwd: Not a directory'
refuses "a file system that there is not" "$(mount_with /m nonefs none)" 'nonefs: No such device'
refuses "an option that it does not know" "$(mount_with /m tmpfs t frobnicate)" "Unknown parameter 'frobnicate'"
refuses "a mount over the root" "$(mount_with / tmpfs t)" 'mount on /'

# ---- tmpfs

says "tmpfs: for everybody where there was nothing" "$(mount_with /m tmpfs t)" 'stat -c %a /m' 1777
says "tmpfs: as the image's directory" '.mounts += [{destination: "/root", type: "tmpfs"}]' 'stat -c %a /root' \
	"$(stat -c %a "$TREE/root")"
bundle "$(mount_with /data tmpfs t tmpcopyup ro) | .process.args = [\"sh\", \"-c\", \"cat /data/file; stat -c %u:%a /data/file; touch /data/x\"]"
echo image >"$BUNDLE/rootfs/data/file" && chmod 640 "$BUNDLE/rootfs/data/file" && chown 7 "$BUNDLE/rootfs/data/file"
is "tmpcopyup, ro" "$(oci run --bundle "$BUNDLE" "$ID" 2>&1)" $'image\n7:640\ntouch: /data/x: Read-only file system'
forget
says "tmpcopyup: a tmpfs's own mode where there was nothing" "$(mount_with /m tmpfs t tmpcopyup)" 'stat -c %a /m' 1777
says "tmpcopyup: the mode that was asked for, where there was nothing" "$(mount_with /m tmpfs t tmpcopyup mode=711)" \
	'stat -c %a /m' 711
for filter in . "$(with_user 100000)"; do
	says "tmpcopyup: mode=, uid=, gid= count, not the directory's: ${filter:0:24}" \
		"$filter | $(mount_with /etc tmpfs t tmpcopyup mode=1700 uid=3 gid=4) | $(mount_with /usr tmpfs t tmpcopyup uid=5)" \
		'stat -c "%a %u:%g" /etc; stat -c "%a %u" /usr; head -n 1 /etc/group' $'1700 3:4\n755 5\nroot:x:0:'
done
says "/dev may be read-only" '.mounts[1].options += ["ro"]' 'touch /dev/x; echo >/dev/null && ls /dev/pts/ptmx' \
	$'touch: /dev/x: Read-only file system\n/dev/pts/ptmx'

# ---- other file systems

layers=
for i in $(seq 30); do
	mkdir -p "$T/layers/$i" && echo "$i" >"$T/layers/$i/f$i"
	layers=$T/layers/$i${layers:+:$layers}
done
says "overlay, with more options than fsconfig(2) takes" "$(mount_with /m overlay o "lowerdir=$layers" nodev)" \
	"cat /m/f1 /m/f30; $(mounted /m)" $'1\n30\nrw,nodev,relatime - overlay o'
says "mqueue" "$(mount_with /dev/mqueue mqueue mqueue nosuid)" "$(mounted /dev/mqueue)" "rw,nosuid,relatime - mqueue mqueue"
says "cgroup: its own as the root" ".linux.namespaces += [{type: \"cgroup\"}] | $(mount_with /sys/fs/cgroup cgroup cgroup ro)" \
	"cat /proc/self/cgroup | grep ^0:; $(mounted /sys/fs/cgroup); cat /sys/fs/cgroup/cgroup.procs" \
	$'0::/\nro,relatime - cgroup2 cgroup2\n1'
says "cgroup: its own, bound, without a namespace" "$(mount_with /sys/fs/cgroup cgroup cgroup ro) | .linux.cgroupsPath = \"own\"" \
	"$(mounted /sys/fs/cgroup); cat /sys/fs/cgroup/cgroup.procs" $'ro,relatime - cgroup2 none\n1'
says "proc of the host's PID namespace" 'del(.linux.namespaces[] | select(.type == "pid"))' \
	"readlink /proc/self >/dev/null && $(mounted /proc)" "rw,relatime - proc proc"

# ---- propagation

mkdir "$T/shared" && mount -t tmpfs shared "$T/shared" && mount --make-shared "$T/shared"
peers() { echo "awk '\$5 == \"$1\" { sub(/:[0-9]+/, \"\", \$7); print \$7 }' /proc/self/mountinfo"; }
says "a bind is private" "$(mount_with /m bind "$T/shared" rbind)" "$(peers /m)" -
says "slave" "$(mount_with /m bind "$T/shared" rbind rslave) | .linux.rootfsPropagation = \"rslave\"" "$(peers /m)" master
says "shared, by itself" "$(mount_with /m bind "$T/shared" rbind rshared)" "$(peers /m)" shared
says "unbindable" "$(mount_with /m bind "$T/shared" rbind unbindable)" "$(peers /m)" unbindable
for kind in shared unbindable; do
	says "rootfsPropagation $kind" ".linux.rootfsPropagation = \"$kind\"" "$(peers /)" "$kind"
done
says "rootfsPropagation private" '.linux.rootfsPropagation = "private"' "$(peers /)" -
says "shared in a user namespace" "$(with_user 100000) | .linux.rootfsPropagation = \"rshared\"" "$(peers /)" shared
bundle "$(mount_with /m bind "$T/shared" rbind rshared) | .linux.rootfsPropagation = \"rshared\"
	| .process.capabilities.bounding += [\"CAP_SYS_ADMIN\"] | .process.capabilities.effective += [\"CAP_SYS_ADMIN\"]
	| .process.capabilities.permitted += [\"CAP_SYS_ADMIN\"]
	| .process.args = [\"sh\", \"-c\", \"mkdir -p /m/x && mount -t tmpfs t /m/x && touch /m/x/made\"]"
ok "shared with the host" oci run --bundle "$BUNDLE" "$ID"
ok "what is mounted there inside is there outside" test -e "$T/shared/x/made"
umount "$T/shared/x" "$T/shared"
forget

# ---- owners

chown 5:6 "$T/host/file"
says "mappings of the mount" "$(mount_with /m bind "$T/host" rbind | sed 's/]$/ + {uidMappings: [{containerID: 5, hostID: 1000, size: 1}], gidMappings: [{containerID: 6, hostID: 2000, size: 1}]}]/; s/+= \[/+= [/')" \
	'stat -c %u:%g /m/file' 1000:2000
says "idmap: those of the container" "$(with_user 100000) | $(mount_with /m bind "$T/host" bind idmap)" \
	'stat -c %u:%g /m/file' 5:6
says "without it, nobody's" "$(with_user 100000) | $(mount_with /m bind "$T/host" bind)" \
	'stat -c %u:%g /m/file' 65534:65534
says "idmap=uids=" "$(mount_with /m bind "$T/host" bind 'idmap=uids=5-70-1;gids=6-80-1')" 'stat -c %u:%g /m/file' 70:80
says "idmap=uids=@: ids of the container" "$(with_user 100000) | $(mount_with /m bind "$T/host" bind 'idmap=uids=@5-70-1;gids=@6-80-1')" \
	'stat -c %u:%g /m/file' 70:80
says "a tmpfs with owners of the container" "$(with_user 100000) | $(mount_with /m tmpfs t uid=5 gid=6)" \
	'stat -c %u:%g /m; touch /dev/shm/x && stat -c %u:%g /dev /dev/pts /dev/shm/x' $'5:6\n0:0\n0:0\n0:0'
refuses "an owner that is not mapped" "$(with_user 100000) | $(mount_with /m tmpfs t uid=70000)" '/m'

# ---- masked, read-only

says "masked: a file, a directory, a device, what is missing" '.linux.maskedPaths = ["/etc/passwd", "/data", "/dev/zero", "/none", "/data/none"]' \
	'wc -c </etc/passwd; ls -A /data | wc -l; head -c 1 /dev/zero | wc -c; touch /data/x; chmod 777 /etc/passwd' \
	$'0\n0\n0\ntouch: /data/x: Read-only file system\nchmod: /etc/passwd: Read-only file system'
says "read-only: a file, a directory, what is missing" '.linux.readonlyPaths = ["/etc/passwd", "/data", "/none"]' \
	'echo >/etc/passwd; touch /data/x; touch /etc/x && echo rest' \
	$'sh: can\'t create /etc/passwd: Read-only file system\ntouch: /data/x: Read-only file system\nrest'
says "locked in a user namespace" "$(with_user 100000) | .linux.maskedPaths = [\"/proc/keys\"]
	| .process.capabilities.bounding += [\"CAP_SYS_ADMIN\"] | .process.capabilities.effective += [\"CAP_SYS_ADMIN\"]
	| .process.capabilities.permitted += [\"CAP_SYS_ADMIN\"]" \
	'umount /proc/keys 2>/dev/null || wc -c </proc/keys' 0
says "the root, with places and links made before" '.root.readonly = true | .process.cwd = "/made/for/it"' \
	'pwd; touch /x; readlink /dev/fd' $'/made/for/it\ntouch: /x: Read-only file system\n/proc/self/fd'

# ---- kernel parameters

says "of the namespaces it has" '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shmmax": "4194304", "kernel/msgmax": "9000"}' \
	'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax /proc/sys/kernel/msgmax' $'1\n4194304\n9000'
says "in a user namespace" "$(with_user 100000) | .linux.sysctl = {\"kernel.shmmax\": \"4194304\", \"net.ipv4.ping_group_range\": \"0 100\"}" \
	'cat /proc/sys/kernel/shmmax /proc/sys/net/ipv4/ping_group_range' $'4194304\n0\t100'
refuses "net.* with the host's network" 'del(.linux.namespaces[] | select(.type == "network")) | .linux.sysctl = {"net.ipv4.ip_forward": "1"}' \
	'net.ipv4.ip_forward'
ip netns add other && own=/proc/$$/ns/net
refuses "the host's network by another name" ".linux.sysctl = {\"net.ipv4.ip_forward\": \"1\"}
	| (.linux.namespaces[] | select(.type == \"network\")).path = \"$own\"" 'net.ipv4.ip_forward'
says "joined, another" "(.linux.namespaces[] | select(.type == \"network\")).path = \"/run/netns/other\" | .linux.sysctl = {\"net.ipv4.ip_forward\": \"1\"}" \
	'cat /proc/sys/net/ipv4/ip_forward' 1
ip netns del other
refuses "of the machine" '.linux.sysctl = {"kernel.panic": "1"}' 'kernel.panic'

# ---- entering

bundle '.process.args = ["sh", "-c", "ls -d /bin /proc/1; ls /proc/1/root/ | wc -l"]'
is "--no-pivot" "$(oci run --no-pivot --bundle "$BUNDLE" "$ID" 2>&1 | head -2)" $'/bin\n/proc/1'
forget
bundle 'del(.linux.namespaces[] | select(.type == "mount")) | .linux.maskedPaths = [] | .process.args = ["ls", "/bin/sh", "/proc/self"]'
like "without a mount namespace: a chroot, nothing mounted" "$(oci run --bundle "$BUNDLE" "$ID" 2>&1)" '/bin/sh.*|/proc/self: No such'
forget

rm -rf --one-file-system "$T/host" "$T/shared" "$T/layers"
same_world "nothing is left" "$before"
finish
