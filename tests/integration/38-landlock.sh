#!/bin/bash
# SPDX-License-Identifier: MIT
# Landlock, for what no namespace keeps from an app: the host's abstract Unix sockets with its network.
. "$(dirname "$0")/lib.sh"
needs cc jq strace
corpus payload
load payload/oci-gz
"${CC:-cc}" -D_GNU_SOURCE -static -O2 -o "$T/abstract" "$TOP/tests/abstract.c" || exit 1
"$T/abstract" -l daemon >"$T/daemon" &
disown
wait_for test -s "$T/daemon"
run() { nap run -v "$T/abstract:/abstract:ro" "$@"; }
host() { run --network host "$@"; }
is "the host's own processes reach its abstract sockets" "$("$T/abstract" daemon)" 0

# What nap does where the kernel cannot: this machine's may be such a one.
without() { # ERROR: nap run --network host, with a kernel that fails so
	strace -f -qq -o "$T/strace" -e trace=landlock_create_ruleset -e "inject=landlock_create_ruleset:error=$1" \
		"$NAP" --root "$ROOT" --runroot "$RUNROOT" run -v "$T/abstract:/abstract:ro" --network host \
		payload:1.0 /abstract daemon 2>"$T/err"
	cat "$T/err"
}
for e in ENOSYS EOPNOTSUPP EPERM; do
	is "without Landlock ($e) an app runs, and reaches them" "$(without $e)" 0
	like "which has been tried" "$(cat "$T/strace")" INJECTED
done
strace -f -qq -o "$T/strace" -e trace=landlock_create_ruleset,landlock_restrict_self \
	"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network host payload:1.0 true
if ! grep -q landlock_restrict_self "$T/strace"; then
	skip "scopes" "this kernel has none ($(head -n 1 "$T/strace"))"
	finish
fi

for options in "" "--user 1000" "--cap-add ALL" "--pid host" "--security-opt no-new-privileges=false" \
	"--security-opt seccomp=unconfined --cap-add SYS_ADMIN" "--init" "--ipc host --uts host"; do
	# shellcheck disable=SC2086 # words
	is "with the host's network an app does not: $options" "$(host $options payload:1.0 /abstract daemon)" EPERM
done
is "unless it is to" "$(host --security-opt landlock=false payload:1.0 /abstract daemon)" 0
is "or is not contained" "$(host --privileged payload:1.0 /abstract daemon)" 0
is "with a network of its own there are none" "$(run payload:1.0 /abstract daemon)" ECONNREFUSED
is "nor with none" "$(run --network none payload:1.0 /abstract daemon)" ECONNREFUSED

strace -f -qq -o "$T/strace" -e trace=landlock_create_ruleset,landlock_restrict_self \
	"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none payload:1.0 true
is "and no system call is made" "$(grep -c landlock_ "$T/strace")" 0
fails_with 125 'security-opt.*perhaps' nap run --security-opt landlock=perhaps payload:1.0 true

host --name web --health-cmd 'test "$(/abstract daemon)" = EPERM' --health-interval 100ms payload:1.0 /abstract -l web >"$T/web" &
wait_for test -s "$T/web"
is "an app reaches its own" "$(cat "$T/web")" 0
is "and the host the app's" "$("$T/abstract" web)" 0
is "nap exec does not reach the host's" "$(nap exec web /abstract daemon)" EPERM
is "nor the app's" "$(nap exec web /abstract web)" EPERM
is "signals it does send" "$(nap exec web sh -c 'kill -0 1 && echo sent')" sent
becomes "a probe of its health does not, either" healthy sh -c '"$0" "$@" | jq -r ".[0].Health"' \
	"$NAP" --root "$ROOT" --runroot "$RUNROOT" ps --json
nap stop -t 0 web >/dev/null
wait "$!"
finish
