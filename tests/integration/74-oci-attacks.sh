#!/bin/bash
# SPDX-License-Identifier: MIT
# Bundles whose root was made to lead nap astray: links in place of what is mounted on, masked, written to.
# Whatever becomes of the container, the host is not touched and nothing is masked by less than a mask.
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/integration/oci-bundle.sh"
needs jq busybox python3
mkdir -m 700 "$ROOT"
before=$(world)

OUT=$T/out
mkdir "$OUT" && echo secret >"$T/secret"
untouched() { is "$1: the host is untouched" "$(ls -A "$OUT")" ""; }
# The bundle is what FILTER makes it, its root what COMMAND makes of it. What a run says.
attack() { # FILTER COMMAND
	bundle "$1"
	(cd "$BUNDLE/rootfs" && eval "$2") || fail "prepare: $2"
	oci run --bundle "$BUNDLE" "$ID" 2>&1 </dev/null
	forget
}
run_sh() { echo ".process.args = [\"sh\", \"-c\", \"$1\"]"; }

# ---- places that are links

tmpfs='.mounts += [{destination: "/a/b", type: "tmpfs", source: "t"}]'
for target in "$OUT" "../../../../../../../../../../..$OUT" "/proc/1/root$OUT" "/proc/self/cwd"; do
	attack "$tmpfs | $(run_sh 'touch /a/b/x')" "ln -s $target a" >/dev/null
	untouched "a place behind a link to ${target#"$T"}"
	attack "$tmpfs | .mounts[-1].destination = \"/a\" | $(run_sh 'touch /a/x')" "ln -s $target a" >/dev/null
	untouched "a place that is a link to ${target#"$T"}"
