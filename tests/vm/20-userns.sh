#!/bin/bash
# SPDX-License-Identifier: MIT
# User namespaces on a kernel that mounts no overlay of layers that are nowhere (before Linux 6.15) and
# cannot idmap a tmpfs (before 6.3): the store stays what it is, and the host sees nothing of it.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images busybox payload many
run busybox:1.0 true # what is made once is made now
before=$(world)
listing() {
	find "$ROOT" -path "$ROOT/ids" -prune -o -path "$ROOT/volumes" -prune -o \
		\( -type d -printf '%p %U:%G %m\n' -o -printf '%p %U:%G %m %s %T@\n' \) | LC_ALL=C sort
}
store=$(listing)
mounts() { cut -d' ' -f4- /proc/self/mountinfo; }
mounted=$(mounts)
first() { awk '{ print $2 }'; }
in_many() { run many:1.0 sh -c "$@"; }

# ---- whose ids
for image in busybox many; do
	map=$(run "$image:1.0" cat /proc/self/uid_map)
	like "$image: 65536 ids of its own, by default" "$map" '^ +0 +[0-9]{6,10} +65536$'
	ok "$image: where systemd has containers" test $(($(first <<<"$map") % 65536)) = 0
	is "$image: the files are root's" \
		"$(run "$image:1.0" sh -c 'find / -xdev ! -user root ! -path /proc ! -path /sys; id -u; stat -c %U /dev/* | sort -u')" \
		$'0\nroot'
done
is "UserNS=host has those of the host" "$(run --userns host many:1.0 cat /proc/self/uid_map | first)" 0
is "another owner, another user" "$(run -u app payload:1.0 sh -c 'stat -c %u:%g /data /data/file; id -u')" $'1000:1000\n0:0\n1000'
is "120 layers, read and written" \
	"$(in_many 'ls /layers | wc -l; echo new >/last; cat /last; mv /layers /moved && rm -r /moved; stat -c %u /last')" \
	$'120\nnew\n0'
is "as before in the next one" "$(in_many 'cat /last; ls /layers | wc -l')" $'119\n120'
is "a file that is copied up keeps its owner" \
	"$(run payload:1.0 sh -c 'echo x >>/data/file; chmod 700 /data; stat -c %u:%g /data /data/file')" $'1000:1000\n0:0'
is "the host has mounted what it had" "$(mounts)" "$mounted"

# ---- while one runs
mkdir "$T/bind"
run -v data:/data -v "$T/bind:/bind" --tmpfs /t:uid=5 --name one many:1.0 \
	sh -c 'touch /data/file /bind/file /t/file /new; chown 7:8 /data/file /bind/file /t/file /new; echo ready; exec sleep 1000' \
	>"$T/out" &
wait_for grep -q ready "$T/out"
id=$(nap exec one cat /proc/self/uid_map | first)
like "nap exec has the same ids" "$id" '^[0-9]{6,10}$'
is "and sees the same owners" "$(nap exec one stat -c %u:%g /data/file /bind/file /t /t/file /new | paste -sd' ')" "7:8 7:8 5:0 7:8 7:8"
is "as another user" "$(nap exec -u 33:44 one id -u)" 33
is "named volumes and binds have them on disk" \
	"$(stat -c %u:%g "$ROOT/volumes/data/file" "$T/bind/file" | paste -sd' ')" "7:8 7:8"
is "what is thrown away has those of the range" "$(stat -c %u "$ROOT/containers/one/upper/new")" $((id + 7))
is "the host has mounted what it had meanwhile" "$(mounts)" "$mounted"
ok stop nap stop -t 0 one
wait

# ---- tmpfs of the host, and nap's own files, which lie on one
mkdir /run/tmpfs
echo host >/run/tmpfs/file
fails_with 125 '/run/tmpfs: a file system of type tmpfs, whose owners cannot be translated' \
	nap run --network none -v /run/tmpfs:/b busybox:1.0 true
