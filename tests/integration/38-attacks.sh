#!/bin/bash
# SPDX-License-Identifier: MIT
# The ten classes of attacks of tests/attacks on nap. ROUNDS says how often each race is run; `make attacks`
# runs 20,000. USERNS=host or auto chooses the users.
. "$(dirname "$0")/lib.sh"
corpus payload

rt() {
	local verb=$1
	shift
	[ "$verb" = exec ] || set -- --network none ${USERNS:+--userns "$USERNS"} "$@"
	timeout -k 5 180 "$NAP" --root "$ROOT" --runroot "$RUNROOT" "$verb" "$@"
}
rt_tty() { script -qefc "$(printf '%q ' "$NAP" --root "$ROOT" --runroot "$RUNROOT" "$1" -it "${@:2}")" /dev/null </dev/null; }
rt_start() { # NAME FILE ARGUMENT...
	: >"$2"
	"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none ${USERNS:+--userns "$USERNS"} --name "$1" "${@:3}" >"$2" 2>"$T/start.err" &
	pid=$!
	wait_for grep -q ready "$2" || cat "$T/start.err"
}
rt_kill() { nap kill "$1" >/dev/null; wait "$2"; }
export NAP_APPS_PATH=$T/apps
rt_root() { # TREE COMMAND...
	mkdir -p "$NAP_APPS_PATH"
	printf '[Container]\nRootfs=%s\nNetwork=none\nUserNS=%s\nSysctl=kernel.msgmax=4096\nExec=%s\n' "$1" "${USERNS:-}" "${*:2}" >"$NAP_APPS_PATH/root.app"
	timeout -k 5 180 "$TOP/tests/launch.py" "$NAP" --root "$ROOT" --runroot "$RUNROOT" launch root 3>/dev/null
	nap clean root
}
rt_load() { nap load -q "$2" >/dev/null; }

# shellcheck source=tests/attacks/attacks.sh
. "$TOP/tests/attacks/attacks.sh"
attacks_prepare
programs=$(cat "$B/nap" "$B/nap-image" | sha256sum)

withstands() { # DESCRIPTION ATTACK
	local start=$SECONDS

	is "$1" "$("$2")" ""
	echo "# $2: $((SECONDS - start)) s"
}

# With users of its own not even who may trace processes gets at what joins.
attack_tracers() { attack_joiners --userns auto --cap-add SYS_PTRACE; }

for one in "the executable of what joins:executable" "descriptors and working directories:descriptors" \
	"mount targets that become links:targets" "volumes that change while they are filled:filling" \
	"a root that changes while it is mounted:shared_root" "links in the place of /proc, /sys, /dev:places" \
	"users that are none:users" "the terminal:terminal" "processes that join:joiners" \
	"processes that join, and a tracer:tracers" \
	"the kernel's own ways out:kernel" "the host's files keep their owners:owners"; do
	[[ -z ${ATTACK:-} || ${one##*:} == "$ATTACK" ]] || continue
	withstands "${one%:*}" "attack_${one##*:}"
done
is "the programs are what they were" "$(cat "$B/nap" "$B/nap-image" | sha256sum)" "$programs"
is "no container is left" "$(nap ps -aq)" ""
finish
