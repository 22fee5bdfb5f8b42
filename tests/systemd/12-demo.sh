#!/bin/bash
# SPDX-License-Identifier: MIT
# make demo, where systemd is PID 1.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
before=$(systemctl list-units --all --plain --no-legend 'app@*')
/tests/demo.sh /usr/bin/nap >"$T/out" 2>&1
is "the demo ends well" $? 0
like "it has shown the service" "$(cat "$T/out")" 'app@demo\.service - A page in a container.*Active: active \(running\)'
like "and says that nothing is left" "$(tail -n 1 "$T/out")" 'nothing is left behind'
is "nor is it" "$(find /run/systemd/system/ /var/tmp/ -name 'app@demo*' -o -name 'nap-demo*')" ""
is "no unit either" "$(systemctl list-units --all --plain --no-legend 'app@*')" "$before"
finish
