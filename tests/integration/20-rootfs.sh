#!/bin/bash
# SPDX-License-Identifier: MIT
# The root file system and what is mounted into it: layers, a throw-away upper, volumes, bind mounts,
# tmpfs, /dev, read-only roots, --keep.
. "$(dirname "$0")/lib.sh"
needs jq
corpus payload many edge

load payload/oci-gz payload/user many/oci-raw edge/oci-gz
/usr/bin/python3 "$TOP/tests/corpus/mkimage.py" oci "$T/repeated" repeated '{}' \
	"$CORPUS"/payload/layers/0{0,1,0}.tar
repeated=$(nap load -q "$T/repeated")
/usr/bin/python3 "$TOP/tests/corpus/mkimage.py" many "$T/tars" 498
/usr/bin/python3 "$TOP/tests/corpus/mkimage.py" oci "$T/most" most '{}' "$CORPUS"/payload/layers/0{0,1}.tar "$T"/tars/*
most=$(nap load -q --no-sync "$T/most")
run() { nap run --network none "$@"; }
mounted() { sed -nE "s#^mount=[0-9]+ [0-9]+ [^ ]+ [^ ]+ $1 (.*)#\1#p"; } # OPTIONS ... - TYPE SOURCE SUPER
nap run --network none payload:1.0 true # what is made once is made now
before=$(world)

# ---- layers and the upper
is "121 layers" "$(run many:1.0 sh -c 'cat /last; ls /layers | wc -l')" $'119\n120'
is "500 layers" "$(run "$most" sh -c 'cat /last; ls /layers | wc -l')" $'497\n498'
is "a layer that comes again" "$(run "$repeated" /payload write /tmp/x)" write./tmp/x=ok
is "whiteouts and opaque directories hide" "$(nap run --network none -v "$CORPUS/busybox/oci-raw:/x:ro" \
	--entrypoint /nothing edge:1.0 2>&1 | wc -l)" 1
root=$(run payload:1.0 /payload report mounts | mounted /)
like "the root is an overlay, nosuid and nodev" "$root" '^rw,nosuid,nodev[, ].* - overlay '
like "a throw-away upper is not synced" "$root" '[ ,=]volatile([ ,]|$)'
run payload:1.0 sh -c 'echo new >/etc/passwd; rm -r /data; mkdir /made'
is "what a container writes is gone with it" \
	"$(run payload:1.0 sh -c 'grep -c app /etc/passwd; cat /data/file; ls -d /made 2>&1')" \
	$'1\nfrom the image\nls: /made: No such file or directory'
is "the root belongs to the image" "$(run payload:1.0 stat -c '%a %u:%g' /)" "755 0:0"

# ---- --read-only
like "--read-only: the root" "$(run --read-only payload:1.0 /payload report mounts | mounted /)" '^ro,nosuid,nodev'
is "--read-only: writing" "$(run --read-only payload:1.0 /payload write /x /etc/x /dev/shm/x /tmp/x)" \
	$'write./x=EROFS\nwrite./etc/x=EROFS\nwrite./dev/shm/x=ok\nwrite./tmp/x=EROFS'
is "--read-only with a tmpfs" "$(run --read-only --tmpfs /tmp payload:1.0 /payload write /tmp/x)" write./tmp/x=ok

# ---- volumes
mkdir "$T/host" "$T/host/sub"
echo host >"$T/host/file"
is "-v HOST:DIR" "$(run -v "$T/host:/mnt" payload:1.0 cat /mnt/file)" host
run -v "$T/host:/mnt" payload:1.0 sh -c 'echo inside >/mnt/written'
is "-v is writable" "$(cat "$T/host/written")" inside
like "-v: nosuid, nodev" "$(run -v "$T/host:/mnt" payload:1.0 /payload report mounts | mounted /mnt)" \
	'^rw,nosuid,nodev'
is "-v HOST:DIR:ro" "$(run -v "$T/host:/mnt:ro" payload:1.0 /payload write /mnt/x)" write./mnt/x=EROFS
mount -t tmpfs sub "$T/host/sub"
is "ro is recursive" "$(run -v "$T/host:/mnt:ro" payload:1.0 /payload write /mnt/sub/x)" write./mnt/sub/x=EROFS
for propagation in private rprivate slave rslave shared rshared; do
	is "$propagation takes the mounts below along" "$(run -v "$T/host:/mnt:$propagation" payload:1.0 \
		grep -c ' /mnt/sub ' /proc/mounts)" 1
done
is "bind-nonrecursive does not" "$(run --mount "type=bind,src=$T/host,dst=/mnt,bind-nonrecursive" payload:1.0 \
	grep -c ' /mnt/sub ' /proc/mounts)" 0
umount "$T/host/sub"
is "-v of a file" "$(run -v "$T/host/file:/etc/motd:ro" payload:1.0 cat /etc/motd)" host
is "-v makes the mount point" "$(run -v "$T/host:/new/deep/dir" payload:1.0 cat /new/deep/dir/file)" host
is "-v through a symlink stays inside" \
	"$(run -v "$T/host:/sym_esc" edge:1.0 /x 2>&1 | wc -l; test -e /etc/passwd/file; echo $?)" $'1\n1'
run -v "$T/made:/mnt" payload:1.0 true
is "-v makes the host's directory, as docker does" "$(stat -c %F "$T/made")" directory
fails_with 125 "$T/nowhere" nap run --mount "type=bind,src=$T/nowhere,dst=/mnt" payload:1.0 true
fails_with 125 'volume' nap run -v a:b:c:d payload:1.0 true
fails_with 125 'volume' nap run -v "$T/host:relative" payload:1.0 true
fails_with 125 'volume' nap run -v "$T/host:/mnt:nonsense" payload:1.0 true
is "a bind source keeps its owner and mode" \
	"$(stat -c '%a %u' "$T/host"; run -u 1000 -v "$T/host:/mnt" payload:1.0 true; stat -c '%a %u' "$T/host")" \
	$'755 0\n755 0'

# ---- named volumes
is "a named volume begins with the image's files" "$(run -v vol:/data payload:1.0 cat /data/file)" 'from the image'
is "and its owner" "$(run -v vol:/data payload:1.0 stat -c %u:%g /data)" 1000:1000
run -v vol:/data payload:1.0 sh -c 'echo kept >/data/more'
is "and keeps what is written" "$(run -v vol:/elsewhere payload:1.0 cat /elsewhere/more)" kept
is "Volume= of the image is writable on a read-only root" \
	"$(run --read-only payload:user write /data/x)" write./data/x=ok
is "and is thrown away with the container" "$(find "$ROOT/volumes" -mindepth 1 -maxdepth 1 -printf '%f\n')" vol

# ---- --mount and --tmpfs
is "--mount type=bind" "$(run --mount "type=bind,src=$T/host,dst=/mnt,readonly" payload:1.0 sh -c 'cat /mnt/file; touch /mnt/x 2>&1')" \
	$'host\ntouch: /mnt/x: Read-only file system'
is "--mount type=volume" "$(run --mount type=volume,source=vol,target=/data payload:1.0 cat /data/more)" kept
like "--mount type=tmpfs" "$(run --mount type=tmpfs,destination=/t,tmpfs-size=1m,tmpfs-mode=700 payload:1.0 sh -c \
	'stat -c %a /t; grep " /t " /proc/mounts')" $'^700\n.* tmpfs [^ ]*nosuid,nodev,noexec.*size=1024k'
fails_with 125 'tmpfs-size' nap run --mount type=bind,src=/,dst=/t,tmpfs-size=1m payload:1.0 true
like "--tmpfs with options" "$(run --tmpfs /t:size=2m,mode=1750 payload:1.0 sh -c \
	'stat -c %a /t; grep " /t " /proc/mounts')" $'^1750\n.*nosuid,nodev.*size=2048k'
fails_with 125 'mount' nap run --mount type=nfs,src=x,dst=/y payload:1.0 true
fails_with 125 'mount' nap run --mount type=bind,dst=/y payload:1.0 true
fails_with 125 'mount' nap run --mount type=bind,src=/,dst=/y,wat=1 payload:1.0 true
fails_with 125 'tmpfs' nap run --tmpfs relative payload:1.0 true

# ---- /dev
is "/dev has what docker's has" "$(run payload:1.0 ls /dev | paste -sd' ')" \
	"core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero"
is "/dev/null works" "$(run -u app payload:1.0 sh -c 'echo x >/dev/null; stat -c %t:%T:%a /dev/null')" 1:3:666
like "/dev/shm is 64 MiB" "$(run payload:1.0 grep ' /dev/shm ' /proc/mounts)" 'nosuid,nodev,noexec.*size=65536k'
like "--shm-size" "$(run --shm-size 8m payload:1.0 grep ' /dev/shm ' /proc/mounts)" 'size=8192k'
fails_with 125 'shm-size' nap run --shm-size 8q payload:1.0 true
like "/dev is a small tmpfs" "$(run payload:1.0 grep ' /dev ' /proc/mounts)" '^[^ ]+ /dev tmpfs [^ ]*nosuid'
is "--device" "$(run --device /dev/zero:/dev/nul2 payload:1.0 stat -c %t:%T /dev/nul2)" 1:5
fails_with 125 '/dev/nosuch' nap run --device /dev/nosuch payload:1.0 true

# ---- files nap provides
like "/etc/hosts" "$(run --hostname h1 payload:1.0 cat /etc/hosts)" $'127.0.0.1[ \t]+localhost'
like "--add-host" "$(run --add-host db:10.1.2.3 payload:1.0 cat /etc/hosts)" $'10.1.2.3[ \t]+db'
fails_with 125 'add-host' nap run --add-host db payload:1.0 true
fails_with 125 'add-host' nap run --add-host db:1.2.3.400 payload:1.0 true
is "--dns" "$(run --dns 192.0.2.1 payload:1.0 grep -c '^nameserver 192.0.2.1$' /etc/resolv.conf)" 1
fails_with 125 'dns' nap run --dns nonsense payload:1.0 true

# ---- --keep
run --keep --name kept payload:1.0 sh -c 'echo x >/made'
like "--keep: ps -a shows it" "$(nap ps -a)" 'kept'
ok "rm" nap rm kept
unlike "after rm it is gone" "$(nap ps -a)" 'kept'

rm -r "$ROOT/volumes/vol" # a named volume outlives its containers
same_world "nothing is left" "$before"
finish
