#!/bin/bash
# SPDX-License-Identifier: MIT
# Units: what nap-generator and nap unit write of app files is what tests/app expects, systemd finds
# nothing wrong with it, and nothing that a file holds harms the units or the boot.
. "$(dirname "$0")/lib.sh"
needs systemd-analyze systemctl readelf strace

GENERATOR=$B/nap-generator
apps=/run/nap/apps units=/run/units vendor=$T/vendor etc=$T/etc
mkdir -p "$apps" "$vendor" "$etc"
export SYSTEMD_UNIT_PATH=$etc NAP_APPS_PATH=$apps
sed 's|^\(Exec[A-Za-z]*=-*\)[^ ]*/nap|\1/bin/true|' "$B/app@.service" >"$vendor/app@.service"
cp "$TOP/unitgen/systemd/app@.socket" "$vendor"

generate() { # [APP-FILE...]: from these alone, or else from those that are there
	[ $# = 0 ] || { rm -rf "${apps:?}"/* && cp -r "$@" "$apps"; }
	rm -rf "$units" && mkdir "$units"
	timed "$GENERATOR" "$units" >"$T/out" 2>"$T/err"
}

drop_in() { cat "$units/app@$1.service.d/50-nap.conf"; }

# systemd's own opinion of units; paths of programs are the template's business.
verify() { # UNIT...
	SYSTEMD_UNIT_PATH=$etc:$units:$vendor:/usr/lib/systemd/system systemd-analyze verify --man=no "$@" 2>&1 |
		grep -vE 'nap is not executable'
	return 0
}

# ---- the program

if [[ $B == *-san ]]; then
	skip "it needs no library" "sanitizers are libraries"
else
	is "it needs no library" "$(readelf -d "$GENERATOR" | grep -c NEEDED)" 0
fi

# ---- expected units

generate "$TOP"/tests/app/pass-*
is "it exits 0" $? 0
is "says nothing" "$(cat "$T/out" "$T/err")" ""
is "makes a drop-in for each app, and nothing else" "$(cd "$units" && find . -type f | LC_ALL=C sort)" \
	"$(cd "$TOP/tests/app" && for f in pass-*.app pass-*.container; do
		case $f in
		*"*"*) ;;
		*@.*) i=$(sed -n 's/^DefaultInstance=//p' "$f") && [ -n "$i" ] && echo "./app@${f%.*}$i.service.d/50-nap.conf" ;;
		*)
			echo "./app@${f%.*}.service.d/50-nap.conf"
			! grep -q ^Listen "$f" || echo "./app@${f%.*}.socket.d/50-nap.conf"
			;;
		esac
	done | LC_ALL=C sort)"
for want in "$TOP"/tests/app/*.drop-in "$TOP"/tests/app/*.socket-drop-in; do
	[ -e "$want" ] || continue
	name=${want##*/} kind=service
	[[ $want != *.socket-drop-in ]] || kind=socket
	same_file "$name" "$units/app@${name%.*}.$kind.d/50-nap.conf" "$want"
done
for want in "$TOP"/tests/app/*.service "$TOP"/tests/app/*.socket; do
	[ -e "$want" ] || continue
	name=${want##*/} option=
	[[ $want != *.socket ]] || option=--socket
	nap unit $option "${name%.*}" >"$T/got"
	same_file "nap unit $option ${name%.*}" "$T/got" "$want"