done
is "a file whose place is a dangling link" "$(attack ".mounts += [{destination: \"/etc/motd\", type: \"bind\", source: \"$T/secret\", options: [\"bind\"]}]
	| $(run_sh 'cat /etc/motd /run/dyn/motd')" 'ln -s ../run/dyn/motd etc/motd')" $'secret\nsecret'
like "links that lead to each other" "$(attack "$tmpfs" 'ln -s c a; ln -s a c')" 'Too many levels'
for d in proc sys; do
	like "/$d that is a link" "$(attack . "rmdir $d; mkdir other; ln -s other $d")" 'must be mounted on ordinary directory'
	like "/$d that is a dangling link" "$(attack . "rmdir $d; ln -s $OUT/x $d")" 'must be mounted on ordinary directory'
	like "/$d that is a file" "$(attack . "rmdir $d; touch $d")" 'Not a directory|must be'
done
untouched "links in place of proc and sysfs"

# ---- /dev

attack 'del(.mounts[] | select(.destination | startswith("/dev")))' "rm -r dev; ln -s $OUT dev" >/dev/null
untouched "/dev that is a link"
attack '.linux.devices = [{path: "/d/e/node", type: "c", major: 1, minor: 3}]' "ln -s $OUT d" >/dev/null
untouched "a directory of a device that is a link"
is "links in place of devices" "$(attack "del(.mounts[] | select(.destination | startswith(\"/dev\")))
	| $(run_sh 'stat -c %t:%T /dev/null /dev/tty')" "ln -s $T/secret dev/null; ln -s /etc/passwd dev/tty")" $'1:3\n5:0'
like "/dev/console that is a link" "$(attack '.process.terminal = true | del(.mounts[] | select(.destination == "/dev"))' \
	'mkdir -p dev/pts; ln -s /etc/passwd dev/console')" '/dev/console|console'
like "a ptmx that only has the name" "$(attack '.process.terminal = true | del(.mounts[] | select(.destination | startswith("/dev")))' \
	'mkdir dev/pts; mknod dev/pts/ptmx c 1 3')" '/dev/pts|console'

# ---- masks (CVE-2025-31133), and what is written in proc (CVE-2019-19921, CVE-2025-52881)

masked='.linux.maskedPaths = ["/proc/keys", "/proc/timer_list", "/sys/firmware"] | .linux.readonlyPaths = ["/proc/sys"]'
look='wc -c </proc/keys; wc -c </proc/timer_list; ls /sys/firmware | wc -l; echo 1 >/proc/sys/kernel/panic'
want=$'0\n0\n0\nsh: can\'t create /proc/sys/kernel/panic: Read-only file system'
for make in 'ln -s /proc/sysrq-trigger dev/null' 'echo text >dev/null' 'mknod dev/null c 1 5' 'ln -s /etc/passwd dev/null'; do
	is "a null device that is none: $make" "$(attack "$masked | $(run_sh "$look")
		| del(.mounts[] | select(.destination | startswith(\"/dev\")))" "$make")" "$want"
done
is "a masked path that leads elsewhere stays in the root" "$(attack "$(run_sh 'wc -c </etc/passwd; cat /data/l')
	| .linux.maskedPaths = [\"/data/l\"]" 'ln -s /etc/passwd data/l')" 0
is "one that leads out of it is nothing" "$(attack "$(run_sh 'echo runs') | .linux.maskedPaths = [\"/data/l\"]" \
	"ln -s ../../../../../../..$T/secret data/l"; cat "$T/secret")" $'runs\nsecret'
for source in "$OUT" /sys /dev; do
	like "a proc that is none: ${source#"$T"}" "$(attack ".mounts[0] = {destination: \"/proc\", type: \"bind\", source: \"$source\", options: [\"rbind\"]}" true)" \
		'cannot be mounted on /proc'
done
like "a tmpfs in place of proc" "$(attack '.mounts[0] = {destination: "//proc/.", type: "tmpfs", source: "t"}' true)" \
	'cannot be mounted on /proc'
like "what lies over a parameter is not written to" "$(attack ".mounts += [{destination: \"/proc/sys/kernel\", type: \"bind\",
	source: \"$OUT\", options: [\"bind\"]}] | .linux.sysctl = {\"kernel.msgmax\": \"9000\"}" true)" 'kernel/msgmax'
untouched "parameters"

# ---- a root that is moved, not exchanged: no proc of the host's is left to be seen in full

bundle "$masked | .process.capabilities |= map_values(. + [\"CAP_SETFCAP\"]) | .process.args = [\"unshare\", \"-mrpf\", \"mount\", \"-t\", \"proc\", \"none\", \"/proc\"]"
like "--no-pivot: no new proc without masks" "$(oci run --no-pivot --bundle "$BUNDLE" "$ID" 2>&1 </dev/null)" \
	'mount: permission denied'
forget

# ---- a place that is exchanged for a link again and again (CVE-2021-30465)

mkdir -p "$T/vol/x" && ln -s "../../../../../../../../../..$OUT" "$T/vol/y"
python3 - "$T/vol" <<'EOF' &
import ctypes, os, sys
libc = ctypes.CDLL(None)
d = os.open(sys.argv[1], os.O_RDONLY)
while not os.path.exists(sys.argv[1] + "/stop"):
    for _ in range(1000):
        libc.syscall(316 if os.uname().machine == "x86_64" else 276, d, b"x", d, b"y", 2)
EOF
racer=$!
bundle ".mounts += [{destination: \"/vol\", type: \"bind\", source: \"$T/vol\", options: [\"bind\"]},
	{destination: \"/vol/x\", type: \"tmpfs\", source: \"t\"}, {destination: \"/vol/x/f\", type: \"bind\", source: \"$T/secret\", options: [\"bind\"]}]
	| .linux.devices = [{path: \"/vol/x/d\", type: \"c\", major: 1, minor: 3}] | .process.args = [\"true\"]"
for _ in {1..25}; do
	oci run --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 </dev/null
	oci delete --force "$ID" >/dev/null 2>&1
done
touch "$T/vol/stop" && wait $racer
untouched "25 starts during a race"
is "no mount is left of them" "$(grep -c " $OUT\| $T/vol" /proc/self/mountinfo)" 0
drop_bundle

# ---- exec that cannot open what it needs must not do without

bundle ".process.args = [\"sleep\", \"1000\"] | $(with_user 100000 1000)"
chown -R 100000:100000 "$BUNDLE/rootfs"
create && oci start "$ID"
oci_limited() { prlimit --nofile="$1" "$RUNTIME" --root "$STATE" "${@:2}"; } # DESCRIPTORS ARGUMENT...
inside=$(oci exec "$ID" cat /proc/self/uid_map) failed=0
for n in {3..40}; do
	map=$(oci_limited "$n" exec "$ID" cat /proc/self/uid_map 2>"$T/why") && [ "$map" = "$inside" ] && continue
	failed=$((failed + 1))
	if [ -n "$map" ] || [ ! -s "$T/why" ]; then fail "exec with $n descriptors" "$map" "$(cat "$T/why")"; fi
done
like "exec with few descriptors: in the user namespace, or not at all ($failed times)" "$failed" '^[1-9]'
forget

rm -r "$OUT" "$T/vol" "$T/secret"
same_world "nothing is left" "$before"
finish
