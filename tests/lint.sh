#!/bin/bash
# SPDX-License-Identifier: MIT
# What `make lint` refuses: includes across the borders of the tree, format, headers that do not compile
# alone, shell and manual mistakes, verbs and options that no manual explains. Prints every finding.
set -u
cd "$(dirname "$0")/.." || exit 1
B=${B:-build}
findings=0

finding() {
	printf '%s\n' "$@"
	findings=$((findings + 1))
}

# lib <- image, net, unitgen <- runtime <- runtime/oci <- cmd: an arrow means "may be included by".
# runtime/oci is a part of runtime and sees what is private to it, but not the other way round.
borders() {
	local -A may=([lib]="" [image]=lib [net]=lib [unitgen]=lib
		[runtime]="lib image net unitgen" [runtime/oci]="lib net runtime"
		[cmd]="lib image net unitgen runtime runtime/oci")
	local dir file line header from

	for dir in "${!may[@]}"; do
		while IFS=: read -r file line header; do
			header=${header#*\"} header=${header%\"*} from=${header%/*}
			[[ $header == */* ]] || continue
			if [[ " ${may[$dir]} " == *" $from "* ]]; then
				[ "$from" = lib ] || [ "$from" = "${dir%/*}" ] || [ "$header" = "$from/${from##*/}.h" ] ||
					finding "$file:$line: $header is private to $from/"
			else
				finding "$file:$line: $dir/ may not include $header"
			fi
		done < <(grep -nE '^#include "' /dev/null "$dir"/*.[ch] 2>/dev/null)
	done
}

format() {
	local out

	out=$(git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror 2>&1) || finding "$out"
}

headers() {
	local h out

	for h in $(git ls-files '*.h'); do
		out=$("${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -I. -I"$B" -Wall -Werror -fsyntax-only -x c - \
			2>&1 <<<"#include \"$h\"") || finding "$h does not compile alone:" "$out"
	done
}

# Every script, by name or by its first line.
scripts() {
	local out

	# shellcheck disable=SC2046 # no blanks in our names; SC2016: text for a shell inside;
	# SC2317: functions that checks call by name
	out=$(shellcheck -x -P SCRIPTDIR -e SC2016,SC2317 $(git ls-files | while read -r f; do
		[[ -f $f && ($f == *.sh || $(head -c 64 "$f" | tr -d '\0') =~ ^#!/bin/(ba)?sh) ]] && echo "$f"
	done)) || finding "$out"
}

manuals() {
	local out page

	for page in man/*.[1-8]; do
		if [ -L "$page" ]; then continue; fi
		out=$(mandoc -T lint -W warning "$page") || finding "$out"
	done
}

# The page of a verb is the one whose SYNOPSIS has it.
page_of() { grep -lE "^\.(Nm|Ic|Cm) (nap[- ])?$1( |$)" man/*.1 2>/dev/null | head -n 1; }

verbs_of() { "$B/nap" "$@" | sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p'; }

verbs() {
	local verb page text option

	[ -x "$B/nap" ] || { finding "$B/nap is not built"; return; }
	for verb in $(verbs_of help) $(verbs_of oci --help | sed 's/^/oci:/'); do
		page=$(compgen -G "man/nap-${verb%%:*}.[18]") verb=${verb/:/ }
		[ -n "$page" ] || page=$(page_of "${verb%% *}")
		[ -n "$page" ] || { finding "nap $verb: no manual"; continue; }
		text=$(mandoc -T ascii "$page" | col -bx)
		# shellcheck disable=SC2086 # "oci create" are two words
		for option in $("$B/nap" $verb --help | sed -n '/^Options:/,$p' |
			grep -oE '^ +(-[A-Za-z0-9](, )?)?(--[a-z0-9-]+)?' | tr -d ','); do
			grep -qE -- "(^|[^-[:alnum:]])$option([^-[:alnum:]]|$)" <<<"$text" ||
				finding "nap $verb: $page says nothing of $option"
		done
	done
}

# The keys of a section of ours, and the items of their manual.
keys_of() { # TABLE PAGE
	local out

	out=$(diff <(sed -nE 's/^\t\{"([A-Za-z0-9]+)", KEY_.*/\1/p' "$1" | LC_ALL=C sort) \
		<(sed -nE 's/^\.It Cm ([A-Za-z0-9]+) Ns =.*/\1/p' "$2" | LC_ALL=C sort)) ||
		finding "the keys of $1 (<) and $2 (>) differ:" "$out"
}

keys() {
	keys_of unitgen/keys.c man/nap.app.5
	keys_of unitgen/keys-network.c man/nap.network.5
}

for check in borders format headers scripts manuals verbs keys; do
	$check
done
[ "$findings" = 0 ] || { echo "lint: $findings findings"; exit 1; }
echo "lint: ok"
