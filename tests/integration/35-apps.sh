#!/bin/bash
# SPDX-License-Identifier: MIT
# What an app finds of its [Container] keys, started by nap launch as systemd starts it (launch.py is
# systemd here). Which spec each key gives is in unit/test-spec-app.c; this is what comes of it.
. "$(dirname "$0")/lib.sh"
needs jq python3 strace
corpus payload
load payload/oci-gz
export NAP_APPS_PATH=$T/apps
mkdir -p "$NAP_APPS_PATH"

write_app() { # NAME LINE...
	{ echo "[Container]"; printf '%s\n' "${@:2}"; } >"$NAP_APPS_PATH/$1.app"
}
launch() { # NAME: runs it to its end; the messages to systemd are in $T/notify then
	"$TOP/tests/launch.py" "$NAP" --root "$ROOT" --runroot "$RUNROOT" launch "$1" 3>"$T/notify" 2>&1
	local r=$?
	nap clean "$1"
	return $r
}
app() { # LINE...: an app of the payload image, what it prints
	write_app x Image=payload:1.0 "$@"
	launch x
}
sh_app() { # SCRIPT LINE...
	app "Exec=sh -c \"$1\"" "${@:2}"
}
refused() { # REGEX LINE...: nap launch exits with 78 after a message that names the place
	local out r

	out=$(app "${@:2}" Exec=true)
	r=$?
	like "refused: ${*:2}" "$r $out" "^78 nap: $1"
	like "and systemd is told" "$(cat "$T/notify")" "STATUS=$1"
}

app Exec=true # what is made once is made now
before=$(world)

# ---- the process
app "Exec=sh -c 'exit 42'"
is "the exit status is the app's" $? 42
is "systemd hears of its process when it runs" "$(sed 's/[0-9][0-9]*/N/' "$T/notify" | paste -sd' ')" \
	"MAINPID=N READY=N BARRIER=N"
is "Exec with quotes" "$(app "Exec=printf '%%s.' 'a b' \"c\" d\\x2fe")" "a b.c.d/e."
is "Entrypoint" "$(app "Entrypoint=[\"/bin/echo\",\"a  b\"]" Exec=c)" "a  b c"
is "User, Group, GroupAdd" "$(app "Exec=/payload report ids" User=5 Group=6 GroupAdd=extra GroupAdd=99 | grep -E '^(groups|uid|gid)' |
	paste -sd' ')" "uid=5 5 5 gid=6 6 6 groups=6 99 2000"
is "WorkingDir" "$(app Exec=pwd WorkingDir=/data)" /data
is "HostName" "$(app Exec=hostname HostName=web7)" web7
is "by default the app's name" "$(app Exec=hostname)" x
is "RunInit=yes: the app is PID 2" "$(app "Exec=/payload report ids" RunInit=yes | grep ^pid)" pid=2
is "RunInit=no: PID 1" "$(app "Exec=/payload report ids" RunInit=no | grep ^pid)" pid=1
is "Ulimit" "$(sh_app 'ulimit -n; ulimit -c' Ulimit=nofile=99:100)" $'99\n0'
is "a limit of the unit is left alone" "$(ulimit -n 77; sh_app 'ulimit -n' '[Service]' LimitNOFILE=77)" 77
is "standard input is what systemd gave" "$(echo given | app Exec=cat)" given

# ---- environment
printf 'A=file\nB=file\n' >"$NAP_APPS_PATH/x.env"
is "Environment and EnvironmentFile" "$(FROM_HOST=here sh_app 'echo $A,$B,$FROM_HOST,$OVERRIDE' EnvironmentFile=x.env \
	"Environment=B=key FROM_HOST")" "file,key,here,image"
is "nothing else comes along" "$(FROM_HOST=here sh_app 'echo $FROM_HOST')" ""
is "EnvironmentHost, without what is about nap" "$(FROM_HOST=here LISTEN_FDNAMES=x sh_app \
	'echo $FROM_HOST ${NOTIFY_SOCKET-unset} ${LISTEN_FDNAMES-unset}' EnvironmentHost=yes)" "here unset unset"
is "HttpProxy" "$(http_proxy=p FROM_HOST=here sh_app 'echo $http_proxy$FROM_HOST' HttpProxy=yes)" p

