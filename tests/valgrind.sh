#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/valgrind.sh [NAME...]: the unit programs (all of them without a name) under valgrind. A read of
# what is uninitialised, a bad access, a leak in them or their children is a finding. What a check says
# counts, too, unless valgrind itself is why it cannot hold (cannot, below).
set -u
cd "$(dirname "$0")/.." || exit 1

B=${B:-$PWD/build}
log=$B/tests/valgrind
limit=${TEST_TIMEOUT:-1200}
programs=0 checks=0 findings=0

# What valgrind cannot do, by program.
declare -A cannot=(
	[seccomp]="its processes live under filters that stop valgrind's own system calls"
)

one() { # NAME
	local name=$1 out=$log/$1.out status passed=0 failed=0 errors left

	rm -f "$log/$name".*
	LD_PRELOAD=$B/tests/valgrind-calls.so timeout -k 10 "$limit" valgrind --error-exitcode=99 \
		--leak-check=full --suppressions=tests/valgrind/suppressions --log-file="$log/$name.%p" \
		"$B/tests/test-$name" >"$out" 2>&1 </dev/null
	status=$?
	read -r passed failed < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$out" | tail -n 1)
	errors=$(cat "$log/$name".[0-9]* | sed -nE 's/.*ERROR SUMMARY: ([0-9]+) errors.*/\1/p' | awk '{ n += $1 } END { print n + 0 }')
	left=$(cat "$log/$name".[0-9]* | grep -oE 'unhandled [a-z0-9-]+ syscall: [0-9]+' | sort -u | paste -sd, -)
	printf '%-20s %5d passed %3d failed %3d errors of memory%s%s\n' "$name" "$passed" "$failed" "$errors" \
		"${left:+ ($left)}" "$([ "$status" = 124 ] && echo " (took longer than $limit s)")"
	programs=$((programs + 1)) checks=$((checks + passed + failed))
	if [ "$errors" -gt 0 ]; then
		grep -h -A 12 -E '^==[0-9]+== [A-Z0-9]' "$log/$name".[0-9]* | sed 's/^/     | /'
	fi
	if [ "$status" != 0 ] && [ "$errors" = 0 ] && [ -n "${cannot[$name]:-}" ]; then
		echo "     ${cannot[$name]}"
		return
	fi
	[ "$status" = 0 ] && [ "$errors" = 0 ] && return
	[ "$errors" -gt 0 ] || tail -n 12 "$out" | sed 's/^/     | /'
	findings=$((findings + 1))
}

if [ $# = 0 ]; then
	for t in tests/unit/test-*.c; do
		t=${t##*/test-}
		set -- "$@" "${t%.c}"
	done
fi
mkdir -p "$log" || exit 1
for name; do one "$name"; done
echo "valgrind: $programs programs, $checks checks, $findings findings"
[ "$findings" = 0 ]
