#!/bin/bash
# SPDX-License-Identifier: MIT
# all.sh BUILD SAN-BUILD: every wicked archive as built, under the sanitizers, and with a store of 1 GiB.
# Prints what fails, a line for each way, and the sum.
set -u
cd "$(dirname "$0")/../.." || exit 1
log=$1/tests/hostile
failed=0
mkdir -p "$log"

each() { # NAME BUILD VARIABLE=VALUE...
	local name=$1 start=$SECONDS

	env B="$2" QUICK=1 "${@:3}" tests/integration/15-hostile.sh >"$log/$name" 2>&1
	grep -A 12 '^not ok' "$log/$name"
	printf '%-12s %4d passed %3d failed %5d s\n' "$name" "$(grep -c '^ok' "$log/$name")" \
		"$(grep -c '^not ok' "$log/$name")" $((SECONDS - start))
	if grep -q '^not ok' "$log/$name" || ! grep -q '^ok' "$log/$name"; then
		failed=$((failed + 1))
	fi
}

each as-built "$1"
each sanitizers "$2" SAN=1
each small-store "$1" DISK=1G
exit $((failed > 0))
