#!/bin/bash
# SPDX-License-Identifier: MIT
# The user namespace of a container: whose ids it has, inside and on disk, and that neither files of the
# host change hands nor capabilities reach beyond it.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
needs jq python3 strace
corpus busybox
load busybox/oci-raw
export NAP_APPS_PATH=$T/apps
mkdir -p "$NAP_APPS_PATH"
run() { nap run --network none --userns auto "$@"; }
sh_in() { run "${@:2}" busybox:1.0 sh -c "$1"; }
base() { awk '{ print $2 }'; }
sh_in true # what is made once is made now
before=$(world)
store=$(store_list "$ROOT/layers")

# ---- whose ids
map=$(sh_in 'cat /proc/self/uid_map /proc/self/gid_map')
like "65536 ids from 0 on, for users and for groups alike" "$map" \
	$'^ +0 +([0-9]{6,10}) +65536\n +0 +\\1 +65536$'
ok "where systemd has containers" test $(($(base <<<"${map%%$'\n'*}") % 65536)) = 0
is "it is the default" "$(nap run --network none busybox:1.0 cat /proc/self/uid_map | awk '{ print ($2 >= 524288) $3 }')" 165536
is "UserNS=host has those of the host" \
	"$(nap run --network none --userns host busybox:1.0 cat /proc/self/uid_map | awk '{ print $1, $2 }')" "0 0"
is "root is root inside" "$(sh_in 'id -u; id -g')" $'0\n0'
is "so is everything that nap has made, but for /proc and /sys" \
	"$(sh_in 'find / -xdev -user nobody ! -path /proc ! -path /sys; stat -c %U /dev /dev/* /dev/pts/* /etc/hosts /etc/resolv.conf | sort -u')" root
is "PID 1, too" "$(sh_in 'grep ^Uid /proc/1/status')" $'Uid:\t0\t0\t0\t0'
is "another user" "$(sh_in 'id -u; id -g' -u 33:44)" $'33\n44'
fails_with 125 'user 70000: the container has the ids 0 to 65535 only' nap run --network none --userns auto -u 70000 busybox:1.0 true
fails_with 125 'group 65536' nap run --network none -u 0:65536 busybox:1.0 true
fails_with 125 'group 99999' nap run --network none --group-add 99999 busybox:1.0 true
is "without the namespace that is a user" "$(nap run --network none --userns host -u 70000 busybox:1.0 id -u)" 70000

# ---- seen from the host
mkfifo "$T/go"
nap run --network none --userns auto -v data:/data -v "$T/go:/go" --tmpfs /t:uid=5 --name one busybox:1.0 \
	sh -c 'touch /data/file /new; chown 7:8 /data/file /new; echo ready; cat /go; exec sleep 1000' >"$T/out" &
wait_for grep -q ready "$T/out"
pid=$(nap inspect --json one | jq -r '.[0].State.Pid // .State.Pid')
first=$(base <"/proc/$pid/uid_map")
is "its processes have ids of its range" "$(stat -c %u "/proc/$pid" | awk -v b="$first" '{ print $1 - b }')" 0
is "volumes have the ids that the app sees" "$(stat -c %u:%g "$ROOT/volumes/data/file")" 7:8
is "what is thrown away has those of the range" "$(stat -c %u "$ROOT/containers/one/upper/new")" $((first + 7))
is "nap inspect tells the range" "$(nap inspect --json one | jq -r '.[0].IDMappings.UidMap[0]')" "0:$first:65536"
is "so does nap ps" "$(nap ps --json | jq '.[0].FirstID')" "$first"
is "nap exec has the same" "$(nap exec one cat /proc/self/uid_map | base)" "$first"
is "with the rights of the app, and no more" \
	"$(nap exec one grep -E '^Cap|^NoNewPrivs|^Seccomp:' /proc/self/status)" \
	"$(nap exec one grep -E '^Cap|^NoNewPrivs|^Seccomp:' /proc/2/status)"
