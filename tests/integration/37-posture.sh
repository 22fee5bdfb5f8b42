#!/bin/bash
# SPDX-License-Identifier: MIT
# The whole default posture from inside (tests/probe), compared with the tables beside the probe: posture
# and what differs with a user namespace and without. A line that no table has is a failure, and so is one
# that is missing, unless it begins with "?": what not every kernel has.
. "$(dirname "$0")/lib.sh"
corpus payload
load payload/oci-gz
nap run --network none payload:1.0 true # what is made once is made now
before=$(world)
ok "the probe compiles" "$TOP/tests/probe/build.sh" "$T/probe"

# What is this machine's alone: which namespaces are the host's, and how much of its limits it could give.
normalized() {
	local host

	host=$(readlink /proc/self/ns/*)
	awk -F= -v host="$host" -v files="$(ulimit -Hn)" -v oom="$(cat /proc/self/oom_score_adj)" '
		/^namespace/ { print $1 "=" (index(host, $2) ? "host" : "own"); next }
		/^limit/ && !/^limit.(core|nofile)/ { next }
		/^limit.nofile/ && files < 524288 { sub(":" files "$", ":524288") }
		/^mount.\/(etc|probe)/ { sub("=[^ ]*", "=file") }
		/^oom_score_adj/ && $2 == oom { print $1 "=inherited"; next }
		{ print }'
}

# Both sorted: lines of the table that may be missing and are go before the comparison.
compare() { # DESCRIPTION GOT TABLE...
	local want=$T/want

	cat "${@:3}" | grep -v '^#' | awk -v got="$2" '
		BEGIN { while ((getline line < got) > 0) { split(line, part, "="); has[part[1]] = 1 } }
		{ key = $0; sub(/^\?/, "", key); sub(/=.*/, "", key) }
		/^\?/ { if (!(key in has)) next; sub(/^\?/, "") }
		{ print }' | LC_ALL=C sort >"$want"
	same_file "$1: $(wc -l <"$2") facts" "$2" "$want"
}

measure() { # NAME OPTION...
	local out

	out=$(nap run --network none -e PROBE_INSIDE=1 -v "$T/probe:/probe:ro" "${@:2}" payload:1.0 /probe 2>"$T/err") ||
		fail "the probe runs ($1)" "$(cat "$T/err")"
	normalized <<<"$out" | LC_ALL=C sort >"$T/$1"
	[ -z "${PROBE_OUT:-}" ] || cp "$T/$1" "$PROBE_OUT/" # for who changes the tables
}

tables=$TOP/tests/probe
measure host --userns host
compare "with the host's users" "$T/host" "$tables/posture" "$tables/posture-host"
like "of every system call" "$(grep -c '^syscall\.' "$T/host")" '^[3-9][0-9][0-9]$'
measure auto --userns auto
compare "with users of its own" "$T/auto" "$tables/posture" "$tables/posture-auto"
same_world "nothing is left" "$before"
finish