# ---- files
mkdir -p "$NAP_APPS_PATH/html"
echo page >"$NAP_APPS_PATH/html/index"
is "Volume beside the definition" "$(app "Exec=cat /www/index" Volume=./html:/www:ro)" page
is "Mount beside the definition" "$(app "Exec=cat /www/index" Mount=type=bind,src=./html,dst=/www)" page
app "Exec=touch /data/kept" Volume=box.volume:/data
is "a volume outlives the app" "$(app "Exec=ls /data" Volume=box:/data | paste -sd' ')" "file kept"
is "what else it writes does not" "$(sh_app 'touch /made; ls -d /made'; sh_app 'ls -d /made 2>/dev/null')" /made
is "Tmpfs begins with what the image has" "$(app "Exec=cat /data/file" Tmpfs=/data)" "from the image"
is "ReadOnly" "$(app "Exec=/payload write /x /run/x /tmp/x /var/tmp/x" ReadOnly=yes | paste -sd' ')" \
	"write./x=EROFS write./run/x=ok write./tmp/x=ok write./var/tmp/x=ok"
is "ReadOnlyTmpfs=no" "$(app "Exec=/payload write /tmp/x" ReadOnly=yes ReadOnlyTmpfs=no)" write./tmp/x=EROFS
is "what is below is mounted on it" "$(sh_app 'cat /run/www/index; touch /run/x && echo ok' ReadOnly=yes Volume=./html:/run/www)" \
	$'page\nok'
is "ShmSize" "$(sh_app 'grep -o size=8192k /proc/mounts' ShmSize=8m)" size=8192k
is "AddDevice of what is not there" "$(sh_app 'ls /dev/a /dev/null' AddDevice=-/dev/a AddDevice=/dev/zero:/dev/z 2>/dev/null |
	grep -v ^ls:)" /dev/null

# ---- the time zone
zone=/usr/share/zoneinfo/Asia/Tokyo
[ -e "$zone" ] || [ -z "${CI:-}" ] || fail "there is no $zone"
if [ -e "$zone" ]; then
	is "Timezone" "$(sh_app 'date +%%Z; md5sum </etc/localtime' Timezone=Asia/Tokyo)" $'JST\n'"$(md5sum <$zone)"
	is "Timezone cannot be written" "$(app "Exec=/payload write /etc/localtime" Timezone=Asia/Tokyo)" write./etc/localtime=EROFS
else
	skip "Timezone" "no time zones on this machine"
fi
refused 'x.app:3: Timezone=: "Mars/Phobos": not a time zone' Timezone=Mars/Phobos
refused 'x.app:3: Timezone=: "Asia": not a time zone' Timezone=Asia

# ---- a directory for the root
tree=$T/tree
mkdir -p "$tree/bin" "$tree/etc" "$tree/usr/share/zoneinfo"
cp "$(command -v busybox)" "$tree/bin/sh"
ln "$tree/bin/sh" "$tree/bin/cat"
ln "$tree/bin/sh" "$tree/bin/md5sum"
echo utc >"$tree/usr/share/zoneinfo/UTC"
ln -s /usr/share/zoneinfo/UTC "$tree/etc/localtime"
root_app() { # ROOTFS SCRIPT LINE...
	write_app r "Rootfs=$1" "Exec=/bin/sh -c \"$2\"" "${@:3}"
	launch r
}
is "Rootfs" "$(root_app "$tree" 'echo from inside >/made; echo /m*')" /made
is "is written to" "$(cat "$tree/made")" "from inside"
rm "$tree/made"
listing=$("$TOP/tests/treelist" "$tree")
is "Rootfs with :O" "$(root_app "$tree:O" 'echo x >/made; echo /m*')" /made
is "is not" "$("$TOP/tests/treelist" "$tree")" "$listing"
is "Rootfs and ReadOnly" "$(root_app "$tree" 'echo x >/made' ReadOnly=yes ReadOnlyTmpfs=no | grep -c 'Read-only')" 1
if [ -e "$zone" ]; then
	is "a time zone takes the place of a link, and leaves what it leads to" "$(root_app "$tree:O" \
		'cat /usr/share/zoneinfo/UTC; md5sum </etc/localtime' Timezone=Asia/Tokyo)" $'utc\n'"$(md5sum <$zone)"
	is "nothing comes of it outside" "$("$TOP/tests/treelist" "$tree")" "$listing"
fi
write_app r "Rootfs=$tree:O" "Exec=/bin/sh -c 'read x'"
mkfifo "$T/fifo"
launch r <>"$T/fifo" >"$T/out" &
wait_for nap exec r /bin/sh -c :
is "nap ps has one" "$(nap ps --json | jq -r '.[] | [.Name, .Image] | join(" ")')" "r $tree"
is "nap inspect, without an image" "$(nap inspect --json r | jq -c '.[0] | [.ImageName, .Image, .spec.rootfs]')" \
	"[\"$tree\",null,\"$tree\"]"