done
for dir in "$units"/app@*.service.d; do
	unit=${dir##*/} unit=${unit%.d}
	is "systemd finds nothing wrong with $unit" "$(verify "$unit")" ""
done
is "nor with its socket" "$(verify app@pass-web.socket)" ""

# ---- the operator's [Install]

enable_root() {
	rm -rf "$T/tree"
	mkdir -p "$T/tree/etc/systemd/system" "$T/tree/usr/lib/systemd/system" "$T/tree/run/systemd"
	cp "$vendor"/* "$T/tree/usr/lib/systemd/system"
	cp -r "$units" "$T/tree/run/systemd/generator"
}

links() { (cd "$T/tree/etc/systemd/system" && find . -type l | LC_ALL=C sort | tr '\n' ' '); }
ctl() { env -u SYSTEMD_UNIT_PATH systemctl --root="$T/tree" "$@"; }

enable_root
ok "systemctl enable app@pass-web" ctl enable app@pass-web.service
is "honours the app's [Install], and enables its sockets" "$(links)" \
	"./graphical.target.wants/app@pass-web.service ./multi-user.target.wants/app@pass-web.service ./sockets.target.wants/app@pass-web.socket "
ok "systemctl disable" ctl disable app@pass-web.service
is "takes it back" "$(links)" ""
printf '[Container]\nImage=x\n' >"$T/plain.app"
generate "$T/plain.app"
enable_root
ok "systemctl enable of an app without [Install]" ctl enable app@plain.service
is "starts it at boot" "$(links)" "./multi-user.target.wants/app@plain.service "

# ---- instances of templates

instances() { (cd "$units" && find . -name 'app@*@*' -printf '%f\n' | LC_ALL=C sort | tr '\n' ' '); }

sed '/^DefaultInstance/d' "$TOP/tests/app/pass-worker@.app" >"$T/w@.app"
generate "$T/w@.app"
is "a template alone has none" "$(instances)" ""
mkdir -p "$etc/a.target.wants" "$etc/b.service.requires" "$etc/app@w@three.service.d"
ln -s "$vendor/app@.service" "$etc/a.target.wants/app@w@one.service"
ln -s "$vendor/app@.service" "$etc/b.service.requires/app@w@two.service"
ln -s "$vendor/app@.service" "$etc/a.target.wants/app@other@one.service"
ln -s "$vendor/app@.service" "$etc/a.target.wants/app@w@*.service"
generate
is "what is enabled, or has a drop-in, is an instance" "$(instances)" \
	"app@w@one.service.d app@w@three.service.d app@w@two.service.d "
like "its specifiers are the app's" "$(drop_in w@one)" 'RequiresMountsFor=/srv/queues/one.*Environment=QUEUE=one'
printf '[Unit]\nAfter=w@four.app w@one.app no@one.app\n[Container]\nImage=x\nNetwork=app:w@five\n' >"$apps/x.app"
printf '[Unit]\nAfter=w@%%i.app\n[Container]\nImage=x\n[Install]\nDefaultInstance=six\n' >"$apps/y@.app"
rm -r "$etc/b.service.requires" "$etc/app@w@three.service.d"
generate
is "and what other apps name" "$(instances)" \
	"app@w@five.service.d app@w@four.service.d app@w@one.service.d app@w@six.service.d app@y@six.service.d "
is "systemd finds nothing wrong with an instance" "$(verify app@w@one.service)" ""
rm -rf "${etc:?}"/*

# ---- files that are wrong

printf '[Container]\nImage=x\nMemory=12Q\n' >"$T/broken.app"
generate "$T/broken.app" "$T/plain.app"
is "a broken file: exit 0" $? 0
is "nothing on stdout" "$(cat "$T/out")" ""
is "file, line and reason on stderr" "$(cat "$T/err")" 'nap: broken.app:3: Memory=: "12Q": not a size'
like "its unit says so" "$(drop_in broken)" 'Description=App broken \(broken: see nap check broken\).SourcePath=/run/nap/apps/broken.app'
is "and can be started, to fail with the reason" "$(verify app@broken.service)" ""
like "the others are as ever" "$(drop_in plain)" SourcePath=/run/nap/apps/plain.app

wrong() { # DESCRIPTION: the file x.app costs the app plain.app nothing
	cp "$T/plain.app" "$apps"
	generate
	is "$1: exit 0" $? 0
	is "$1: nothing on stdout" "$(cat "$T/out")" ""
	like "$1: the others are as ever" "$(drop_in plain)" SourcePath=
}

rm "${apps:?}"/*
head -c 100000 /dev/urandom >"$apps/x.app" && wrong "bytes"
printf 'a\0b' >"$apps/x.app" && wrong "a NUL"
: >"$apps/x.app" && wrong "an empty file"
rm "$apps/x.app" && mkdir "$apps/x.app" && wrong "a directory"
mkdir "$apps/plain.app.d" && mkfifo "$apps/plain.app.d/x.conf" && wrong "a FIFO as a drop-in of it"
rm -r "$apps/plain.app.d"
rmdir "$apps/x.app" && ln -s x.app "$apps/x.app" && wrong "a symlink to itself"
ln -sf /dev/null "$apps/x.app" && wrong "a mask"
rm "$apps/x.app" && mkfifo "$apps/x.app" && wrong "a FIFO"
rm "$apps/x.app" && { printf '[Container]\nImage=x\n'; yes 'Label=a=b'; } | head -c 3000000 >"$apps/x.app" &&
	wrong "three megabytes"
rm "$apps/x.app" && printf '[Container]\nImage=x\nExec=%s\n' "$(head -c 200000 /dev/zero | tr '\0' '(')" >"$apps/x.app" &&
	wrong "a long line"
printf '[Container]\nImage=x\n' >"$apps/..app" && wrong "a name that is none"
rm "$apps"/*.app "$apps/..app"

# Whatever a value is, the drop-in has the sections and keys that it should have.
keys() { drop_in "$1" | grep -E '^(\[|[A-Za-z]+=)' | sed 's/=.*//' | sort -u | tr '\n' ' '; }
evil=$'x\rExecStart=/bin/evil\r[Service]\rExecStartPre=/bin/evil'
{
	printf '[Unit]\nDescription=%s\n' "$evil"
	printf '[Container]\nImage=x\nLabel="a=%%%%n $HOME \x27 \\n[Service]\\nExecStart=/bin/evil"\n'
	printf 'Environment="A=\\n[Service]\\nExecStart=/bin/evil %%%%n"\n'
	printf 'Volume=/srv/%%%%n $x;y:/data\nReloadCmd=sh -c "a\\nExecStart=/bin/evil %%%%n $HOME" ; evil\n'
	printf '[Service]\nSyslogIdentifier=%s\nEnvironment=B=\\ \n' "$evil"
} >"$apps/x.app"
cp "$T/plain.app" "$apps"
generate
if grep -q . "$T/err"; then
	unlike "hostile values are refused" "$(drop_in x)" evil
else
	is "hostile values stay values" "$(keys x)" \
		"Description Environment ExecReload RequiresMountsFor SourcePath SyslogIdentifier [Install] [Service] [Unit] "
fi
is "systemd finds nothing wrong with them" "$(verify app@x.service)" ""
# what systemd would make of the command
printf '[Container]\nImage=x\nReloadCmd=sh -c "a\\nExecStart=/bin/evil %%%%n $HOME" ; evil\n' >"$apps/x.app"
generate
is "a command stays one command" "$(drop_in x | grep ExecReload)" \
	'ExecReload=/usr/bin/nap exec %i sh -c "a\x0aExecStart=/bin/evil %%n $$HOME" ";" evil'
rm "$apps"/*

# ---- places that are wrong

cp "$T/plain.app" "$apps"
mkdir -p "$T/full"
mount -t tmpfs -o nr_inodes=2 full "$T/full"
timed "$GENERATOR" "$T/full" >"$T/out" 2>"$T/err"
is "a full disk: exit 0" $? 0
like "it says what failed" "$(cat "$T/err")" 'nap: (make|write) app@plain.service.d.*No space left'
umount "$T/full"
mount -t tmpfs -o ro none "$T/full"
timed "$GENERATOR" "$T/full" >"$T/out" 2>"$T/err"
is "a directory that cannot be written: exit 0" $? 0
like "it says so" "$(cat "$T/err")" 'Read-only file system'
umount "$T/full"
timed "$GENERATOR" "$T/missing" >"$T/out" 2>"$T/err"
is "no directory: exit 0" $? 0
rm -rf "$units" && mkdir "$units"
mkdir -p "$units/app@plain.service.d/50-nap.conf"
timed "$GENERATOR" "$units" >"$T/out" 2>"$T/err"
is "a directory in the way: exit 0" $? 0
is "and no temporary file" "$(find "$units" -type f)" ""
rm -rf "$apps"
generate
is "no definitions at all: exit 0" $? 0
is "and nothing is made" "$(find "$units" -mindepth 1)" ""
mkdir "$apps"

# ---- a file appears as a whole

cp "$T/plain.app" "$apps"
rm -rf "$units" && mkdir "$units"
ASAN_OPTIONS=detect_leaks=0 strace -f -o "$T/trace" -e trace=openat,rename,renameat,renameat2 "$GENERATOR" "$units"
like "written beside, then renamed" "$(grep -E 'O_WRONLY|rename' "$T/trace")" \
	'50-nap.conf\.[0-9]+~".*rename.*50-nap.conf"'

# ---- a thousand apps

rm "$apps"/*
for i in {1..1000}; do cp "$TOP/tests/app/pass-web.app" "$apps/app-$i.app"; done
times >"$T/before"
generate
is "a thousand app files: exit 0" $? 0
times >"$T/after"
ms=$(($(spent_ms "$T/after") - $(spent_ms "$T/before")))
is "have their drop-ins" "$(find "$units" -name 50-nap.conf | wc -l)" 2000
limit=$((1000 * $(slowness)))
ok "within a second, or $limit ms on this machine ($ms ms)" test "$ms" -lt "$limit"
rm "$apps"/*

# ---- nap unit

printf '[Container]\nImage=x\n' >"$apps/plain.app"
fails_with 1 'there is no app "missing"' nap unit missing
fails_with 1 'listens on no socket' nap unit --socket plain
fails_with 2 'either one NAME' nap unit
fails_with 2 'either one NAME' nap unit --dir /tmp
fails_with 2 'either one NAME' nap unit --dir /tmp --out /tmp plain
in=$T/in out=$T/converted
mkdir "$in"
cat >"$in/foo.container" <<'A'
[Unit]
After=bar.container
[Container]
Image=x
ListenStream=80
[Install]
WantedBy=multi-user.target a.target
RequiredBy=b.service
Alias=fu.service
A
printf '[Container]\nImage=x\nServiceName=pub\n' >"$in/bar.app"
printf '[Container]\nImage=x\n[Install]\nWantedBy=a.target\n' >"$in/t@.container"
printf '[Container]\nImage=x\n[Install]\nWantedBy=a.target\nDefaultInstance=one\n' >"$in/d@.app"
printf '[Container]\nImage=x\n[Install]\nAlias=../up.service\n' >"$in/up.app"
printf 'broken\n' >"$in/zz.app"
printf '[Container]\nImage=hidden\n' >"$in/bar.container"
touch "$in/data.volume" "$in/all.pod"
nap unit --dir "$in" --out "$out" >"$T/out" 2>"$T/err"
is "nap unit --dir: a broken file fails" $? 1
is "with its place, and what is left out is told" "$(cat "$T/err")" "nap: warning: unit: $in/all.pod becomes no unit: Network=app:NAME shares a network, Slice= shares limits
nap: warning: unit: $in/data.volume becomes no unit: a volume is made when it is first used
nap: warning: unit: $in/bar.container is left out: $in/bar.app counts
nap: unit: $in/zz.app:1: \"broken\": not Key=Value
nap: unit: $in/up.app:4: Alias=: \"../up.service\": not the name of a unit"
is "the others are converted, [Install] is links" \
	"$(cd "$out" && find . ! -type d -printf '%P %l\n' | sed 's/ $//' | LC_ALL=C sort)" \
	"a.target.wants/d@one.service ../d@.service
a.target.wants/foo.service ../foo.service
b.service.requires/foo.service ../foo.service
d@.service
foo.service
foo.socket
fu.service foo.service
multi-user.target.wants/foo.service ../foo.service
pub.service
sockets.target.wants/foo.socket ../foo.socket
t@.service
up.service"
like "they name each other as units" "$(cat "$out/foo.service")" 'After=pub.service'
SYSTEMD_UNIT_PATH=$out:/usr/lib/systemd/system systemd-analyze verify --man=no foo.service foo.socket t@x.service 2>&1 |
	grep -v 'nap is not executable' >"$T/err"
is "systemd finds nothing wrong with them" "$(cat "$T/err")" ""
ok "once more, over what is there" sh -c '"$1" unit --dir "$2" --out "$3" 2>&1 | grep -c "^nap: unit" | grep -qx 2' - "$NAP" "$in" "$out"
mkdir "$T/alias"
printf '[Container]\nImage=x\n' >"$T/alias/a.app"
printf '[Container]\nImage=x\n[Install]\nAlias=a.service\n' >"$T/alias/b.app"
fails_with 1 'link a.service to b.service: there is a unit of this name' nap unit --dir "$T/alias" --out "$T/aliased"
ok "a unit does not give way to another's alias" test ! -L "$T/aliased/a.service"
finish
