#!/bin/bash
# SPDX-License-Identifier: MIT
# load.sh [N]: how long it takes to load an image, N times each, interleaved, on a fresh ext4 without
# fsync: nap (both digests of every layer verified), `tar xzf` of the layers in order, umoci raw unpack.
# The ratio is the median of the paired ratios; maxrss is nap's peak memory. The images are those of
# $CORPUS (tests/corpus/make.sh builds them); nothing is built here.
set -eu
if [ -z "${NAP_BENCH_WORLD:-}" ]; then
	NAP_BENCH_WORLD=1 exec unshare --mount --propagation private /bin/bash "$0" "$@"
fi
rounds=${1:-5}
top=$(cd "$(dirname "$0")/../.." && pwd)
B=${B:-$top/build}
CORPUS=${CORPUS:-$B/tests/corpus}
W=$(mktemp -d /var/tmp/nap-bench.XXXXXX)
D=$W/disk

leave() {
	umount "$D" 2>/dev/null || true
	rm -rf --one-file-system "$W"
}

# Milliseconds of a command; its output is of no interest, its failure is (tar may grumble about
# directories that a later layer replaces).
clock() {
	local start end

	start=$(date +%s%N)
	"$@" >/dev/null 2>"$W/errors" || { cat "$W/errors" >&2; return 1; }
	end=$(date +%s%N)
	echo $(((end - start) / 1000000))
}

layers() {
	local manifest

	manifest=$CORPUS/$1/oci-gz/blobs/sha256/$(jq -r '.manifests[0].digest' "$CORPUS/$1/oci-gz/index.json" | cut -d: -f2)
	jq -r '.layers[].digest' "$manifest" | sed "s|^sha256:|$CORPUS/$1/oci-gz/blobs/sha256/|"
}

untar() {
	local layer

	while read -r layer; do
		tar xzf "$layer" -C "$D/tree" || true
	done <"$W/layers"
}

run_nap() {
	/usr/bin/time -o "$W/rss" -f %M "$B/nap" --root "$D/store" load -q --no-sync "$CORPUS/$1/oci-gz"
}

run_umoci() {
	local ref

	ref=$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$CORPUS/$1/oci-gz/index.json")
	umoci raw unpack --image "$CORPUS/$1/oci-gz:$ref" "$D/bundle"
}

empty() {
	rm -rf --one-file-system "$D/store" "$D/tree" "$D/bundle"
	mkdir "$D/tree"
	sync -f "$D"
}

measure() {
	local nap tar umoci

	layers "$1" >"$W/layers"
	xargs cat <"$W/layers" >/dev/null
	for _ in $(seq "$rounds"); do
		empty
		nap=$(clock run_nap "$1")
		empty
		tar=$(clock untar)
		empty
		umoci=$(clock run_umoci "$1")
		echo "$nap $tar $umoci $(cat "$W/rss")"
	done >"$W/times"
	empty
}

# shellcheck disable=SC2016 # awk's own $1
report() {
	printf '%-8s %8d %8d %8d   nap/tar %s  nap/umoci %s  maxrss %s KiB\n' "$1" \
		"$(column %d '$1')" "$(column %d '$2')" "$(column %d '$3')" \
		"$(column %.3f '$1/$2')" "$(column %.3f '$1/$3')" "$(column %d '$4')"
}

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
column() { awk "{printf \"$1\\n\", $2}" "$W/times" | median; }

for tool in umoci jq mkfs.ext4; do
	command -v $tool >/dev/null || { echo "load.sh: skipped, $tool is not installed"; exit 0; }
done
found=
for image in stack node; do
	[ -d "$CORPUS/$image/oci-gz" ] && found+=" $image"
done
[ -n "$found" ] || { echo "load.sh: skipped, no images in $CORPUS"; rmdir "$W"; exit 0; }

trap leave EXIT
truncate -s 6G "$W/image"
mkfs.ext4 -q -F "$W/image"
mkdir "$D"
mount -o loop "$W/image" "$D"
printf '%-8s %8s %8s %8s   %s\n' image nap tar umoci "(ms, medians; ratios of pairs)"
for image in $found; do
	measure "$image"
	report "$image"
done
