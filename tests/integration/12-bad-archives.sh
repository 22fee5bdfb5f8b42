#!/bin/bash
# SPDX-License-Identifier: MIT
# What cannot be loaded: exit status 1, one line that says why, and the store is as it was, byte for
# byte. (What is wicked rather than broken is in tests/hostile.)
. "$(dirname "$0")/lib.sh"
needs jq
corpus busybox payload multi

# The store is not empty: an image that shares a layer with what fails to load is there.
load busybox/oci-gz.tar
before=$(store_list "$ROOT")

refuses() { # REGEX ARCHIVE [OPTION...]
	fails_with 1 "$1" nap load "${@:3}" "$2"
	is "   and the store is untouched" "$(store_list "$ROOT")" "$before"
}

spoiled() { # REGEX HOW...
	echo "# $*"
	/usr/bin/python3 "$TOP/tests/corpus/spoil.py" "$CORPUS/payload/oci-gz" "$T/bad" "${@:2}"
	refuses "$1" "$T/bad"
	tar -C "$T/bad" -cf "$T/bad.tar" .
	refuses "$1" "$T/bad.tar"
}

# ---- one flipped bit in each kind of blob
spoiled 'index' flip index 0
spoiled 'blob|manifest' flip manifest 100
spoiled 'blob|config' flip config 100
for offset in 0 3 100 50000 -1 -6 -20; do
	spoiled 'layer' flip layer $offset
done

# ---- blobs that are not there, or not whole
for blob in manifest config layer; do
	spoiled "blob|$blob" remove $blob
	spoiled "blob|$blob" cut $blob
	spoiled "blob|$blob" size $blob
done
spoiled 'index' remove index
spoiled 'index' cut index

# ---- hashes are right, the content is not
spoiled 'layer.*diff' diff-id
spoiled 'layers|diff' few-diff-ids
spoiled 'index' text index '{"schemaVersion":2,"schemaVersion":2,"manifests":[]}'
spoiled 'index|no image' text index '{"schemaVersion":2,"manifests":[]}'
spoiled 'manifest' text manifest '{"schemaVersion":2}'
spoiled 'manifest' text manifest 'no json'
spoiled 'config' text config '[]'
spoiled 'config' text config '{"os":"linux","architecture":5,"rootfs":{"type":"layers","diff_ids":[]}}'

# ---- truncated archives of every form
for form in oci-gz.tar oci-raw.tar oci-zstd.tar docker-skopeo.tar docker-legacy.tar docker-oci.tar; do
	size=$(stat -c %s "$CORPUS/payload/$form")
	for part in 1 25 50 75 95; do
		head -c $((size * part / 100)) "$CORPUS/payload/$form" >"$T/cut.tar"
		refuses '.' "$T/cut.tar"
	done
done
gzip <"$CORPUS/payload/oci-raw.tar" | head -c 500000 >"$T/cut.tar.gz"
refuses '.' "$T/cut.tar.gz"
for form in docker-legacy.tar docker-skopeo.tar; do
	size=$(stat -c %s "$CORPUS/payload/$form")
	cp "$CORPUS/payload/$form" "$T/flipped.tar"
	# in the second layer: the first is in the store already, and not looked at again
	printf '\377\376\375' | dd of="$T/flipped.tar" bs=1 seek=$((size * 3 / 4)) conv=notrunc status=none
	refuses 'layer' "$T/flipped.tar"
done

# ---- no archives at all
refuses 'No such file' "$T/nowhere"
: >"$T/empty.tar"
refuses '.' "$T/empty.tar"
mkdir "$T/directory"
refuses '.' "$T/directory"
head -c 100000 /dev/urandom >"$T/noise"
refuses '.' "$T/noise"
tar -C /etc -cf "$T/plain.tar" passwd
refuses 'manifest.json|index.json|no image|not an image' "$T/plain.tar"
printf '\033[31mred\n' >"$T/"$'esc\033[31m'
unlike "control characters are escaped in messages" "$(nap load "$T/"$'esc\033[31m' 2>&1)" $'\033'

# ---- wrong platform
refuses 's390x' "$CORPUS/multi" --platform linux/s390x

# ---- full disks
full() { # NAME
	local ROOT=$T/$1/root list

	nap images >/dev/null
	list=$(store_list "$ROOT")
	fails_with 1 '[Ss]pace' nap load "$CORPUS/busybox/oci-gz.tar"
	is "   and the store on $1 is untouched" "$(store_list "$ROOT")" "$list"
	umount "$T/$1"
}
mkdir "$T/tmpfs" "$T/ext4"
mount -t tmpfs -o size=1200k tmpfs "$T/tmpfs"
full tmpfs
truncate -s 2M "$T/disk" && mke2fs -q -t ext4 -O ^has_journal "$T/disk"
if mount -o loop "$T/disk" "$T/ext4" 2>/dev/null; then
	full ext4
else
	skip "a full ext4" "no loop devices here"
fi
finish
