#!/bin/bash
# SPDX-License-Identifier: MIT
# Wicked archives (tests/hostile/make.py), each with the verdict it deserves: one in three of them here,
# all of them, in three ways, by `make hostile`. DISK=1G puts the store on a file system of that size.
. "$(dirname "$0")/lib.sh"

export QUICK=${QUICK:-3}
if [ -n "${DISK:-}" ]; then
	truncate -s "$DISK" "$T/image" && mkfs.ext4 -q -F "$T/image" && mkdir "$T/disk"
	mount -o loop "$T/image" "$T/disk" || { fail "make a disk"; exit 1; }
	ROOT=$T/disk/root
fi

# Limits low enough that what would fill a disk is small here.
mkdir -p /run/nap "$T/canary/dir"
cat >/run/nap/nap.conf <<-END
	[Load]
	MaxRatioAfter=32M
	MaxUnpackedSize=1G
	MaxEntries=5000
END
echo alive >"$T/canary/file"
ln -s file "$T/canary/link"
/usr/bin/python3 "$TOP/tests/hostile/make.py" "$T/cases" "$T/canary" || { fail "make the archives"; exit 1; }

# The store holds an image, so that there is something to spoil.
mkdir -m 700 "$ROOT"
export ASAN_OPTIONS=detect_leaks=0 # the loader shuts /proc away from itself
ok "load an honest image" nap load -q "$T/cases/honest"
/usr/bin/python3 "$TOP/tests/hostile/run.py" "$NAP" "$T/cases" "$ROOT" "$T/canary" "$T/scratch" ||
	tests_failed=1
finish
