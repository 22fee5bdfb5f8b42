#!/bin/bash
# SPDX-License-Identifier: MIT
# compare.sh [ROUNDS]: the attacks of attacks.sh, and the counts of the probe, against podman with crun and
# runc, for comparison. Not part of make check. Needs podman, conmon and a runtime in PATH, or below TREE, as
# `apt-get download podman conmon runc` and `dpkg -x` leave them; nothing is installed.
ROUNDS=${1:-20}
. "$(dirname "$0")/../integration/lib.sh"
[ -z "${TREE:-}" ] || PATH=$TREE/usr/bin:$TREE/usr/sbin:$PATH
needs podman conmon skopeo
corpus payload
runtime=$(command -v "${RUNTIME:-crun}")

podman=(podman --root "$T/pod" --runroot /run/pod --tmpdir /run/podtmp --storage-driver overlay --events-backend none
	--cgroup-manager cgroupfs --conmon "$(command -v conmon)" --runtime "$runtime")
alone=(--rm --network none --cgroups=disabled)
pod() { "${podman[@]}" "$@"; }
rt() {
	local verb=$1
	shift
	[ "$verb" = exec ] || set -- "${alone[@]}" "$@"
	timeout -k 5 60 "${podman[@]}" "$verb" "$@"
}
rt_tty() {
	local verb=$1
	shift
	[ "$verb" = exec ] || set -- "${alone[@]}" "$@"
	script -qefc "$(printf '%q ' "${podman[@]}" "$verb" -it "$@")" /dev/null </dev/null
}
rt_start() { # NAME FILE ARGUMENT...
	: >"$2"
	rt_forever "$@" >"$2" 2>"$T/start.err" &
	pid=$!
	wait_for grep -q ready "$2" || cat "$T/start.err"
}
rt_forever() { pod run "${alone[@]}" --name "$1" "${@:3}"; }
rt_kill() {
	pod kill "$1" >/dev/null
	wait "$2"
	pod rm -f "$1" >/dev/null 2>&1
}
rt_root() { rt run --sysctl kernel.msgmax=4096 --rootfs "$@"; }
rt_load() {
	rm -f "$T/archive"
	skopeo --insecure-policy copy -q "oci:$2:$1:1.0" "docker-archive:$T/archive:localhost/$1:1.0" && pod load -q -i "$T/archive" >/dev/null
}

# shellcheck source=tests/attacks/attacks.sh
. "$TOP/tests/attacks/attacks.sh"
attacks_prepare
programs=$(cat "$runtime" "$(command -v podman)" | sha256sum)
echo "# podman $(pod --version | tr -dc 0-9.) with $("$runtime" --version | head -n 1), $ROUNDS rounds"
for attack in executable descriptors targets filling shared_root places users terminal joiners kernel owners; do
	[[ -z ${ATTACK:-} || $attack == "$ATTACK" ]] || continue
	is "$attack" "$("attack_$attack")" ""
done
is "the programs are what they were" "$(cat "$runtime" "$(command -v podman)" | sha256sum)" "$programs"

# How many of the facts that the probe knows are otherwise than with nap, and which system calls pass.
"$TOP/tests/probe/build.sh" "$T/probe"
rt run -e PROBE_INSIDE=1 -v "$T/probe:/probe:ro" attacked:1.0 /probe >"$T/facts"
echo "# system calls that the filter lets pass: $(grep -c '^syscall.*=allow' "$T/facts"), nap: $(grep -c '^?*syscall.*=allow' "$TOP/tests/probe/posture")"
echo "# families of sockets: $(grep -c '^family.*=allow' "$T/facts"), nap: $(grep -c '^family.*=allow' "$TOP/tests/probe/posture")"
echo "# files of the kernel that can be written: $(grep -c ^writable "$T/facts"), nap: $(cat "$TOP"/tests/probe/posture{,-auto} | grep -c '^?*writable')"
echo "# no_new_privs: $(sed -n 's/^status.NoNewPrivs=//p' "$T/facts"), nap: 1"
grep -vE '^(#|syscall|family|writable|mount|status|namespace|dev|limit)' "$TOP/tests/probe/posture" | tr -d '?' |
	LC_ALL=C sort >"$T/nap"
LC_ALL=C sort "$T/facts" | grep -E '^(attempt|argument|init|mask|raise|socket)\.' | LC_ALL=C comm -23 - "$T/nap" | sed 's/^/# otherwise: /'
finish
