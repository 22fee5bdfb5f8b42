#!/bin/bash
# SPDX-License-Identifier: MIT
# The commands of nap-tutorial(7), typed as they are printed.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
# shellcheck source=tests/manual.sh
. /tests/manual.sh
page=/usr/share/man/man7/nap-tutorial.7
mkdir -p "$T/work" "$T/bin"
ok "the tutorial is installed" test -s $page
nap images >/dev/null # what is made once is made now
nap ps >/dev/null
before=$(world)
while IFS= read -r -d '' block; do
	[[ $block != "# "* ]] || run_block tutorial "$block"
done < <(literal_blocks $page)
same_world "nothing is left of it" "$before"
finish
