#!/bin/bash
# SPDX-License-Identifier: MIT
# Attacks from inside a container, and by images made to mislead: what others were broken by, and what
# this runtime's own design invites.
. "$(dirname "$0")/lib.sh"
needs jq
corpus payload
load payload/oci-gz
run() { nap run --network none "$@"; }
run payload:1.0 true
before=$(world)

# ---- PID 1 carries no filter of the app's, so nobody may take it over
ready='until grep -q Seccomp:.2 /proc/1/status; do :; done'
out=$(run payload:1.0 sh -c "$ready"'; /payload write /proc/1/mem; cat /proc/1/status; ls -l /proc/1/root; cat /proc/1/environ' 2>&1)
like "the memory of PID 1 cannot be written" "$out" 'write./proc/1/mem=E(ACCES|PERM)'
like "PID 1 has a filter" "$out" $'Seccomp:\t2'
like "and no capability" "$out" $'CapEff:\t0000000000000000'
out=$(run --cap-add SYS_PTRACE --security-opt seccomp=unconfined payload:1.0 sh -c "$ready; grep ^Seccomp: /proc/1/status")
is "its filter does not depend on the app's" "$out" $'Seccomp:\t2'

# ---- images that mislead: one layer more on top of the payload's, made of the directory $T/layer
mislead() { # NAME [CONFIG-MEMBERS]
	tar -C "$T/layer" -cf "$T/layer.tar" .
	if ! "$TOP/tests/corpus/mkimage.py" oci "$T/$1" "$1:1.0" \
		'{"Cmd":["true"],"Env":["PATH=/bin"]'"${2:+,$2}"'}' \
		"$CORPUS"/payload/layers/*.tar "$T/layer.tar" || ! nap load -q "$T/$1" >/dev/null; then
		fail "make the image $1"
	fi
	rm -rf "$T/layer" && mkdir "$T/layer"
	before=$(world)
}
mkdir "$T/layer"
touch "$T/then"
canary=$(find /etc /usr/bin /usr/sbin -newer "$T/then" 2>/dev/null | sort)

for place in proc sys dev; do
	rm -rf "$T/layer/$place" && ln -s /tmp "$T/layer/$place"
	mislead "link-$place"
	fails_with 125 "cannot mount.* $place" nap run --network none "link-$place:1.0"
done

mkdir -p "$T/layer/etc"
ln -s ../run/systemd/resolve/stub-resolv.conf "$T/layer/etc/resolv.conf"
ln -s /../../../run/made/hosts "$T/layer/etc/hosts"
mislead dangling
is "files of names through links that lead nowhere" \
	"$(run --dns 10.0.0.1 --add-host a:10.0.0.2 dangling:1.0 sh -c 'cat /run/systemd/resolve/stub-resolv.conf; grep 10.0 /etc/hosts')" \
	$'nameserver 10.0.0.1\n10.0.0.2\ta'
ok "the host has no such directory" test ! -e /run/systemd/resolve -a ! -e /run/made

mkdir -p "$T/layer/etc"
mkfifo "$T/layer/etc/passwd"
mislead fifo
fails_with 125 'passwd.*not a regular file' nap run --network none fifo:1.0
mkdir -p "$T/layer/etc"
truncate -s 2M "$T/layer/etc/passwd"
mislead huge
fails_with 125 'passwd.*[Ff]ile too large' nap run --network none -u app huge:1.0
mkdir -p "$T/layer/etc"
printf 'minus:x:-1:0::/:\nbig:x:4294967296:0::/:\nlast:x:4294967295:0::/:\nroot2:x:0x0:0::/:\n' >"$T/layer/etc/passwd"
mislead ids
for user in minus big last root2 -1 4294967295 4294967296 0x0 '+0' ' 0'; do
	fails_with 125 'user' nap run --network none -u "$user" ids:1.0
done

mkdir "$T/host" "$T/layer/etc"
ln -s /proc/self/root "$T/layer/root-link"
ln -s ../../../../../.. "$T/layer/up"
ln -s /proc/self/fd/5 "$T/layer/fd-link"
ln -s /proc/self/cwd "$T/layer/cwd-link"
mislead links
fails_with 125 'cannot mount on' nap run --network none -v "$T/host:/root-link/etc/x" links:1.0
is "a volume through .. stays inside" \
	"$(run -v "$T/host:/up/made" links:1.0 sh -c 'grep -c " /made " /proc/self/mountinfo')" 1
ok "and outside there is nothing" test ! -e /made
for dir in /fd-link /cwd-link /proc/self/fd/4 /proc/self/fd/7 /proc/1/cwd; do
	fails_with 125 'working directory' nap run --network none -w "$dir" links:1.0
done

# ---- the executable of nap is never the app's (CVE-2019-5736)
mkdir -p "$T/layer/bin"
printf '#!/proc/self/exe\n' >"$T/layer/bin/self"
chmod 755 "$T/layer/bin/self"
mislead self '"Entrypoint":["self"]'
sum=$(sha256sum <"$NAP")
for command in self /proc/self/exe /proc/self/fd/3 /proc/self/fd/64 /proc/1/exe; do
	timed nap run --network none --entrypoint "$command" self:1.0 >/dev/null 2>&1
	like "$command as the command ends" $? '^(0|12[5-7]|13[0-9])$'
done
"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none --name racer payload:1.0 sh -c '
	echo ready
	while :; do
		for p in /proc/[0-9]*; do
			[ -e "$p/exe" ] || continue
			case "$(readlink "$p/exe")" in */nap) echo "saw $p" ;; esac
			cat "$p/cwd/state.json" >/dev/null 2>&1 && echo "entered $p"
			[ "$p" = /proc/1 ] && ls -l "$p/fd" 2>/dev/null | grep -q -e "->" && echo "fds of $p"
		done
	done' >"$T/race" 2>/dev/null &
