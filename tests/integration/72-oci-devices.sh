#!/bin/bash
# SPDX-License-Identifier: MIT
# /dev of a container of an engine: default devices, those of linux.devices, links, the console.
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/integration/oci-bundle.sh"
needs jq busybox
mkdir -m 700 "$ROOT"
before=$(world)

node="stat -c '%n %F %t:%T %a %u:%g'"
device() { # PATH TYPE MAJOR MINOR [MEMBERS]
	echo ".linux.devices += [{path: \"$1\", type: \"$2\", major: $3, minor: $4} + {${5:-}}]"
}
users=$(with_user 100000)

# ---- the default ones

wanted='null 1:3 666 0:0
zero 1:5 666 0:0
full 1:7 666 0:0
random 1:8 666 0:0
urandom 1:9 666 0:0
tty 5:0 666 0:0'
for filter in . "$users" 'del(.mounts[] | select(.destination == "/dev"))'; do
	says "default devices: ${filter:0:24}" "$filter" \
		"cd /dev && stat -c '%n %t:%T %a %u:%g' null zero full random urandom tty" "$wanted"
done
(umask 077; says "whatever the umask" . "cd /dev && stat -c '%n %t:%T %a %u:%g' null zero full random urandom tty" "$wanted")
says "they work" "$users" 'echo x >/dev/null; head -c 4 /dev/zero | wc -c; head -c 4 /dev/urandom | wc -c' $'4\n4'
# shellcheck disable=SC2016
says "links" . 'cd /dev && for i in fd stdin stdout stderr ptmx; do readlink $i; done' \
	$'/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx'
says "no links without proc" 'del(.mounts[] | select(.destination == "/proc")) | .linux.maskedPaths = []' \
	'cd /dev && ls -d fd stdin 2>/dev/null; readlink ptmx' pts/ptmx
bundle 'del(.mounts[] | select(.destination == "/dev")) | .process.args = ["sh", "-c", "stat -c %t:%T /dev/null /dev/zero"]'
echo "not a device" >"$BUNDLE/rootfs/dev/null" && ln -s /etc/passwd "$BUNDLE/rootfs/dev/zero"
is "what the image has in their place gives way" "$(oci run --bundle "$BUNDLE" "$ID" 2>&1)" $'1:3\n1:5'
forget

# ---- linux.devices

says "char" "$(device /dev/fuse c 10 229)" "$node /dev/fuse" '/dev/fuse character special file a:e5 666 0:0'
says "unbuffered is char" "$(device /dev/a u 10 229)" "$node /dev/a" '/dev/a character special file a:e5 666 0:0'
says "block" "$(device /dev/a b 7 3 'fileMode: 432, uid: 3, gid: 4')" "$node /dev/a" '/dev/a block special file 7:3 660 3:4'
says "FIFO" "$(device /dev/a p 0 0 'fileMode: 402')" "$node /dev/a" '/dev/a fifo 0:0 622 0:0'
says "set-id bits and all" "$(device /dev/a c 1 3 'fileMode: 4095')" "stat -c %a /dev/a" 7777
says "elsewhere, in directories that are made" "$(device /a/b/c c 1 3)" "$node /a/b/c; stat -c %a /a/b" \
	$'/a/b/c character special file 1:3 666 0:0\n755'
says "one of the default ones" "$(device /dev/null c 1 3 'fileMode: 384, uid: 9')" "$node /dev/null" \
	'/dev/null character special file 1:3 600 9:0'
for path in /dev/full //dev/../dev/./full; do
	says "another in the place of a default one: $path" "$(device $path c 1 5 'fileMode: 384, uid: 9')" \
		"$node /dev/full; stat -c '%n %t:%T' /dev/null; head -c 4 /dev/full | wc -c" \
		$'/dev/full character special file 1:5 600 9:0\n/dev/null 1:3\n4'
