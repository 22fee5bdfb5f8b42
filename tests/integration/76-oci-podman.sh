#!/bin/bash
# SPDX-License-Identifier: MIT
# podman with nap as its runtime: what its users do every day. No network but what podman makes in this
# test's own network namespace.
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/integration/oci.sh"
needs podman conmon jq catatonit iptables python3
[ -x /usr/lib/podman/netavark ] || skip_all "netavark is not installed"
corpus busybox payload
engine_world
trust_all

podman_settings
read -ra extra <<<"${PODMAN_RUN:-}" # for a runtime that needs more: --cgroups=disabled
image=localhost/busybox:1.0

podman() { inside timeout -k 5 180 podman --tmpdir "$T/tmp" "$@"; }
create() { podman "$1" "${extra[@]}" --network none "${@:2}"; }
run() { create run --rm "$@"; }
start() { create run -d "$@" >/dev/null; } # in the background
status() { podman inspect -f '{{.State.Status}}' "$1"; }

ok "load" podman load -q --signature-policy "$T/policy.json" -i "$CORPUS/busybox/oci-raw.tar"
ok "load another" podman load -q --signature-policy "$T/policy.json" -i "$CORPUS/payload/oci-raw.tar"

# ---- run

is "run: output" "$(run $image echo hello)" hello
exits "run: the exit status" 7 run $image sh -c 'exit 7'
exits "run: a command that does not exist is 127" 127 run $image /nowhere
exits "run: a name that is not in PATH is 127" 127 run $image nowhere
exits "run: a command that is a directory is 126" 126 run $image /etc
is "run -i: standard input" "$(echo from outside | run -i $image cat)" "from outside"
is "run: -e, -w, -h" "$(run -e A=b -w /tmp -h box $image sh -c 'echo $A $PWD $(hostname)')" "b /tmp box"
is "run -u: numbers" "$(run -u 1234:5678 $image id -u)" 1234
is "run -u: a name" "$(run -u nobody $image id -u)" 65534
is "run --group-add" "$(run --group-add 4444 $image id -G)" "0 4444"
is "run: the capabilities that podman asks for" \
	"$(run --cap-drop all --cap-add net_raw $image sed -n 's/CapEff:\t//p' /proc/self/status)" 0000000000002000
is "run: seccomp" "$(run $image sed -n 's/Seccomp:\t//p' /proc/self/status)" 2
is "run --security-opt no-new-privileges" \
	"$(run --security-opt no-new-privileges $image sed -n 's/NoNewPrivs:\t//p' /proc/self/status)" 1
exits "run --read-only" 1 run --read-only $image touch /file
is "run --ulimit" "$(run --ulimit nofile=99:99 --ulimit nproc=99:99 $image sh -c 'ulimit -n')" 99
is "run --sysctl" "$(run --sysctl net.ipv4.ip_forward=1 $image cat /proc/sys/net/ipv4/ip_forward)" 1
is "run --tmpfs" "$(run --tmpfs /scratch:size=64k $image sh -c 'df -k /scratch | tail -1' | awk '{ print $2 }')" 64
is "run --device" "$(run --device /dev/full:/dev/brim $image stat -c %t:%T /dev/brim)" 1:7
is "run --privileged" \
	"$(run --privileged --security-opt seccomp=unconfined $image sed -n 's/Seccomp:\t//p' /proc/self/status)" 0
