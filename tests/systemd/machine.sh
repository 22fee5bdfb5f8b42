# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A machine to boot: the small Debian of tests/vm with nap as `make install` puts it there, in a directory
# that systemd-nspawn starts in a second: real systemd as PID 1, but this machine's kernel and no cgroup
# controllers. Sourced by tests/systemd/run and the benches, as machine.sh sources lib.sh.
#
#     machine_make DIR            DIR becomes the tree; images are in its /corpus
#     machine_boot DIR SCRIPT     boot, run the tree's SCRIPT, switch off; its output is in machine_output.
#                                 machine_options are for systemd-nspawn
#
# The tree comes from Debian's archive, so it is made before lib.sh takes the network away.
NAP_TEST_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
machine_cache=${VM_CACHE:-${B:-$NAP_TEST_TOP/build}/vm}
if [ -z "${NAP_TEST_WORLD:-}" ] && command -v mmdebstrap >/dev/null; then
	mkdir -p "$machine_cache"
	flock "$machine_cache" "$NAP_TEST_TOP/tests/vm/tree.sh" "$machine_cache" || exit
	flock "${B:-$NAP_TEST_TOP/build}" "$NAP_TEST_TOP/tests/corpus/make.sh" \
		"${CORPUS:-${B:-$NAP_TEST_TOP/build}/tests/corpus}" busybox payload nginx redis postgres >&2 || exit
fi
# shellcheck source=tests/integration/lib.sh
. "$NAP_TEST_TOP/tests/integration/lib.sh"
needs systemd-nspawn mmdebstrap
machine_options=()

machine_make() { # DIR
	local out

	mkdir -p "$1"
	tar -C "$1" --exclude='./usr/lib/modules/*' --exclude='./boot/*' -xf "$machine_cache/tree.tar"
	mkdir -p "$1/corpus"
	out=$(make -s -C "$TOP" B="$B" DESTDIR="$1" install 2>&1) || { fail "make install" "$out"; exit 1; }
	cp "$TOP"/tests/{tap,booted,outside,guest,demo,manual}.sh "$1/tests"
	# the console is reset by getty: output goes to a file
	cat >"$1/tests/start" <<-'S'
		#!/bin/sh
		bash "$(cat /tests/script)" >/tests/output 2>&1 </dev/null
		echo "# end of tests, status $?" >>/tests/output
	S
	chmod +x "$1/tests/start"
}

machine_boot() { # DIR SCRIPT
	local status

	echo "$2" >"$1/tests/script"
	rm -f "$1/tests/output"
	SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 timeout -k 5 "${MACHINE_TIMEOUT:-2400}" systemd-nspawn --quiet \
		--keep-unit --register=no -D "$1" -b --private-network --bind-ro="$CORPUS:/corpus" "${machine_options[@]}" \
		</dev/null >"$T/console" 2>&1
	status=$?
	grep -q '^# end of tests' "$1/tests/output" && return
	fail "the machine ran $2" "systemd-nspawn: $status" "$(tail -n 5 "$T/console")"
}

machine_output() { cat "$1/tests/output"; } # DIR