done
says "a FIFO there, in a user namespace" "$users | $(device /dev/full p 0 0)" "$node /dev/full" '/dev/full fifo 0:0 666 0:0'
refuses "two others there" "$(device /dev/full c 1 5) | $(device /dev/full c 1 3)" '/dev/full: File exists'
bundle "del(.mounts[] | select(.destination == \"/dev\")) | $(device /dev/full c 1 5) | .process.args = [\"stat\", \"-c\", \"%t:%T\", \"/dev/full\"]"
ln -s /etc/passwd "$BUNDLE/rootfs/dev/full"
is "another there, where the image has something else" "$(oci run --bundle "$BUNDLE" "$ID" 2>&1)" 1:5
forget
says "ptmx is that of devpts" "$(device /dev/ptmx c 5 2)" 'stat -L -c %t:%T /dev/ptmx; readlink /dev/ptmx' $'5:2\npts/ptmx'
says "owners in a user namespace" "$users | $(device /dev/a c 1 3 'fileMode: 384, uid: 9, gid: 8')" \
	"$node /dev/a; echo >/dev/a && echo works" $'/dev/a character special file 1:3 600 9:8\nworks'
bundle "$(device /data/a c 1 5 'fileMode: 384, uid: 9') | .process.args = [\"stat\", \"-c\", \"%a %u\", \"/data/a\"]"
mknod -m 666 "$BUNDLE/rootfs/data/a" c 1 5
is "the image's own, changed" "$(oci run --bundle "$BUNDLE" "$ID" 2>&1)" "600 9"
forget
for make in 'mknod DIR/a c 1 3' 'mkfifo DIR/a' 'touch DIR/a' 'mkdir DIR/a' 'ln -s /dev/zero DIR/a'; do
	bundle "$(device /data/a c 1 5)"
	eval "${make//DIR/$BUNDLE/rootfs/data}"
	like "what does not match is an error: ${make%% *}" "$(oci create --bundle "$BUNDLE" "$ID" 2>&1)" '/data/a: File exists'
	forget
done

# ---- what is the host's

mkdir "$T/dev" && mknod -m 640 "$T/dev/null" c 1 3 && chown 3:4 "$T/dev/null"
says "a node that was bound" "$users | .mounts += [{destination: \"/dev/null\", type: \"bind\", source: \"$T/dev/null\", options: [\"bind\"]}]
	| $(device /dev/null c 1 3 'fileMode: 438')" 'stat -c %a /dev/null' 640
says "one in a directory that was bound" "$users | .mounts += [{destination: \"/d\", type: \"bind\", source: \"$T/dev\", options: [\"bind\"]}]
	| $(device /d/null c 1 3 'fileMode: 438')" 'stat -c %a /d/null' 640
full=".mounts += [{destination: \"/dev/full\", type: \"bind\", source: \"$T/dev/null\", options: [\"bind\"]}]"
says "one in the place of a default one" "$full" 'stat -c "%t:%T %a" /dev/full' '1:3 640'
refuses "and still another device there" "$full | $(device /dev/full c 1 5)" '/dev/full: File exists'
is "keep their owner and mode" "$(stat -c '%a %u:%g' "$T/dev/null")" "640 3:4"
says "a /dev that is bound is left as it is" ".mounts |= map(select(.destination | startswith(\"/dev\") | not))
	| .mounts += [{destination: \"/dev\", type: \"bind\", source: \"$T/dev\", options: [\"bind\"]}]" 'ls /dev' null
is "also outside" "$(ls "$T/dev")" null
rm -r "${T:?}/dev"

# ---- the console

bundle '.process.terminal = true | .process.user.uid = 1000
	| .process.args = ["sh", "-c", "tty; stat -c %t:%T,%u /dev/console /proc/self/fd/0 -L; echo there >/dev/console"]'
like "the console is its terminal" "$(script -qec "'$RUNTIME' --root '$STATE' run --bundle '$BUNDLE' $ID" /dev/null 2>&1 </dev/null | tr -d '\r')" \
	$'/dev/(console|pts/0)\n.*88:0,1000\n88:0,1000\nthere'
forget
bundle '.process.terminal = true | del(.mounts[] | select(.destination == "/dev/pts"))'
like "no terminal without a devpts" "$(oci create --bundle "$BUNDLE" --console-socket "$T/none" "$ID" 2>&1)" '/dev/pts|console'
forget

same_world "nothing is left" "$before"
finish
