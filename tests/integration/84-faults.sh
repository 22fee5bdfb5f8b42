#!/bin/bash
# SPDX-License-Identifier: MIT
# A sample of what `make faults` does: system calls of load, run, launch, exec, stop, clean, tag, rmi and
# prune that fail, or are the last before a SIGKILL. FAULTS_SEED picks another sample.
[ "$(uname -m)" = x86_64 ] || { echo "ok - faults # SKIP inject.c knows the registers of x86-64"; exit 0; }
top=$(cd "$(dirname "$0")/../.." && pwd)
B=${B:-$top/build}
! nm "$B/nap" | grep -q __asan_init || { echo "ok - faults # SKIP where memory is refused the sanitizers give up"; exit 0; }
export INJECT=$B/tests/inject
seed=${FAULTS_SEED:-1}
out=$("$top/tests/faults/worker.sh" sample "$seed" "${FAULTS_SECONDS:-15}" 2>&1)
status=$?
case $out in *"# SKIP"*) echo "$out"; exit 0 ;; esac
if [ $status = 0 ]; then
	echo "ok - sample $seed: ${out##*$'\n'}"
else
	echo "not ok - sample $seed"
	printf '%s\n' "$out" | sed 's/^/#   /'
fi
exit $status