fails_with 125 '/run/tmpfs/file: a file system of type tmpfs' nap run --network none -v /run/tmpfs/file:/b busybox:1.0 true
is "the hint has the way out" "$(run -v /run/tmpfs:/b busybox:1.0 true 2>&1 | grep -c 'hint.*noidmap.*UserNS=host')" 1
is "noidmap" "$(run -v /run/tmpfs:/b:noidmap busybox:1.0 sh -c 'cat /b/file; stat -c %u /b/file')" $'host\n65534'
is "UserNS=host" "$(run --userns host -v /run/tmpfs:/b busybox:1.0 sh -c 'echo more >>/b/file; stat -c %u /b/file')" 0
is "/etc/hosts and its like are root's" \
	"$(run busybox:1.0 sh -c 'echo >>/etc/hosts; stat -c %u /etc/hosts /etc/resolv.conf /etc/hostname | sort -u')" 0
is "/dev/stdout can be opened again" "$(run -u 1000 busybox:1.0 sh -c 'echo a >/dev/stdout; echo b >/dev/stderr' 2>&1)" $'a\nb'
printf '[Store]\nScratchPath=/run/tmpfs/scratch\n' >/run/nap/nap.conf
is "a volume without a name on a tmpfs" \
	"$(run -v /data -v /empty payload:1.0 sh -c 'touch /data/x; stat -c %u:%g /data /data/file /data/x /empty')" \
	$'1000:1000\n0:0\n0:0\n0:0'
is "goes with the container" "$(ls /run/tmpfs/scratch/containers)" ""
rm -r /run/nap/nap.conf /run/tmpfs

# ---- an app
apps <<-APPS
	# web.app
	[Container]
	Image=payload:1.0
	Exec=/payload serve web 80
	PublishPort=8080:80
	# dir.app
	[Container]
	Rootfs=$T/tree
	Exec=sh -c 'stat -c %%u / /file; touch /made'
	Network=none
	# over.app
	[Container]
	Rootfs=$T/tree:O
	Exec=sh -c 'stat -c %%u / /file; touch /thrown'
	Network=none
	# told.app
	[Container]
	Image=payload:1.0
	User=app
	Exec=/payload report credentials
	Network=none
	[Service]
	SetCredential=token:hush
	RemainAfterExit=yes
APPS
remember app@{dir,over,told}
ok "start" systemctl start app@web
pid=$(main_pid web)
id=$(first <"/proc/$pid/uid_map")
logs "it serves" web '^ready$'
is "a published port" "$(busybox nc -w 60 127.0.0.1 8080 </dev/null | cut -d' ' -f1)" web
is "its ids are those it has for good" "$(readlink "$ROOT/ids/$id")" web
ok restart systemctl restart app@web
is "also then" "$(first <"/proc/$(main_pid web)/uid_map")" "$id"
ok stop systemctl stop app@web
mkdir -p "$T/tree"/{bin,proc,sys,dev,etc}
cp /bin/busybox "$T/tree/bin/busybox" && for i in sh stat touch; do ln -s busybox "$T/tree/bin/$i"; done
touch "$T/tree/file" && chown 12 "$T/tree/file"
for i in dir over; do
	systemctl start app@$i
	becomes "Rootfs= of $i" "inactive success" props $i ActiveState Result
	is "has its owners" "$(log $i | grep -E '^[0-9]+$' | paste -sd' ')" "0 12"
done
is "and what it makes as well" "$(stat -c %u "$T/tree/made"; stat "$T/tree/thrown" 2>&1 | wc -l)" $'0\n1'
ok "start with a credential" systemctl start app@told
logs "it is the user's" told '^credentials\.token=hush 04[04]0 1000$'
forget web dir over told
nap prune -f >/dev/null

# ---- kept, removed, killed
run --keep --name kept many:1.0 sh -c 'echo kept >/last; chown 9 /last'
is "what is kept has the ids of its range" "$(($(stat -c %u "$ROOT/containers/kept/upper/last") % 65536))" 9
ok rm nap rm kept
for call in mount:1 mount:2 move_mount:1 open_tree:2; do
	strace -f -qq -o /dev/null -e "trace=${call%:*}" -e "inject=${call%:*}:signal=KILL:when=${call#*:}" \
		"$NAP" run --network none --name killed busybox:1.0 true
	nap clean killed
done >/dev/null 2>&1
rm -r "$ROOT/volumes/data"
same_world "nothing is left, also of those that were killed" "$before"
is "the host has mounted what it had" "$(mounts)" "$mounted"
diff <(echo "$store") <(listing) >"$T/diff"
is "nothing in the store has changed" "$(head "$T/diff")" ""
finish
