#!/bin/bash
# SPDX-License-Identifier: MIT
# nap inside a chroot, as in a build system's: the container's root is the image, not the host's.
. "$(dirname "$0")/lib.sh"
needs nm
! nm "$NAP" | grep -q __asan_init || skip_all "sanitizers are libraries, of which a jail has none"
corpus payload
load payload/oci-gz
nap run --network none payload:1.0 true # what is made once is made now
before=$(world)

jail=$T/jail
mkdir -p "$jail"/{proc,sys,dev,run,tmp}
mount --bind "$jail" "$jail"
mount -t proc proc "$jail/proc"
mount --rbind /sys "$jail/sys"
mount --rbind /dev "$jail/dev"
cp "$NAP" "$jail/nap"
mkdir "$jail/store"
mount --bind "$ROOT" "$jail/store"
jailed() { chroot "$jail" /nap --root /store --runroot /run/nap "$@"; }

is "the root is the image's" "$(jailed run --network none payload:1.0 sh -c 'cat /data/file; ls -d /store /nap /var 2>/dev/null')" \
	'from the image'
chroot "$jail" /nap --root /store --runroot /run/nap run --name jailed --network none payload:1.0 /payload sleep >"$T/out" &
app=$!
wait_for grep -q ready "$T/out"
is "for exec, too" "$(jailed exec jailed sh -c 'cat /data/file; ls -d /store /nap /var 2>/dev/null')" 'from the image'
is "nothing of the host is mounted inside" "$(jailed exec jailed grep -c . /proc/self/mountinfo)" \
	"$(nap run --network none payload:1.0 grep -c . /proc/self/mountinfo)"
ok "stop" jailed stop jailed
wait $app
umount -R "$jail"
same_world "nothing is left" "$before"
finish
