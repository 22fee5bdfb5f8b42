#!/bin/bash
# SPDX-License-Identifier: MIT
# What gcc -fanalyzer and clang-tidy find in every source file. What they say wrongly is in
# tests/analyze/known, each with why; whatever else they say is a finding. Checks that cannot follow how
# this house writes C are off below.
set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C B=${B:-build}

flags=(-D_GNU_SOURCE -I. -I"$B" -DNAP_VERSION='"0"' -DNAP_BINDIR='"/"' -DNAP_LIBEXECDIR='"/"' -DHAVE_ISAL
	-std=gnu17)
# Before the optimiser: what that inlines, gcc 12 takes for uninitialised.
# malloc-leak loses what is given away through a pointer to a pointer, uninitialized what comes by one, and
# what cleanup attributes look at; LeakSanitizer and valgrind see both in the tests.
gcc=(-O0 -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-use-of-uninitialized-value)
# clang's own path analysis takes twenty times as long, and knows of cleanup attributes nothing, either.
# What is off is taste, or the arrays of pointers that this house has.
tidy='-*,bugprone-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier'
tidy+=',-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result'
tidy+=',-bugprone-assignment-in-if-condition,-bugprone-sizeof-expression'

# log.c is what the contracts are about.
contracts() { [ "$1" = lib/log.c ] || echo "-include tests/analyze/contracts.h"; }
with_gcc() { # FILE
	# shellcheck disable=SC2046,SC2069 # two words; what is said alone is wanted
	gcc "${flags[@]}" "${gcc[@]}" $(contracts "$1") -S -o - "$1" 2>&1 >/dev/null
}
with_tidy() { # FILE
	# shellcheck disable=SC2046
	clang-tidy --quiet --checks="$tidy" "$1" -- "${flags[@]}" $(contracts "$1") 2>/dev/null
}
# "FILE: MESSAGE [CHECK]", without places, which change. cc1's have no file.
messages() {
	sed -nE "s|^$PWD/||; s|^\./||; s/^([^ :]+)(:[0-9]+:[0-9]+)?: (warning|error): /\1: /p" |
		sed -E "s|^cc1:|$1:|; s/ \[CWE-[0-9]+\]//"
}

if [ $# -gt 0 ]; then # one file
	{ with_gcc "$1"; with_tidy "$1"; } | messages "$1"
	exit
fi
found=$(printf '%s\n' {lib,net,image,runtime,runtime/oci,unitgen,cmd}/*.c | grep -v '^runtime/stub' |
	xargs -P "$(nproc)" -n 1 "$0" | sort -u)
new=$(grep -vxF -f <(grep -v '^#' tests/analyze/known) <<<"$found")
[ -z "$new" ] || { echo "$new"; echo "analyze: $(wc -l <<<"$new") findings"; exit 1; }
echo "analyze: ok, $(grep -c . <<<"$found") known"
