#!/bin/bash
# SPDX-License-Identifier: MIT
# What fuzzing has found of app files (tests/fuzz/corpus/app), as units: systemd's own reader finds nothing
# wrong with any line of nap's. The fuzz target has a reader of its own; this one is the real one.
. "$(dirname "$0")/lib.sh"
needs systemd-analyze

in=$T/apps out=$T/units
mkdir -p "$in" "$out"
n=0
for f in "$TOP"/tests/fuzz/corpus/app/*; do
	# what an operator says in systemd's own sections is not nap's, and need not be right
	grep -qE '^[[:blank:]]*\[(Unit|Service|Install)' "$f" && continue
	n=$((n + 1))
	cp "$f" "$in/c$n.app"
done
nap unit --dir "$in" --out "$out" >"$T/log" 2>&1
units=("$out"/*.service)
n=${#units[@]}
ok "a good part of them are apps ($n)" test "$n" -ge 20
SYSTEMD_UNIT_PATH=$out:/usr/lib/systemd/system systemd-analyze verify --man=no "$out"/*.service 2>&1 |
	grep -F "$out/" >"$T/err"
is "systemd finds nothing wrong with their units" "$(cat "$T/err")" ""
# the test can fail
sed -i 's|^RequiresMountsFor=.*|RequiresMountsFor=not/absolute|' "$out/$(basename "${units[0]}")"
SYSTEMD_UNIT_PATH=$out:/usr/lib/systemd/system systemd-analyze verify --man=no "${units[0]}" 2>&1 |
	grep -F "$out/" >"$T/err"
like "but of a wrong one it does" "$(cat "$T/err")" 'not/absolute'
finish
