#!/bin/bash
# SPDX-License-Identifier: MIT
# In the booted machine: the tests of this boot, one after the other. What systemd logged meanwhile follows
# a test that failed.
read -r boot </tests/boot
read -r -a patterns </tests/patterns

wanted() { # NAME
	local p

	[ "$boot" = "$([[ $1 == *-rebooted ]] && echo second || echo first)" ] || return
	[ ${#patterns[@]} -gt 0 ] || return 0
	for p in "${patterns[@]}"; do
		[[ $1 == *$p* ]] && return
	done
	return 1
}

for test in /tests/[0-9]*.sh; do
	name=${test##*/} name=${name%.sh}
	wanted "$name" || continue
	start=$SECONDS cursor=$(journalctl -n 0 --show-cursor -o cat | sed -n 's/^-- cursor: //p')
	timeout -k 5 1200 bash "$test" >/tmp/out 2>&1
	status=$?
	sed -E "s/^((not )?ok - )/\1$name: /" /tmp/out
	[ "$status" -le 1 ] || echo "not ok - $name: ended with status $status"
	if [ "$status" != 0 ] || grep -q '^not ok' /tmp/out; then
		journalctl --no-pager -o short-monotonic --after-cursor="$cursor" | tail -n 60 | sed 's/^/#   /'
	fi
	echo "# $name: $((SECONDS - start)) s"
done
