#!/bin/bash
# SPDX-License-Identifier: MIT
# compare.sh PEER [ROUNDS]: the attacks of attacks.sh, and the counts of the probe, against a PEER, for
# comparison: podman (with crun), or crun or runc alone with the configuration that umoci writes. Not part of
# make check. What it runs is in PATH, or below TREE, as `apt-get download podman conmon runc` and `dpkg -x`
# leave it; nothing is installed.
peer=${1:-podman}
ROUNDS=${2:-20}
. "$(dirname "$0")/../integration/lib.sh"
[ -z "${TREE:-}" ] || PATH=$TREE/usr/bin:$TREE/usr/sbin:$PATH
corpus payload

# ---- podman
podman=(podman --root "$T/pod" --runroot /run/pod --tmpdir /run/podtmp --storage-driver overlay --events-backend none
	--cgroup-manager cgroupfs --conmon "$(command -v conmon)" --runtime "$(command -v crun)")
podman_command() { # VERB ARGUMENT...
	local verb=$1 alone=(--rm --network none --cgroups=disabled)

	shift
	[ "$verb" = exec ] || set -- "${alone[@]}" "$@"
	command=("${podman[@]}" "$verb" "$@")
}
podman_kill() {
	"${podman[@]}" kill "$1" >/dev/null
	wait "$2"
	"${podman[@]}" rm -f "$1" >/dev/null 2>&1
}
podman_load() {
	rm -f "$T/archive"
	skopeo --insecure-policy copy -q "oci:$2:$1:1.0" "docker-archive:$T/archive:localhost/$1:1.0" &&
		"${podman[@]}" load -q -i "$T/archive" >/dev/null
}

# ---- a runtime alone
images=$T/peer
bundle_command() { command=(/usr/bin/python3 "$TOP/tests/attacks/bundle.py" "$(command -v "$peer")" "$images" "$@"); }
bundle_kill() {
	"$peer" --root "$images/.state" kill "$1" KILL
	wait "$2"
}
bundle_load() { rm -rf "${images:?}/$1" && timeout 20 umoci unpack --image "$2:$1:1.0" "$images/$1" >/dev/null 2>&1; }

# ---- what attacks.sh calls
case $peer in
podman) needs podman conmon crun skopeo && kind=podman programs=("$(command -v podman)" "$(command -v crun)") ;;
crun | runc) needs "$peer" umoci && kind=bundle programs=("$(command -v "$peer")") ;;
*) echo "compare.sh: $peer: podman, crun or runc" >&2 && exit 2 ;;
esac
mkdir -p "$images/.bundles"
rt() { "${kind}_command" "$@" && timeout -k 5 180 "${command[@]}"; }
rt_tty() { "${kind}_command" "$1" -it "${@:2}" && script -qefc "$(printf '%q ' "${command[@]}")" /dev/null </dev/null; }
rt_start() { # NAME FILE ARGUMENT...
	: >"$2"
	"${kind}_command" run --name "$1" "${@:3}"
	"${command[@]}" >"$2" 2>"$T/start.err" </dev/null &
	pid=$!
	wait_for grep -q ready "$2" || { cat "$T/start.err"; return 1; }
}
rt_kill() { "${kind}_kill" "$@"; }
rt_root() { rt run --sysctl kernel.msgmax=4096 --rootfs "$@"; }
rt_load() { "${kind}_load" "$@"; }

# shellcheck source=tests/attacks/attacks.sh
. "$TOP/tests/attacks/attacks.sh"
attacks_prepare
before=$(cat "${programs[@]}" | sha256sum)
for i in "${programs[@]}"; do echo "# $("$i" --version | head -n 1)"; done
echo "# $ROUNDS rounds"
for attack in executable descriptors targets filling shared_root places users terminal joiners kernel owners; do
	[[ -z ${ATTACK:-} || $attack == "$ATTACK" ]] || continue
	if [[ $kind$attack == bundlefilling ]]; then
		skip "$attack" "volumes are the work of an engine"
		continue
	fi
	is "$attack" "$("attack_$attack")" ""
done
is "the programs are what they were" "$(cat "${programs[@]}" | sha256sum)" "$before"

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
