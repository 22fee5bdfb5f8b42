#!/bin/bash
# SPDX-License-Identifier: MIT
# Names: apps on one network find each other, whoever started first; resolv.conf; /etc/hosts belongs to the
# container as well.
. "$(dirname "$0")/lib.sh"
needs jq
. "$TOP/tests/integration/net.sh"
outside client 1
default_by 1
hosts() { nap exec "$1" cat /etc/hosts; }
named() { hosts "$1" | awk -v n="$2" '{for (i = 2; i <= NF; i++) if ($i == n) print $1}' | LC_ALL=C sort | paste -sd' '; } # APP NAME
both() { printf '%s\n' "$(ip4 "$1")" "$(ip6 "$1")" | LC_ALL=C sort | paste -sd' '; }

# ---- apps of one network
app one
is "it knows itself" "$(named one one)" "$(both one)"
is "localhost" "$(named one localhost)" "127.0.0.1 ::1"
app two --hostname second.example --network private:alias=deputy --network-alias vice
is "the name of one who started earlier" "$(named two one)" "$(both one)"
becomes "the name of one who started later" "$(both two)" named one two
is "its hostname" "$(named one second.example)" "$(both two)"
is "the alias on that network" "$(named one deputy)" "$(both two)"
is "--network-alias" "$(named one vice)" "$(both two)"
is "a client finds it" "$(nap exec one nc two 80)" "two $(ip4 one)"
like "the hostname inside" "$(nap exec two hostname)" '^second\.example$'
is "by which it knows itself" "$(named two second.example)" "$(both two)"
is "/etc/hostname" "$(nap exec two cat /etc/hostname)" second.example
app three
stop two
becomes "one who has ended is gone" "" named one two
is "and so are its other names" "$(hosts one | grep -cE 'second|deputy|vice')" 0
is "the others remain" "$(named one three)" "$(both three)"
app two
becomes "and comes back" "$(both two)" named three two
kill -9 "${app_pid[two]}" 2>/dev/null
wait "${app_pid[two]}" 2>/dev/null
nap clean two 2>/dev/null || { nap kill two >/dev/null 2>&1; nap clean two; }
becomes "after a kill and a clean it is gone" "" named one two

# ---- the host
is "host.containers.internal" "$(named one host.containers.internal)" "$(printf '%s\n' "$(gateway4 nap0)" "$(gateway6 nap0)" | LC_ALL=C sort | paste -sd' ')"
is "host.docker.internal" "$(named one host.docker.internal)" "$(named one host.containers.internal)"
app hosts --add-host me:host-gateway --add-host db:10.1.2.3 --add-host db:fd01::3
like "--add-host host-gateway" "$(named hosts me)" "$(gateway4 nap0)"
is "--add-host" "$(named hosts db)" "10.1.2.3 fd01::3"
stop hosts

# ---- networks are worlds of their own
network front
network back
network quiet 'DisableDNS=true'
app f1 --network front
app f2 --network front:alias=web
app b1 --network back:alias=web
app both --network front --network back
app q1 --network quiet
app q2 --network quiet
becomes "on the same network" "$(ip4 f2)" named f1 f2
is "not on another" "$(named f1 b1)$(named one f1)$(named f1 one)" ""
is "an alias is of its network" "$(named f1 web) $(named b1 web)" "$(ip4 f2) $(ip4 b1)"
becomes "one on two networks is found on one" "$(ip4 both eth0)" named f1 both
becomes "and on the other" "$(ip4 both eth1)" named b1 both
is "it finds those of both" "$(named both f1) $(named both b1)" "$(ip4 f1) $(ip4 b1)"
is "a network that tells no names" "$(named q1 q2)" ""
is "but one's own" "$(named q1 q1)" "$(ip4 q1)"
stop f1 f2 b1 both q1 q2

# ---- two of one name
app twin1 --network-alias twin
app twin2 --network-alias twin
becomes "two of one alias are both told" "$(printf '%s\n' "$(both twin1)" "$(both twin2)" | tr ' ' '\n' | LC_ALL=C sort | paste -sd' ')" named one twin
stop twin1
becomes "until one ends" "$(both twin2)" named one twin
stop twin2

