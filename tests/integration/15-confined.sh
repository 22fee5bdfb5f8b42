#!/bin/bash
# SPDX-License-Identifier: MIT
# What reads an archive has no more privileges than making files takes, whatever the archive makes it do.
. "$(dirname "$0")/lib.sh"
corpus busybox

# An archive that does not come to its end holds the load where it can be looked at.
mkfifo "$T/pipe"
"$B/nap-image" --root="$ROOT" --runroot="$RUNROOT" load -q - <"$T/pipe" >"$T/id" 2>&1 &
load=$!
exec 3>"$T/pipe"
head -c 100000 "$CORPUS/busybox/oci-raw.tar" >&3
status() { sed -n "s/^$1:\t*//p" "/proc/$load/status"; }
# CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID SETGID SETUID SYS_ADMIN MKNOD SETFCAP; dropping the
# rest comes last
other_capabilities() { echo $((0x$(status CapEff) & ~0x882000df)); }
for _ in $(seq 500); do
	[ "$(other_capabilities)" = 0 ] && break
	sleep 0.01
done
is "no capability but those for files" "$(other_capabilities)" 0
is "no new privileges" "$(status NoNewPrivs)" 1
tail -c +100001 "$CORPUS/busybox/oci-raw.tar" >&3
exec 3>&-
wait "$load"
is "and it loads" "$?" 0
finish
