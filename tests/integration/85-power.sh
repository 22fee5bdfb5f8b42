#!/bin/bash
# SPDX-License-Identifier: MIT
# A sample of tests/faults/power.py: the power is cut while images are loaded, tagged and removed.
[ "$(uname -m)" = x86_64 ] || { echo "ok - power # SKIP inject.c knows the registers of x86-64"; exit 0; }
losetup -f >/dev/null 2>&1 || { echo "ok - power # SKIP there are no loop devices"; exit 0; }
top=$(cd "$(dirname "$0")/../.." && pwd)
export B=${B:-$top/build}
export INJECT=$B/tests/inject WORKER=power.py
seed=${FAULTS_SEED:-1}
if out=$("$top/tests/faults/worker.sh" "$seed" "${POWER_CUTS:-2}" 2>&1); then
	[[ $out == *"# SKIP"* ]] && echo "$out" || echo "ok - sample $seed: ${out##*$'\n'}"
else
	echo "not ok - sample $seed"
	printf '%s\n' "$out" | sed 's/^/#   /'
	exit 1
fi
