#!/bin/bash
# SPDX-License-Identifier: MIT
# nap run: what of the image's configuration and of the options reaches the program, and with which
# exit code nap itself fails.
. "$(dirname "$0")/lib.sh"
needs jq strace
corpus payload busybox multi
load payload/oci-gz payload/user
run() { nap run --network none "$@"; }

# ---- the image's configuration
is "Cmd" "$(run payload:1.0 | grep -c ^status.)" "$(run payload:1.0 /payload report status | wc -l)"
is "Entrypoint and Cmd" "$(run payload:user)" $'arg.0=a b\narg.1=c'
is "Entrypoint and a command" "$(run payload:user args 1 '' '*')" $'arg.0=1\narg.1=\narg.2=*'
is "--entrypoint drops Cmd" "$(run --entrypoint /bin/echo payload:user)" ""
is "--entrypoint with arguments" "$(run --entrypoint /bin/echo payload:user x y)" "x y"
is "--entrypoint '' resets it" "$(run --entrypoint '' payload:user /bin/echo x)" x
is "WorkingDir" "$(run payload:1.0 pwd)" /work
is "-w" "$(run -w /data payload:1.0 pwd)" /data
is "-w makes the directory" "$(run -w /a/b/c payload:1.0 pwd)" /a/b/c
fails_with 125 'workdir|working' nap run -w relative payload:1.0 true
fails_with 125 '/payload' nap run -w /payload payload:1.0 true
is "PATH finds the command" "$(run payload:1.0 echo found)" found
is "the hostname" "$(run --hostname web7 payload:1.0 hostname)" web7
like "the hostname by default is the id" "$(run payload:1.0 hostname)" '^[0-9a-f]{12}$'
fails_with 125 'hostname' nap run --hostname 'a b' payload:1.0 true

# ---- environment
run payload:1.0 /payload report env >"$T/report"
is "Env of the image" "$(grep -c '^env=FROM_IMAGE=yes$' "$T/report")" 1
is "HOSTNAME and HOME" "$(grep -cE '^env=(HOSTNAME=[0-9a-f]{12}|HOME=/root)$' "$T/report")" 2
is "nothing of nap's own" "$(grep -cvE '^env=(PATH|FROM_IMAGE|OVERRIDE|HOSTNAME|HOME|container)=' "$T/report")" 0
is "HOME of a user" "$(run -u app payload:1.0 sh -c 'echo $HOME')" /home/app
is "-e overrides" "$(run -e OVERRIDE=option payload:1.0 sh -c 'echo $OVERRIDE')" option
is "-e with blanks, =, newline" "$(run -e $'A=b = c\nd' payload:1.0 sh -c 'echo "$A"')" $'b = c\nd'
is "-e NAME takes nap's own" "$(FROM_HERE=1 run -e FROM_HERE payload:1.0 sh -c 'echo $FROM_HERE')" 1
is "-e NAME that is not set" "$(run -e NOT_SET payload:1.0 sh -c 'echo ${NOT_SET-unset}')" unset
is "-e NAME that is not set unsets the image's" "$(run -e OVERRIDE payload:1.0 sh -c 'echo ${OVERRIDE-unset}')" unset
printf '# comment\nONE=1\nTWO=with blank\nFROM_HERE\n\n' >"$T/env"
is "--env-file" "$(FROM_HERE=2 run --env-file "$T/env" payload:1.0 sh -c 'echo $ONE $TWO $FROM_HERE')" "1 with blank 2"
is "-e wins over --env-file" "$(run -e ONE=e --env-file "$T/env" payload:1.0 sh -c 'echo $ONE')" e
fails_with 125 "$T/nowhere" nap run --env-file "$T/nowhere" payload:1.0 true
fails_with 125 'env' nap run -e =x payload:1.0 true

# ---- users
# The primary group is among the supplementary ones, so that leaving them out gains nothing
# (CVE-2022-36109).
ids() { run "$@" payload:1.0 /payload report ids | sed -nE 's/^(uid|gid)=([0-9]*).*/\2/p; s/^groups=//p' | paste -sd:; }
is "-u NAME" "$(ids -u app)" "1000:1000:1000 2000 2001"
is "-u UID" "$(ids -u 1000)" "1000:1000:1000 2000 2001"
is "-u UID without an entry" "$(ids -u 7777)" 7777:0:0
is "-u NAME:GROUP" "$(ids -u app:extra)" 1000:2000:2000
is "-u UID:GID" "$(ids -u 5:6)" 5:6:6
is "-u: digits are an id, never a name" "$(ids -u 1234)" 1234:0:0
is "root's groups" "$(run payload:1.0 /payload report ids | grep ^groups)" "groups=0 2001"
is "--group-add" "$(run --group-add extra --group-add 99 payload:1.0 /payload report ids | grep ^groups)" "groups=0 99 2000 2001"
for u in nosuch -1 4294967295 4294967296 app:nosuch ' 1' +1 0x1; do
	fails_with 125 'user|group' nap run -u "$u" payload:1.0 true
done
fails_with 125 'group' nap run --group-add nosuch payload:1.0 true

# ---- exit codes
for n in 0 1 42 125 127 255; do
	run payload:1.0 /payload exit $n
	is "exit $n" $? $n