is "in the namespaces of the app" "$(nap exec one sh -c 'for i in mnt user net ipc uts cgroup pid; do readlink /proc/self/ns/$i; done')" \
	"$(for i in mnt user net ipc uts cgroup pid; do readlink "/proc/$pid/ns/$i"; done)"
is "as another user" "$(nap exec -u 33:44 one id -u)" 33
fails_with 125 'user 70000' nap exec -u 70000 one true
ok "its terminal" python3 "$TOP/tests/pty.py" "$NAP" --root "$ROOT" --runroot "$RUNROOT" exec -it one \
	sh -c 'stat -c %u:%g $(tty)' <<'P'
expect 0:5
exits 0
P
is "the network namespace is the user namespace's" "$(python3 - "$pid" <<'P'
import fcntl, os, sys
pid = sys.argv[1]
user = os.stat(f"/proc/{pid}/ns/user").st_ino
for name in ("net", "uts", "ipc", "cgroup", "mnt"):
    fd = os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY)
    owner = fcntl.ioctl(fd, 0xB701)  # NS_GET_USERNS
    print(name, os.fstat(owner).st_ino == user)
P
)" $'net True\nuts True\nipc True\ncgroup True\nmnt True'
is "a stranger cannot trace what enters" "$(nap exec one sh -c 'head -c1 /proc/1/mem 2>/dev/null | wc -c; ls -l /proc/1/exe 2>&1 | grep -c denied')" $'0\n1'
echo >"$T/go"
ok stop nap stop -t 0 one
wait

# ---- on the host nothing of it is mounted, be the store on a mount that has peers
mounts() { cut -d' ' -f4- /proc/self/mountinfo; }
mount --bind "$ROOT" "$ROOT" && mount --make-shared "$ROOT"
mounted=$(mounts)
nap run --network none --userns auto --name two busybox:1.0 sh -c 'echo ready; exec sleep 1000' >"$T/out" &
wait_for grep -q ready "$T/out"
is "the host has mounted what it had" "$(mounts)" "$mounted"
is "the container sees nothing of the store" "$(nap exec two grep -c "$ROOT" /proc/self/mountinfo)" 0
ok stop nap stop -t 0 two
wait
is "nor is anything left" "$(mounts)" "$mounted"
umount "$ROOT"

# ---- nothing changes hands
mkdir "$T/bind"
echo mine >"$T/bind/file"
chown 5:6 "$T/bind/file"
chown 70000 "$T/bind"
before_bind=$(stat -c '%n %u %g %a' "$T/bind" "$T/bind/file")
is "a bind mount has the owners it has" "$(sh_in 'stat -c %u:%g /b /b/file' -v "$T/bind:/b")" $'65534:0\n5:6'
chown 0 "$T/bind"
sh_in 'echo new >/b/new; chown 9 /b/new' -v "$T/bind:/b"
is "what is written to it as well" "$(stat -c %u:%g "$T/bind/new")" 9:0
is "noidmap: nobody's" "$(sh_in 'stat -c %u /b/file' -v "$T/bind:/b:noidmap")" 65534
is "which root inside may not change" "$(sh_in 'echo x >/b/file; chown 0 /b/file' -v "$T/bind:/b:noidmap" 2>&1 | grep -ciE 'denied|permitted')" 2
chown 70000 "$T/bind"
is "as it was" "$(stat -c '%n %u %g %a' "$T/bind" "$T/bind/file")" "$before_bind"
is "the store is as it was" "$(store_list "$ROOT/layers")" "$store"
mkdir -p "$T/tree"/{proc,sys,dev,etc}
mount_image busybox:1.0 "$T/image" && cp -a "$T/image/bin" "$T/tree" && umount "$T/image"
printf '[Container]\nRootfs=%s\nExec=sh -c "stat -c %%%%u / && touch /x"\n' "$T/tree" >"$NAP_APPS_PATH/dir.app"
is "Rootfs=" "$("$TOP/tests/launch.py" "$NAP" --root "$ROOT" --runroot "$RUNROOT" launch dir 2>&1)" 0
nap clean dir
is "is mapped, too" "$(stat -c %U:%G "$T/tree/x")" root:root
sed -i 's/^Rootfs=.*/&:O/' "$NAP_APPS_PATH/dir.app"
is "Rootfs=...:O" "$("$TOP/tests/launch.py" "$NAP" --root "$ROOT" --runroot "$RUNROOT" launch dir 2>&1)" 0
nap clean dir
rm "$NAP_APPS_PATH/dir.app"

