#!/bin/bash
# SPDX-License-Identifier: MIT
# Options about what a container is given and what is hidden from it, beyond docker's common ones:
# labels, resolvers, tmpfs with the image's files, terminals of its own, devices, masks, groups.
. "$(dirname "$0")/lib.sh"
needs jq
corpus payload
load payload/oci-gz
run() { nap run --network none "$@"; }
nap run --network none payload:1.0 true # what is made once is made now
before=$(world)

# ---- labels
is "--label, beside the image's, and --annotation" "$(run --dry-run -l a=1 --label b --label one=2 --annotation \
	"n=x y" payload:1.0 | jq -c '[.labels, .annotations]')" '[["one=2","two=zwei","a=1","b="],["n=x y"]]'
fails_with 125 'label' nap run -l =x payload:1.0 true
run --name labelled -l who=me payload:1.0 sleep 1000 &
wait_for nap exec labelled true
is "inspect shows them as docker does" "$(nap inspect --json labelled | jq -r '.[0].Config.Labels.who')" me
nap stop labelled >/dev/null
wait

# ---- resolvers
resolv() { run "$@" payload:1.0 cat /etc/resolv.conf; }
is "--dns-search" "$(resolv --dns-search a.example --dns-search b.example | grep '^search')" "search a.example b.example"
is "--dns-option" "$(resolv --dns-option ndots:2 --dns-option rotate | grep '^options')" "options ndots:2 rotate"
is "--dns-search . is none" "$(resolv --dns 192.0.2.1 --dns-search .)" "nameserver 192.0.2.1"
mkdir -p "$T/etc"
printf 'nameserver 192.0.2.9\nsearch host.example\noptions edns0\n' >"$T/resolv"
mount --bind "$T/resolv" /etc/resolv.conf
is "the host's stay without an option" "$(resolv)" $'nameserver 192.0.2.9\nsearch host.example\noptions edns0'
is "and only those that were given go" "$(resolv --dns-search x.example)" $'nameserver 192.0.2.9\noptions edns0\nsearch x.example'
umount /etc/resolv.conf
fails_with 125 'dns-search' nap run --dns-search $'a\nnameserver 1.2.3.4' payload:1.0 true
fails_with 125 'dns-option' nap run --dns-option 'a b' payload:1.0 true

# ---- tmpfs with what the image has
is "--tmpfs hides what the image has" "$(run --tmpfs /data payload:1.0 ls /data)" ""
is "tmpcopyup does not" "$(run --tmpfs /data:tmpcopyup payload:1.0 cat /data/file)" "from the image"
is "and takes its owner and mode" "$(run --tmpfs /data:tmpcopyup payload:1.0 stat -c '%u %a' /data)" "1000 755"
is "unless told otherwise" "$(run --tmpfs /data:tmpcopyup,mode=750 payload:1.0 stat -c '%u %a' /data)" "0 750"
is "also read-only" "$(run --tmpfs /data:tmpcopyup,ro payload:1.0 sh -c 'cat /data/file; touch /data/x 2>&1')" \
	$'from the image\ntouch: /data/x: Read-only file system'
is "--mount has it too" "$(run --mount type=tmpfs,dst=/data,tmpcopyup payload:1.0 cat /data/file)" "from the image"
is "what is written there does not last" "$(run --tmpfs /data:tmpcopyup payload:1.0 sh -c 'rm /data/file'
	run payload:1.0 cat /data/file)" "from the image"

# ---- other mounts
is "--mount type=devpts" "$(run --mount type=devpts,target=/terminals,mode=600,ptmxmode=666 payload:1.0 \
	sed -n 's#^[^ ]* /terminals devpts [^ ]*\(mode=600,ptmxmode=666\).*#\1#p' /proc/mounts)" mode=600,ptmxmode=666