done
for s in 1 6 9 15 31; do
	run payload:1.0 /payload kill $s 2>/dev/null
	is "killed by signal $s" $? $((128 + s))
done
fails_with 127 '/nosuch' nap run payload:1.0 /nosuch
fails_with 127 'nosuch' nap run payload:1.0 nosuch
fails_with 127 '/payload/x' nap run payload:1.0 /payload/x
fails_with 126 '/text' nap run payload:1.0 /text
fails_with 126 '/data' nap run payload:1.0 /data
fails_with 127 'bad-script' nap run payload:1.0 /bad-script
fails_with 125 'nosuch' nap run nosuch true
fails_with 125 'nosuch:9' nap run nosuch:9 true
fails_with 125 "$T/no.tar" nap run "$T/no.tar" true
fails_with 125 'name' nap run --name 'A b' payload:1.0 true
fails_with 125 '.' nap run -d payload:1.0 true
like "-d points at what is there instead" "$(nap run -d payload:1.0 true 2>&1)" 'systemd|app@|hint:'

# ---- IMAGE is an archive
is "an archive is loaded first" "$(run "$CORPUS/busybox/oci-gz.tar" echo loaded 2>/dev/null)" loaded
count=$(find "$ROOT" | wc -l)
is "once" "$(run "$CORPUS/busybox/oci-gz.tar" echo again 2>&1)" again
is "the store has not changed" "$(find "$ROOT" | wc -l)" "$count"
is "a layout directory too" "$(run "$CORPUS/busybox/oci-gz" echo loaded 2>/dev/null)" loaded
mkdir -p "$T/library/busybox"
is "a directory that only is called like an image is none" "$(cd "$T" && run library/busybox:1.0 echo loaded)" loaded
gzip -c "$CORPUS/busybox/oci-raw.tar" >"$T/a.tar.gz"
is "an archive by its bare name" "$(cd "$T" && run a.tar.gz echo loaded 2>&1)" loaded
is "IMAGE by id" "$(run "$(nap inspect --json payload:1.0 | jq -r '.[0].Id')" echo by-id)" by-id

is "-q: not a word of it" "$(run -q "$CORPUS/edge/oci-gz.tar" /nothing 2>&1 | grep -c layer)" 0
is "--platform chooses from it" "$(run -q --platform linux/arm64 "$CORPUS/multi" /nothing >/dev/null 2>&1; echo $?)" 127
fails_with 125 's390x' nap run --platform linux/s390x "$CORPUS/multi" true
fails_with 125 'platform' nap run --platform 'what?' "$CORPUS/multi" true

# ---- --rm and --keep
before=$(find "$ROOT/containers" | wc -l)
run --rm payload:1.0 true
run payload:1.0 true
is "--rm is the default" "$(find "$ROOT/containers" | wc -l)" "$before"
run --rm=false --name kept payload:1.0 sh -c 'exit 4'
like "--rm=false is --keep" "$(nap ps -a)" 'kept .*exited \(4\)'
ok "rm" nap rm kept

# ---- standard streams
is "-i: standard input" "$(echo text | run -i payload:1.0 cat)" text
is "without -i there is none" "$(echo text | run payload:1.0 cat)" ""
timed nap run -it --network none payload:1.0 sh </dev/null >"$T/out"
is "-it: the end of the input ends a shell" $? 0
run payload:1.0 sh -c 'echo out; echo err >&2' >"$T/out" 2>"$T/err"
is "stdout and stderr stay apart" "$(cat "$T/out") $(cat "$T/err")" "out err"
is "a large output" "$(run payload:1.0 dd if=/dev/zero bs=1M count=20 2>/dev/null | wc -c)" 20971520
ok "options after the image belong to the command" test "$(run payload:1.0 echo -e --rm -x)" = "--rm -x"

# ---- PID 1
# nap is the parent of both: the program's exit status is its own
is "--init" "$(run --init payload:1.0 /payload report ids | grep -E '^p?pid')" $'pid=2\nppid=0'
is "--init=false" "$(run --init=false payload:1.0 /payload report ids | grep -E '^p?pid')" $'pid=1\nppid=0'
is "an entrypoint that is an init gets no other" \
	"$(run --entrypoint /sbin/init payload:1.0 report ids | grep -E '^p?pid')" $'pid=1\nppid=0'
run --name orphans payload:1.0 /payload orphans 20 >"$T/out" &
app=$!
wait_for grep -q ready "$T/out"
zombies() { nap exec orphans sh -c 'grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null | wc -l'; }
becomes "the reaper leaves no zombies" 0 zombies
late() {
	strace -qq -o "$T/trace" -e trace=clone3 -e inject=clone3:delay_enter=100000:when=2 \
		"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none --userns host payload:1.0 "$@"
}
is "the reaper has a pidfd of an app that comes late" \
	"$(late sh -c 'until grep -q "^Seccomp_filters:.1" /proc/1/status; do :; done; ls /proc/1/fd')" 0
nap stop orphans >/dev/null
wait $app

# ---- --dry-run
before=$(world)
run --dry-run -e X=1 -w /data payload:1.0 /payload >"$T/spec"
ok "--dry-run prints JSON" jq -e . "$T/spec"
like "--dry-run: the spec" "$(jq -c . "$T/spec")" '"X=1".*|/data'
same_world "and nothing is started" "$before"
finish
