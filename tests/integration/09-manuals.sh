#!/bin/bash
# SPDX-License-Identifier: MIT
# The manuals: every option of the parser is in the page of its verb and the other way round, and the
# EXAMPLES are run as they are printed.
#
# A block with skopeo, ssh, systemd-run or an engine in it is for reading.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/manual.sh
. "$TOP/tests/manual.sh"
needs jq skopeo
corpus busybox

# ---- options: --help against the lists of the page

help_options() { # VERB: lines of "LETTER NAME"
	"$NAP" "$@" --help | sed -n '/^Options:/,$p' |
		sed -nE 's/^  (-(.),|   ) --([a-z0-9-]+).*/\2 \3/p' | sed 's/^ /- /' | LC_ALL=C sort
}

# The items of the page that are about the verb: all of it, or with several verbs the section of it.
page_options() { # VERB PAGE
	awk -v verb="$1" '
		/^\.Ss nap / { several = 1; inside = $3 == verb }
		/^\.S[hs]/ && !/^\.Ss nap / && several { inside = 0 }
		/^\.It (Fl|Cm .*Fl)/ && (inside || !several) {
			letter = "-"; flag = 0
			for (i = 2; i <= NF; i++) {
				if ($i == "Fl") flag = 1
				else if (flag && $i ~ /^-/) { print letter, substr($i, 2); letter = "-" }
				else if (flag && $i ~ /^[A-Za-z]$/) letter = $i
				else if ($i != ",") flag = 0
			}
		}' "$2" | LC_ALL=C sort -u
}

verbs_of() { "$NAP" "$@" | sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p'; }

# nap oci has verbs of its own, in one page.
all_options() { # VERB
	local v

	help_options "$1"
	[ "$1" != oci ] || for v in $(verbs_of oci --help); do help_options oci "$v"; done
}

for v in $(verbs_of help); do
	page=$(compgen -G "$TOP/man/nap-$v.[18]")
	if [ ! -e "$page" ]; then
		fail "nap $v has a manual"
		continue
	fi
	is "the options of nap $v and of its manual" "$(page_options "$v" "$page")" \
		"$(all_options "$v" | LC_ALL=C sort -u)"
	ok "its NAME has it" grep -qE "^\.Nm nap-$v( ,)?$" "$page"
	ok "nap(1) lists $v" grep -q "^\.It Cm $v " "$TOP/man/nap.1"
done
is "the keys of nap.conf and of its manual" \
	"$(sed -nE 's/^\.It Cm ([A-Za-z0-9]+) Ns =/\1/p' "$TOP/man/nap.conf.5" | LC_ALL=C sort)" \
	"$(sed -nE 's/^\t\{"[A-Z][a-z]+", "([A-Za-z0-9]+)", KEY_.*/\1/p' "$TOP/cmd/settings.c" | LC_ALL=C sort)"
for page in "$TOP"/man/*.[1-8]; do
	for section in EXAMPLES "SEE ALSO"; do
		ok "${page##*/} has $section" grep -q "^\.Sh $section" "$page"
	done
	[[ $page != *.1 ]] || ok "${page##*/} has EXIT STATUS" grep -q '^\.Sh EXIT STATUS' "$page"
	[[ $page == *.conf.5 ]] || ok "${page##*/} has FILES" grep -q '^\.Sh FILES' "$page"
done

# ---- the world the examples are run in: nap installed, its default store empty

install_world() {
	local dir

	mkdir -p /etc/nap
	for dir in /var/lib /srv /usr/share /usr/lib/systemd/system-generators /etc/nap /tmp; do
		mount -t tmpfs -o mode=755 world $dir
	done
	mkdir -p /srv/www /usr/share/nap "$T/bin"
	echo "hello from the host" >/srv/www/index.html
	cp "$TOP/runtime/seccomp-default.json" /usr/share/nap/seccomp.json
	skopeo copy -q --insecure-policy "oci:$CORPUS/busybox/oci-gz:busybox:1.0" \
		"docker-archive:$T/busybox.tar:busybox:latest"
	ln -s "$NAP" "$T/bin/nap"
	ln -s "$NAP" "$T/bin/nap-oci"
	ln -s "$B/nap-generator" /usr/lib/systemd/system-generators
}

stop_all() { "$NAP" ps -q | xargs -r "$NAP" rm -f >/dev/null; }

# Each page begins with busybox loaded and its archive at hand, unless it is the archive that it is about.
fresh_world() { # PAGE
	stop_all
	rm -rf --one-file-system /var/lib/nap /etc/nap/apps "$T/work"
	mkdir "$T/work"
	ln "$T/busybox.tar" "$T/work/busybox.tar"
	grep -q '^# nap load' "$1" || "$NAP" load -q "$T/busybox.tar" >/dev/null
}

install_world
for page in "$TOP"/man/*.[1-8]; do
	[ ! -L "$page" ] || continue
	fresh_world "$page"
	while IFS= read -r -d '' block; do
		[[ $block == "# "* ]] || continue
		! grep -qE '^# (skopeo|ssh|systemd-run|podman|ctr)' <<<"$block" || continue
		run_block "${page##*/}" "$block"
	done < <(literal_blocks "$page" EXAMPLES)
done
stop_all
wait
finish