fails_with 125 'mount' nap run --mount type=devpts,source=/x,dst=/y payload:1.0 true
fails_with 125 'mount' nap run --mount type=devpts,dst=/y,size=1m payload:1.0 true
is "--mount knows the words of -v" "$(run --mount "type=bind,src=$T/etc,dst=/mnt,noexec,relabel=shared,slave" \
	payload:1.0 grep -c ' /mnt .*noexec' /proc/mounts)" 1

# ---- devices
mkdir "$T/devices"
mknod "$T/devices/one" c 1 5
mkdir "$T/devices/sub"
mknod "$T/devices/sub/two" c 1 3
is "--device of a directory" "$(run --device "$T/devices:/dev/mine" payload:1.0 sh -c \
	'cd /dev/mine && stat -c "%n %t:%T" one sub/two')" $'one 1:5\nsub/two 1:3'
fails_with 125 'device' nap run --device "$T/resolv:/dev/x" payload:1.0 true
fails_with 125 'device' nap run --device /dev/null:/etc/null payload:1.0 true

# ---- masks
is "mask= hides files and directories" "$(run --security-opt mask=/etc/passwd:/data:/nowhere payload:1.0 \
	sh -c 'cat /etc/passwd; ls /data; touch /data/x 2>&1')" "touch: /data/x: Read-only file system"
is "also in volumes" "$(mkdir "$T/volume" && echo secret >"$T/volume/key" &&
	run -v "$T/volume:/v" --security-opt mask=/v/key payload:1.0 cat /v/key)" ""
is "and leaves what the host has" "$(cat "$T/volume/key")" secret
ln -s /etc "$T/volume/link"
is "a link in the way stays inside" "$(run -v "$T/volume:/v" --security-opt mask=/v/link/passwd payload:1.0 cat /etc/passwd)" ""
masks() {
	run "$@" payload:1.0 sh -c 'for f in keys timer_list; do test -c /proc/$f && echo $f; done
		grep -oE " /proc/(irq|sys) [^ ]* ro," /proc/mounts | cut -d" " -f2' | paste -sd' '
}
is "the usual ones" "$(masks)" "keys timer_list /proc/irq /proc/sys"
is "unmask= with a pattern" "$(masks --security-opt 'unmask=/proc/k*:/proc/sys')" "timer_list /proc/irq"
is "unmask=ALL" "$(masks --security-opt unmask=ALL)" ""
is "systempaths=unconfined is docker's word for it" "$(masks --security-opt systempaths=unconfined)" ""
for o in mask=relative mask=/ unmask=x systempaths=x nonsense=1 mask; do
	fails_with 125 'security-opt' nap run --security-opt $o payload:1.0 true
done

# ---- AppArmor
# Profiles are loaded by other programs; here it is told that there is none, or which is missing.
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then
	fails_with 125 'set the AppArmor profile nap-nosuch: No such' \
		nap run --security-opt apparmor=nap-nosuch payload:1.0 true
else
	fails_with 125 'AppArmor profile nap-nosuch: this machine has no AppArmor' \
		nap run --security-opt apparmor=nap-nosuch payload:1.0 true
fi
is "apparmor=unconfined is fine everywhere" "$(run --security-opt apparmor=unconfined payload:1.0 echo ok)" ok
fails_with 125 'security-opt' nap run --security-opt 'apparmor=a b' payload:1.0 true

# ---- users and groups
groups() { run "$@" payload:1.0 /payload report ids | grep ^groups; }
is "--group-add keep-groups" "$(setpriv --groups 77,78 "$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none \
	-u 5:6 --group-add keep-groups payload:1.0 /payload report ids | grep ^groups)" "groups=6 77 78"
is "-u :GROUP is the image's user in another group" "$(run -u :extra payload:1.0 /payload report ids |
	sed -nE 's/^(uid|gid)=([0-9]*).*/\2/p' | paste -sd:)" 0:2000
is "--userns host" "$(run --userns host payload:1.0 echo ok)" ok
is "--userns auto" "$(run --userns auto payload:1.0 echo ok)" ok
fails_with 125 'userns.*must be auto or host' nap run --userns private payload:1.0 true

same_world "nothing is left behind" "$before"
finish