racer=$!
wait_for grep -q ready "$T/race"
for _ in {1..40}; do nap exec racer true || fail "exec beside an attacker"; done
nap kill racer >/dev/null
wait $racer
is "an attacker inside sees nothing of nap during exec" "$(sort -u "$T/race")" ready
is "nap is what it was" "$(sha256sum <"$NAP")" "$sum"
is "nothing of the host was touched" "$(find /etc /usr/bin /usr/sbin -newer "$T/then" 2>/dev/null | sort)" "$canary"
before=$(world)

# ---- what nap is started with
mask() { (umask 077; run "$@"); }
is "the caller's umask is not the app's" "$(mask payload:1.0 sh -c umask)" 0022
is "and does not close files to other users" "$(mask -u app payload:1.0 sh -c 'cat /etc/hostname >/dev/null && ls -d /proc' 2>&1)" /proc
for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
	is "standard streams closed: $closed" \
		"$(eval "run payload:1.0 sh -c 'exit 7' $closed" 2>/dev/null; echo $?)" 7
	is "interactive: $closed" "$(eval "run -i payload:1.0 sh -c 'exit 7' $closed" 2>/dev/null; echo $?)" 7
done
is "with none of them the app has three descriptors" \
	"$(run -v "$T/host:/out" payload:1.0 sh -c 'ls /proc/self/fd | wc -l >/out/fds' <&- >&- 2>&-; cat "$T/host/fds")" 4
nap ps >&- 2>"$T/err"
is "a result that cannot be written is an error" "$? $(grep -c 'write the result' "$T/err")" "1 1"
(ulimit -n 40 && run payload:1.0 true)
is "few descriptors" $? 0

# ---- nothing is left of init=false either, when nap is killed
"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none --init=false -u app payload:1.0 /payload sleep >"$T/out" &
wait_for grep -q ready "$T/out"
kill -9 $!
wait $! 2>/dev/null
nap prune -f >/dev/null

same_world "nothing is left" "$before"
finish