[ ${#extra[@]} != 0 ] || is "run --pid host" "$(run --pid host $image readlink /proc/self/ns/pid)" "$(inside readlink /proc/self/ns/pid)"
is "run --init" "$(run --init $image cat /proc/1/comm)" podman-init
is "run --userns" "$(run --uidmap 0:100000:65536 --gidmap 0:100000:65536 $image \
	awk '{ print $1, $2, $3 }' /proc/self/uid_map)" "0 100000 65536"

# ---- terminals

if out=$(TMPDIR=$T inside timeout -k 5 180 "$TOP/tests/pty.py" podman --tmpdir "$T/tmp" run --rm -it "${extra[@]}" \
	--network none $image sh 2>&1 <<'S'
	expect [#$]
	send stty size; tty\n
	expect ^24 80
	expect ^/dev/(pts/0|console)
	send exit 3\n
	exits 3
S
); then pass "run -it"; else fail "run -it" "$out"; fi

# ---- who waits until it is ready

"$TOP/tests/integration/hear.py" "$T/notify" >"$T/heard" &
LISTENER=$!
wait_for test -S "$T/notify"
NOTIFY_SOCKET=$T/notify start --sdnotify=container --name ready payload:1.0 /payload notify
# shellcheck disable=SC2016 # for eval
becomes "run --sdnotify=container ends when it is ready; the last main process is conmon" \
	"1 MAINPID=$(podman inspect -f '{{.State.ConmonPid}}' ready)" \
	eval 'echo "$(grep -c "\"READY=1\"" "$T/heard") $(grep -o "MAINPID=[0-9]*" "$T/heard" | tail -1)"'
podman rm -f -t 0 ready >/dev/null
kill "$LISTENER"

# ---- the life of a container

ok "run -d" start --name box $image sh -c 'trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.1; done'
becomes "logs" ready podman logs box
is "ps" "$(podman ps --format '{{.Names}} {{.Status}}' | cut -c 1-6)" "box Up"
is "exec: output" "$(podman exec box echo inside)" inside
exits "exec: the exit status" 9 podman exec box sh -c 'exit 9'
exits "exec: not found is 127" 127 podman exec box /nowhere
is "exec -u, -w, -e" "$(podman exec -u 7:8 -w /etc -e V=w box sh -c 'echo $(id -u):$(id -g) $PWD $V')" "7:8 /etc w"
is "exec -i" "$(echo text | podman exec -i box cat)" text
is "exec: in the same namespaces" "$(podman exec box readlink /proc/self/ns/pid)" \
	"$(podman exec box readlink /proc/1/ns/pid)"
if out=$(inside timeout -k 5 180 "$TOP/tests/pty.py" podman --tmpdir "$T/tmp" exec -it box sh 2>&1 <<'S'
	expect [#$]
	send tty; exit 4\n
	expect ^/dev/pts/
	exits 4
S
); then pass "exec -it"; else fail "exec -it" "$out"; fi
ok "exec -d" podman exec -d box touch /made
wait_for podman exec box test -e /made && pass "exec -d ran"

if [ ${#extra[@]} = 0 ]; then
	like "top" "$(podman top box comm)" sleep
	ok "pause" podman pause box
	is "pause: the state" "$(status box)" paused
	ok "unpause" podman unpause box
	is "unpause: the state" "$(status box)" running
	like "stats" "$(podman stats --no-stream --format '{{.Name}}' box)" box
	if grep -qw memory "/sys/fs/cgroup/$TEST_CGROUP/cgroup.controllers"; then
		ok "update" podman update --memory 64m box
		is "update: the limit" "$(podman exec box cat /sys/fs/cgroup/memory.max)" 67108864
	fi # else update is tested by 76-oci-podman-v1
fi

ok "kill --signal" podman kill --signal TERM box
is "wait" "$(podman wait box)" 5
is "the exit status" "$(podman inspect -f '{{.State.ExitCode}}' box)" 5
becomes "logs of what has ended" $'ready\nbye' podman logs box
ok "start again" podman start box
becomes "runs again" running status box
exits "stop: KILL after the time" 0 podman stop -t 1 box
is "stop: the state" "$(status box)" exited
ok "rm" podman rm box
ok "run -d" start --name box $image sleep 100
ok "kill" podman kill box
is "killed: the exit status" "$(podman wait box)" 137
ok "rm" podman rm box
ok "create" create create --name later $image sleep 100
ok "start" podman start later
ok "restart" podman restart -t 0 later
ok "rm -f" podman rm -f -t 0 later

# ---- volumes

mkdir "$T/shared" && echo outside >"$T/shared/file"
is "a directory of the host" "$(run -v "$T/shared:/data" $image sh -c 'cat /data/file; echo inside >/data/new')" outside
is "and written there" "$(cat "$T/shared/new")" inside
exits "read-only" 1 run -v "$T/shared:/data:ro" $image touch /data/no
ok "a volume" run -v vol:/data $image sh -c 'echo kept >/data/file'
is "is kept" "$(run -v vol:/data $image cat /data/file)" kept
ok "volume rm" podman volume rm vol

# ---- pods

if out=$(podman pod create --name pod --network none 2>&1); then
	pass "pod create"
	ok "a member" podman run -d "${extra[@]}" --pod pod --name one $image sleep 100
	ok "another" podman run -d "${extra[@]}" --pod pod --name two $image sleep 100
	is "members share the network" "$(podman exec one readlink /proc/self/ns/net)" \
		"$(podman exec two readlink /proc/self/ns/net)"
	is "but not the mounts" "$([ "$(podman exec one readlink /proc/self/ns/mnt)" != \
		"$(podman exec two readlink /proc/self/ns/mnt)" ] && echo differ)" differ
	[ ${#extra[@]} != 0 ] || {
		ok "pod pause" podman pod pause pod
		ok "pod unpause" podman pod unpause pod
	}
	ok "pod stop" podman pod stop -t 0 pod
	ok "pod rm" podman pod rm -f pod
else
	fail "pod create" "$out"
fi

# ---- healthcheck

ok "with a healthcheck" start --name well --health-cmd 'test -e /well' --health-retries 1 $image \
	sh -c 'touch /well; exec sleep 100'
wait_for podman exec well test -e /well
ok "healthcheck run" podman healthcheck run well
podman exec well rm /well
exits "healthcheck run: unhealthy" 1 podman healthcheck run well
ok "rm -f" podman rm -f -t 0 well

# ---- a network

if out=$(podman network create inner 2>&1); then
	ok "ports" podman run -d "${extra[@]}" --name web --network inner -p 127.0.0.1:8099:80 $image \
		sh -c 'echo served >/tmp/index.html; exec httpd -f -p 80 -h /tmp'
	becomes "a published port answers" served inside busybox wget -qO- http://127.0.0.1:8099/
	is "one container reaches another" "$(podman run --rm "${extra[@]}" --network inner $image \
		wget -qO- "http://$(podman inspect -f '{{.NetworkSettings.Networks.inner.IPAddress}}' web)/")" served
	ok "rm -f" podman rm -f -t 0 web
else
	skip "ports" "podman network create: ${out//$'\n'/ }"
fi

# of containers that remove themselves podman's own clean-up may still be running
becomes "nothing is left" "" podman ps -aq
becomes "no state of the runtime is left" "" eval 'find /run/nap-oci -mindepth 1 2>/dev/null || true'
finish
