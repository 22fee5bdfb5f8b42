#!/bin/bash
# SPDX-License-Identifier: MIT
# The command line itself: help, usage errors and their exit codes, global options, nap.conf.
. "$(dirname "$0")/lib.sh"

verbs=$("$NAP" help | sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
like "nap help lists the verbs" "$verbs" run
is "nap --help is nap help" "$("$NAP" --help)" "$("$NAP" help)"
like "nap --version" "$("$NAP" --version)" '^nap [0-9.]+$'
for v in $verbs; do
	"$NAP" "$v" --help >"$T/out" 2>"$T/err"
	is "nap $v --help exits 0" $? 0
	like "nap $v --help shows the usage on stdout" "$(head -n 1 "$T/out")" "^Usage: nap $v"
	is "nap $v --help says nothing on stderr" "$(cat "$T/err")" ""
	is "nap help $v is the same" "$("$NAP" help "$v")" "$(cat "$T/out")"
done

"$NAP" >"$T/out" 2>&1
is "nap alone exits 2" $? 2
fails_with 2 'unknown verb "frobnicate"' nap frobnicate
for v in load images tag rmi prune inspect ps stop kill rm; do
	fails_with 2 "$v: .*--no-such-option" nap "$v" --no-such-option
done
for v in run exec; do
	fails_with 125 "$v: .*--no-such-option" nap "$v" --no-such-option
	fails_with 125 "$v: too few arguments" nap "$v"
done
for v in tag rmi inspect stop kill rm; do
	fails_with 2 "$v: too few arguments" nap "$v"
done
fails_with 2 'not an absolute path' "$NAP" --root relative images
fails_with 2 '--root' "$NAP" --root

# ---- nobody but root
needs setpriv
cp "$NAP" /run/nap-for-all
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups /run/nap-for-all"
# shellcheck disable=SC2086
fails_with 1 'must be root' $nobody images
# shellcheck disable=SC2086
fails_with 125 'must be root' $nobody run x

# ---- the store directory
ok "a store is made where there is none" nap images
is "with mode 0700" "$(stat -c %a "$ROOT")" 700
chmod 755 "$ROOT"
ok "a store that others could read" nap images
is "is closed to them" "$(stat -c %a "$ROOT")" 700
chown 65534 "$ROOT"
fails_with 1 'belongs to uid 65534' nap images

# ---- nap.conf
conf=/run/nap
mkdir $conf
printf '[Store]\nPath=%s/elsewhere\n' "$T" >$conf/nap.conf
ok "nap.conf is read" "$NAP" images
is "and its store is used" "$(test -d "$T/elsewhere/layers" && echo yes)" yes
printf '[Store]\n# comment\nSync=perhaps\n' >$conf/nap.conf
fails_with 1 'nap.conf:3: Sync=: "perhaps": not a boolean' nap images
fails_with 125 'nap.conf:3: ' nap run x
ok "an engine's containers have nothing to do with it" "$NAP" oci --root "$T/oci" list
printf '[Load]\nMaxLayers=1\nUnheardOf=1\n' >$conf/nap.conf
fails_with 1 'nap.conf:3: UnheardOf=: unknown key' nap images
rm $conf/nap.conf

# ---- make install
if [ "$B" = "$TOP/build" ]; then
	in_tree() { make -s -C "$TOP" DESTDIR="$T/installed" "$@"; }
	ok "make install" in_tree install
	for f in bin/nap libexec/nap/nap-image libexec/nap/nap-bus share/man/man1/nap.1 share/man/man1/nap-stop.1; do
		ok "installs $f" test -s "$T/installed/usr/$f"
	done
	for f in system-generators/nap-generator system/app@.service system/app@.socket system-preset/85-nap.preset \
		system/nap-net.service system/nftables.service.d/50-nap.conf system/firewalld.service.d/50-nap.conf; do
		ok "installs $f" test -s "$T/installed$(dirname "$(pkg-config --variable=systemdsystemunitdir systemd)")/$f"
	done
	for f in bash-completion/completions/nap zsh/vendor-completions/_nap fish/vendor_completions.d/nap.fish; do
		[ "${f%%/*}" = zsh ] && [ ! -e /etc/debian_version ] && f=zsh/site-functions/_nap
		ok "installs $f" test -s "$T/installed/usr/share/$f"
	done
	ok "make uninstall" in_tree uninstall
	is "leaves nothing" "$(find "$T/installed" ! -type d)" ""
	like "below /usr/local systemd looks in lib/systemd, too" "$(in_tree -n prefix=/usr/local install)" \
		"$T/installed/usr/local/lib/systemd/system-generators/nap-generator"
fi
finish
