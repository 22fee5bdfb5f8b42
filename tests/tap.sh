# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Checks for shell tests: each prints one TAP line. Sourced by tests/integration/lib.sh and by what runs
# in the virtual machine. Needs NAP, ROOT and RUNROOT (where nap works) and T (a scratch directory).
tests_failed=0
# What is waited for comes at once, and on a slow machine a little later: this many seconds only end what hangs.
PATIENCE=60

nap() { "$NAP" --root "$ROOT" --runroot "$RUNROOT" "$@"; }

pass() { echo "ok - $1"; }

fail() { # DESCRIPTION [LINE...]
	echo "not ok - $1"
	shift
	[ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/#   /'
	tests_failed=$((tests_failed + 1))
}

skip() { echo "ok - $1 # SKIP $2"; }

# The command succeeds.
ok() { # DESCRIPTION COMMAND...
	local out

	if out=$("${@:2}" 2>&1); then
		pass "$1"
	else
		fail "$1" "exit status $?: ${*:2}" "$out"
	fi
}

is() { # DESCRIPTION GOT WANT
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "got:  $2" "want: $3"
	fi
}

like() { # DESCRIPTION TEXT EXTENDED-REGEX
	if [[ $2 =~ $3 ]]; then
		pass "$1"
	else
		fail "$1" "got: $2" "want a match of: $3"
	fi
}

unlike() { # DESCRIPTION TEXT EXTENDED-REGEX
	if [[ $2 =~ $3 ]]; then
		fail "$1" "got: $2" "want no match of: $3"
	else
		pass "$1"
	fi
}

same_file() { # DESCRIPTION GOT WANT
	local difference

	if difference=$(diff -u "$3" "$2"); then
		pass "$1"
	else
		fail "$1" "$(head -40 <<<"$difference")"
	fi
}

# The command exits with CODE after exactly one line on stderr, which matches REGEX, and at most one
# hint. Nothing hangs (timed).
fails_with() { # CODE REGEX COMMAND...
	local code=$1 regex=$2 got text messages
	shift 2

	timed "$@" >"$T/.out" 2>"$T/.err" </dev/null
	got=$?
	text=$(cat "$T/.err")
	messages=$(grep -cv '^hint: ' "$T/.err")
	if [ "$got" = "$code" ] && [ "$messages" = 1 ] && [[ $text == "nap: "* ]] &&
		[ "$(wc -l <"$T/.err")" -le 2 ] && [[ $text =~ $regex ]]; then
		pass "$* exits $code"
	else
		fail "$* exits $code" "exit status $got, message: $text" "want one line like: $regex"
	fi
}

# `timeout` for shell functions: COMMAND is nap or a program. Three minutes are the limit.
timed() {
	if [ "$1" = nap ]; then
		shift
		timeout -k 5 180 "$NAP" --root "$ROOT" --runroot "$RUNROOT" "$@"
	else
		timeout -k 5 180 "$@"
	fi
}

# The milliseconds of processor time that the shell's children had taken when `times` wrote FILE: what a
# program takes is the difference of two, however busy the machine is.
spent_ms() { # FILE
	awk 'NR == 2 { gsub(/s/, ""); split($1, user, "m"); split($2, kernel, "m")
		printf "%d\n", (user[1] * 60 + user[2] + kernel[1] * 60 + kernel[2]) * 1000 }' "$1"
}

# How many times as long as where limits of such time were set this machine takes for something simple, 1 at
# least: 400 ms are more than it was there.
slowness() {
	local before

	times >"$T/.times"
	before=$(spent_ms "$T/.times")
	bash -c 'for ((i = 0; i < 200000; i++)); do :; done'
	times >"$T/.times"
	echo $((($(spent_ms "$T/.times") - before) / 400 + 1))
}

# Poll until the command succeeds. It is run anew each time: what the shell is to expand each time, too, goes by
# eval.
wait_for() {
	local end=$((SECONDS + PATIENCE))

	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$end" ]; then
			fail "waited $PATIENCE s for: $*"
			return 1
		fi
		sleep 0.02
	done
}

# What the command prints becomes WANT.
becomes() { # DESCRIPTION WANT COMMAND...
	local end=$((SECONDS + PATIENCE)) got

	until got=$("${@:3}" 2>/dev/null) && [ "$got" = "$2" ]; do
		[ "$SECONDS" -lt "$end" ] || break
		sleep 0.05
	done
	is "$1" "$got" "$2"
}

process_ended() { ! kill -0 "$1" 2>/dev/null; }

finish() { exit $((tests_failed > 0)); }
