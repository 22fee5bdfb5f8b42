#!/bin/bash
# SPDX-License-Identifier: MIT
# AppArmor, which only this kernel has: a profile holds for the app, whichever way it is started, and for
# what nap exec runs.
# shellcheck source=tests/booted.sh
. /tests/booted.sh

images payload
is "the kernel has AppArmor" "$(cat /sys/module/apparmor/parameters/enabled)" Y
printf 'profile nap-test flags=(attach_disconnected) {\n file,\n capability,\n network,\n signal,\n deny /etc/passwd r,\n}\n' \
	>"$T/profile"
ok "a profile is loaded" apparmor_parser -r "$T/profile"

look='cat /proc/self/attr/current; cat /etc/passwd 2>&1 | grep -c denied'
confined=$'nap-test (enforce)\n1'
for option in --init=true --init=false --security-opt=no-new-privileges=false; do
	is "$option: the app is confined" "$(run "$option" --security-opt apparmor=nap-test payload:1.0 sh -c "$look")" \
		"$confined"
done
is "without an option there is no profile" "$(run payload:1.0 cat /proc/self/attr/current)" unconfined
like "a profile that is not loaded" "$(run --security-opt apparmor=nap-nosuch payload:1.0 true 2>&1; echo $?)" \
	'cannot set the AppArmor profile nap-nosuch: No such file or directory.*125$'

run --name confined --security-opt apparmor=nap-test payload:1.0 sleep 1000 &
wait_for nap exec confined true
is "nap exec is, too" "$(nap exec confined sh -c "$look")" "$confined"
nap stop confined >/dev/null

for init in true false; do
	run --name "checked-$init" --init="$init" --security-opt apparmor=nap-test --health-interval 100ms \
		--health-cmd "{ $look; } >/tmp/seen.new; mv /tmp/seen.new /tmp/seen" payload:1.0 sleep 1000 &
	wait_for nap exec "checked-$init" test -e /tmp/seen
	is "--init=$init: and a health check" "$(nap exec "checked-$init" cat /tmp/seen)" "$confined"
	nap stop "checked-$init" >/dev/null
done
finish