# ---- what cannot be idmapped
mount -t ramfs none "$T/bind"
fails_with 125 "$T/bind: a file system of type ramfs, whose owners cannot be translated" \
	nap run --network none -v "$T/bind:/b" busybox:1.0 true
umount "$T/bind"
mkdir "$T/bind/sub" && mount -t ramfs none "$T/bind/sub"
fails_with 125 "$T/bind/sub: a file system of type ramfs" nap run --network none -v "$T/bind:/b" busybox:1.0 true
is "with noidmap it is mounted" "$(sh_in 'echo ok' -v "$T/bind:/b:noidmap")" ok
is "and without a user namespace" "$(nap run --network none --userns host -v "$T/bind:/b" busybox:1.0 echo ok)" ok
umount "$T/bind/sub"

# ---- volumes are the same for all
nap run --network none --userns host -v etc:/etc busybox:1.0 true
sh_in true -v etc2:/etc
is "filled from the image with its owners" "$(stat -c '%n %u:%g %a' "$ROOT"/volumes/etc2/* | sed s/etc2/etc/)" \
	"$(stat -c '%n %u:%g %a' "$ROOT"/volumes/etc/*)"
sh_in 'touch /v/a; chown 12 /v/a' -v shared:/v
is "and written by one, read by another" "$(sh_in 'stat -c %u /v/a' -v shared:/v)" 12
is "tmpfs" "$(sh_in 'stat -c %u:%g /t /u' --tmpfs /t --tmpfs /u:uid=3,gid=4)" $'0:0\n3:4'
is "--read-only" "$(sh_in 'touch /x' --read-only 2>&1)" "touch: /x: Read-only file system"
is "a working directory that is made is root's" "$(sh_in 'touch x && stat -c %U .' -w /made/here)" root

# ---- capabilities are good for what is its own
locked() { # COMMAND...: fails inside with CAP_SYS_ADMIN and without a filter
	sh_in "$* 2>/dev/null && echo done" --cap-add SYS_ADMIN --security-opt seccomp=unconfined
}
is "it may mount" "$(locked mount -t tmpfs x /tmp)" "done"
for command in "umount /proc/kallsyms" "umount /proc/sys" "umount /proc" "umount /sys" "mount -o remount,rw,bind /proc/sys" \
	"mount -o remount,rw,bind /sys" "mount -o remount,dev,bind /" "echo 1 >/proc/sys/vm/drop_caches" \
	"mount -t proc x /tmp" "mount --bind /proc/sys /tmp && echo 1 >/tmp/vm/drop_caches"; do
	is "locked: $command" "$(locked "$command")" ""
done
is "it names its own host" "$(sh_in 'hostname other; hostname' --cap-add SYS_ADMIN)" other
is "NET_ADMIN: its own network" "$(sh_in 'ifconfig lo 127.0.0.9 && ifconfig lo | grep -c 127.0.0.9' --cap-add NET_ADMIN)" 1
is "and nothing of the host's" "$(nap run --network host --userns auto --cap-add NET_ADMIN busybox:1.0 \
	sh -c 'ifconfig lo down && echo done' 2>/dev/null)" ""
