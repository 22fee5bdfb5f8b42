#!/bin/bash
# SPDX-License-Identifier: MIT
# Injection by names, addresses, variables and labels, of people and of images, into nf_tables, /etc/hosts,
# resolv.conf, units and terminals (tests/hostile/words.py has the cases).
. "$(dirname "$0")/lib.sh"
needs jq python3
# shellcheck source=tests/integration/net.sh
. "$TOP/tests/integration/net.sh"
network back
app neighbour --allow app:word
/usr/bin/python3 "$TOP/tests/hostile/words.py" "$NAP" "$ROOT" "$RUNROOT" "$NAP_APPS_PATH" payload:1.0 \
	"$CORPUS"/payload/layers/*.tar || tests_failed=1
stop neighbour
finish