is "nap exec" "$(nap exec r /bin/sh -c 'echo inside')" inside
echo >"$T/fifo"
wait
like "Rootfs that is not there" "$(root_app "$T/nowhere" true; echo $?)" "^nap: open the root directory $T/nowhere: No such"

# ---- confinement
is "capabilities" "$(sh_app 'grep ^CapEff /proc/self/status' DropCapability=all 'AddCapability=CHOWN KILL')" \
	$'CapEff:\t0000000000000021'
is "NoNewPrivileges=no" "$(sh_app 'grep ^NoNewPrivs /proc/self/status' NoNewPrivileges=no)" $'NoNewPrivs:\t0'
printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":5}]}' \
	>"$NAP_APPS_PATH/filter.json"
like "SeccompProfile beside the definition" "$(sh_app 'mkdir /x' SeccompProfile=filter.json)" 'Input/output error'
is "Mask and Unmask" "$(sh_app 'cat /etc/passwd; ls /data; test -c /proc/keys || echo keys' Mask=/etc/passwd:/data Unmask=/proc/keys)" keys
is "Sysctl" "$(app "Exec=cat /proc/sys/net/core/somaxconn" Sysctl=net.core.somaxconn=77)" 77
is "Network=none" "$(sh_app 'ls /sys/class/net' Network=none)" lo
is "Network=host" "$(sh_app 'readlink /proc/self/ns/net' Network=host)" "$(readlink /proc/self/ns/net)"

# ---- what is kept about it
write_app kept Image=payload:1.0 "Exec=sleep 1000" "Label=a=1" "Annotation=n=2"
launch kept >/dev/null &
wait_for nap exec kept true
is "labels and annotations" "$(nap inspect --json kept | jq -c '.[0] | [.Config.Labels.a, .spec.annotations[0]]')" '["1","n=2"]'
is "nap exec has the app's user and environment" "$(nap exec kept sh -c 'echo $HOSTNAME')" kept
nap kill -s KILL kept >/dev/null
wait

# ---- the image
cp -r "$CORPUS/payload/oci-raw" "$T/library"
is "an archive beside the definition" "$(ln -s "$CORPUS/payload/oci-raw.tar" "$NAP_APPS_PATH/p.tar"; write_app i Image=./p.tar "Exec=echo ran"; launch i)" ran
write_app i Image=x/library Exec=true
mkdir "$T/x" && mv "$T/library" "$T/x"
like "a name is no path of the working directory" "$(cd "$T" && launch i; echo $?)" $'^nap: .*x/library.*\n(hint.*\n)?78$'

mkdir "$T/programs"
cp "$NAP" "$T/programs"
printf '#!/bin/sh\nls /proc/self/fd >%s\nexit 1\n' "$T/fds" >"$T/programs/nap-image"
chmod +x "$T/programs/nap-image"
write_app i Image=./p.tar Exec=true
NAP=$T/programs/nap launch i 7</dev/null >"$T/out"
is "who loads it has not what systemd passed for the app" "$? $(grep -cx 7 "$T/fds")" "78 0"

# ---- what is wrong
write_app x Image=payload:1.0 Exec=true PidMode=host
"$TOP/tests/launch.py" strace -D -qq -o /dev/null -e trace=unshare -e inject=unshare:error=EPERM:when=1 \
	"$NAP" --root "$ROOT" --runroot "$RUNROOT" launch x 3>"$T/notify" >"$T/out" 2>&1
is "one process tells why, of two" "$? $(cat "$T/out" "$T/notify")" \
	$'226 nap: make the namespaces: Operation not permitted\nSTATUS=make the namespaces: Operation not permitted'
nap clean x
refused 'x.app:4: Volume=: "b:/y": something is mounted' Volume=a:/y Volume=b:/y
refused 'x.app:3: EnvironmentFile=: .*/nowhere: No such file' EnvironmentFile=nowhere
refused 'x.app:3: Notify=: "healthy": there is no health check' Notify=healthy
app Exec=true AppArmor=nap-nosuch >/dev/null
is "an AppArmor profile that is not there" $? 231
app Exec=true User=nosuch >"$T/out"
is "a user that the image does not have" "$? $(cat "$T/out")" '217 nap: no user "nosuch" in the image'
rm -r "$ROOT/volumes/box"
same_world "nothing is left behind" "$before"
finish