ok "lo is up" ip link show lo up
is "no device can be made" "$(sh_in 'mknod /d c 1 3; echo $?' --cap-add MKNOD 2>/dev/null)" 1
like "the clock is the host's" "$(sh_in 'date -s @$(date +%s)' --cap-add SYS_TIME 2>&1)" "not permitted"
is "on the host's network it is the host's root, who may bind its ports" \
	"$(nap run --network host busybox:1.0 cat /proc/self/uid_map | base)" 0
is "--privileged is the host's root" "$(nap run --network none --privileged busybox:1.0 cat /proc/self/uid_map | base)" 0

# ---- streams, which are the host's, can be opened again
is "pipes" "$(sh_in 'echo a >/dev/stdout; echo b >/dev/stderr; echo c >>/proc/self/fd/1' 2>&1)" $'a\nb\nc'
sh_in 'echo f >/dev/stdout' -u 1000 >"$T/file"
is "a file, as another user" "$(cat "$T/file")" f
is "within a pipeline they are the pipeline's" "$(sh_in 'echo x >/dev/stdout | sed s/x/y/')" y
is "nothing is lost" "$(sh_in 'head -c 10000000 /dev/zero >/dev/stdout' | { sleep 0.3; wc -c; })" 10000000
sh_in yes | head -1 >/dev/null
is "who writes when nobody reads is told" "${PIPESTATUS[0]}" 141
is "the order stays" "$(sh_in 'for i in 1 2 3 4 5 6 7 8; do echo $i; echo $i >&2; done' 2>&1 | uniq -c | awk '{ n += $1 == 2 } END { print n }')" 8

# ---- ranges: of an app for good, of others each its own
app() { # NAME: its first id
	printf '[Container]\nImage=busybox:1.0\nExec=cat /proc/self/uid_map\nUserNS=auto\nNetwork=none\n' \
		>"$NAP_APPS_PATH/$1.app"
	"$TOP/tests/launch.py" "$NAP" --root "$ROOT" --runroot "$RUNROOT" launch "$1" 2>&1 | base
	nap clean "$1"
}
web=$(app web) db=$(app db)
ok "two apps have two ranges" test "$web" != "$db"
is "an app has the same again" "$(app web)" "$web"
rm -rf "$RUNROOT"
is "also after a reboot" "$(app web)" "$web"
is "it is noted in the store" "$(readlink "$ROOT/ids/$web")" web
rm "$NAP_APPS_PATH/db.app"
nap prune -f >/dev/null
is "until the app is no more" "$(ls "$ROOT/ids")" "$web"
nap run --network none busybox:1.0 true
mount --bind "$T/subuid" /etc/subuid 2>/dev/null || { echo "other:$web:65536" >"$T/subuid"; touch /etc/subuid; mount --bind "$T/subuid" /etc/subuid; }
unlike "not where /etc/subuid gives it to another" "$(app web 2>&1)" "^$web$"
umount /etc/subuid

before=$(world)
for i in {1..50}; do
	sh_in 'cat /proc/self/uid_map; cat' -i --name "many$i" <"$T/go" >"$T/many.$i" 2>&1 &
done
exec 9>"$T/go"
all_told() { [ "$(cat "$T"/many.* | grep -c 65536)" = 50 ]; }
wait_for all_told
is "50 at once have 50" "$(cat "$T"/many.* | base | sort -u | wc -l)" 50
exec 9>&-
wait
same_world "and give them back" "$before"

# ---- a nap that is killed, wherever it is
for call in symlinkat:1 symlinkat:2 clone:1 clone:2 write:2 mount_setattr:1 openat:20 mkdirat:1 setfsuid:1 unshare:1 setns:2 \
	unshare:2 setresuid:1 sendmsg:2 execveat:1; do
	(strace -f -qq -o /dev/null -e "trace=${call%:*}" -e "inject=${call%:*}:signal=KILL:when=${call#*:}" \
		"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none --name killed busybox:1.0 true) >/dev/null 2>&1
	nap clean killed
done
same_world "leaves nothing that nap clean does not find" "$before"
finish