# ---- the file is the container's, too
nap exec one sh -c 'echo "10.9.9.9 mine # my own" >>/etc/hosts'
app later
becomes "a later one is told" "$(both later)" named one later
is "and what the container has written stays" "$(hosts one | grep -c '^10.9.9.9 mine # my own$')" 1
inode=$(nap exec one stat -c %i /etc/hosts)
stop later
becomes "one who has ended is gone" "" named one later
is "the line still stays" "$(named one mine)" 10.9.9.9
is "it is the same file all the time" "$(nap exec one stat -c %i /etc/hosts)" "$inode"
hostile() { # DESCRIPTION SHELL-COMMAND: what one app does to its file hurts neither others nor nap
	nap exec one sh -c "$2" >/dev/null 2>&1
	app later
	becomes "$1: others are told" "$(both later)" named three later
	ok "$1: and the app can still be stopped" nap stop later
	wait "${app_pid[later]}"
	becomes "$1: and is forgotten" "" named three later
}
hostile "no newline at the end" 'printf "10.9.9.9 mine" >/etc/hosts'
is "the own line stays whole" "$(named one mine)" 10.9.9.9
hostile "empty" ': >/etc/hosts'
hostile "binary" 'dd if=/dev/urandom of=/etc/hosts bs=1k count=64'
hostile "one line of 2 MiB" 'dd if=/dev/zero bs=1M count=2 | tr "\\0" x >/etc/hosts'
hostile "100 MiB" 'dd if=/dev/zero of=/etc/hosts bs=1M count=1 seek=100'
hostile "marks of nap's own, unbalanced" 'for i in 1 2 3 4 5; do grep "^#" /etc/hosts; echo "# end"; echo "# begin"; done >/tmp/x; cat /tmp/x >/etc/hosts'
hostile "unreadable" 'chmod 0 /etc/hosts'
hostile "removed" 'rm -f /etc/hosts; ln -sf /etc/passwd /etc/hosts; mv /etc/passwd /etc/hosts'
hostile "mounted over" 'mount -t tmpfs none /etc'
hostile "held by a reader" 'cat /etc/hosts; tail -f /etc/hosts >/dev/null & '
stop one three

# names are words: nothing of a name may be more than one
fails_with 125 'alias|name' nap run --network-alias $'a\nb' payload:1.0 true
fails_with 125 'alias|name' nap run --network-alias 'a b' payload:1.0 true
fails_with 125 'alias|name' nap run --network-alias 'a#b' payload:1.0 true

# ---- resolv.conf
mkdir -p "$T/etc/systemd"
mount_resolv() { printf '%s\n' "$@" >"$T/resolv" && { mountpoint -q /etc/resolv.conf || mount --bind "$T/resolv" /etc/resolv.conf; }; }
resolv() { nap run "$@" payload:1.0 cat /etc/resolv.conf | grep -v '^#'; }
mount_resolv 'nameserver 198.18.1.2' 'nameserver 2001:db8:1::2' 'search example.org' 'options ndots:2'
is "the host's" "$(resolv)" $'nameserver 198.18.1.2\nnameserver 2001:db8:1::2\nsearch example.org\noptions ndots:2'
is "--dns" "$(resolv --dns 192.0.2.7 | grep nameserver)" "nameserver 192.0.2.7"
is "--dns-search" "$(resolv --dns-search a.example | grep search)" "search a.example"
is "--dns-option" "$(resolv --dns-option timeout:1 | grep options)" "options timeout:1"
printf '%s\n' 'nameserver 127.0.0.1' 'nameserver ::1' 'nameserver 198.18.1.9' >"$T/resolv"
is "without loopback resolvers" "$(resolv | grep nameserver)" "nameserver 198.18.1.9"
is "the host's network keeps them" "$(resolv --network host | grep -c nameserver)" 3
printf '%s\n' $'nameserver\t127.0.0.1 # local' 'nameserver ::1f' 'nameserver 127.example' >"$T/resolv"
is "by their addresses, not their looks" "$(resolv | grep nameserver)" $'nameserver ::1f\nnameserver 127.example'
printf '%s\n' 'nameserver 127.0.0.53' 'search resolved.example' >"$T/resolv"
mkdir -p /run/systemd/resolve
printf '%s\n' 'nameserver 198.18.1.7' 'search resolved.example' >/run/systemd/resolve/resolv.conf
is "systemd-resolved's real ones" "$(resolv)" $'nameserver 198.18.1.7\nsearch resolved.example'
rm -r /run/systemd
network own 'DNS=192.0.2.53'
is "DNS= of the network" "$(resolv --network own | grep nameserver)" "nameserver 192.0.2.53"
is "--dns goes before it" "$(resolv --network own --dns 192.0.2.7 | grep -m 1 nameserver)" "nameserver 192.0.2.7"
umount /etc/resolv.conf
finish
