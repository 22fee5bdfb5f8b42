#!/bin/bash
# SPDX-License-Identifier: MIT
# Every form of archive loads, under the right names, to the same image; what is around it: standard
# input, outer compression, platforms, several images, repeated layers, repeated loads.
. "$(dirname "$0")/lib.sh"
needs jq skopeo gzip zstd xz
corpus busybox edge multi payload

names() { nap images --json | jq -r '.[].RepoTags[]' | LC_ALL=C sort | paste -sd' '; }
ids() { nap images -q | LC_ALL=C sort | paste -sd' '; }

# ---- forms
for image in busybox edge payload; do
	id="" tree=""
	for form in oci-raw oci-gz oci-zstd oci-raw.tar oci-gz.tar oci-zstd.tar docker-skopeo.tar \
		docker-legacy.tar docker-oci.tar docker-oci-gz.tar; do
		fresh_store
		got=$(nap load -q "$CORPUS/$image/$form" 2>&1)
		like "$image $form: load -q prints an id" "$got" '^(sha256:)?[0-9a-f]{64}$'
		is "$image $form: the config's digest is the id" "$got" "${id:=$got}"
		case $form in
		oci-*) is "$image $form: its name" "$(names)" "$image:1.0" ;;
		*) is "$image $form: its name" "$(names)" "corpus/$image:1.0" ;;
		esac
		image_tree "$got" >"$T/$image.$form"
		same_file "$image $form: the tree" "$T/$image.$form" "${tree:=$T/$image.$form}"
	done
done

# ---- where the bytes come from
fresh_store
like "load prints what it loaded" "$(nap load "$CORPUS/busybox/oci-gz.tar" 2>/dev/null)" 'busybox:1\.0'
before=$(store_list "$ROOT")
busybox=$(nap load -q "$CORPUS/busybox/oci-gz.tar")
is "the same image again changes nothing" "$(store_list "$ROOT")" "$before"
ok "the same image in another form" nap load "$CORPUS/busybox/docker-legacy.tar"
is "is the same image" "$(ids)" "$(cut -c8-19 <<<"$busybox")"
is "with both names" "$(names)" "busybox:1.0 corpus/busybox:1.0"
for compress in cat gzip zstd xz; do
	fresh_store
	$compress <"$CORPUS/busybox/oci-raw.tar" >"$T/archive"
	is "an archive through $compress" "$(nap load -q "$T/archive")" "$busybox"
	fresh_store
	is "the same by standard input" "$(nap load -q - <"$T/archive")" "$busybox"
	fresh_store
	is "the same by a pipe" "$(dd if="$T/archive" bs=64k status=none | nap load -q -)" "$busybox"
	fresh_store
	is "without an argument it is standard input" "$(nap load -q <"$T/archive")" "$busybox"
done

# ---- progress
fresh_store
nap load "$CORPUS/edge/oci-gz.tar" 2>"$T/err" >/dev/null
is "without a terminal: a line for each layer" "$(grep -cE '^nap: load .*: [1-6]/6 layer ' "$T/err")" 6
fresh_store
is "-q: none" "$(nap load -q "$CORPUS/edge/oci-gz.tar" 2>&1 >/dev/null)" ""
fresh_store
ok "on a terminal: a bar that goes away" "$TOP/tests/pty.py" "$NAP" --root "$ROOT" --runroot "$RUNROOT" \
	load "$CORPUS/edge/oci-gz.tar" < <(printf '%s\n' 'expect \[=*[ >]*\] [0-6]/6 layers' 'expect \x1b\[KLoaded image: edge:1.0' 'exits 0')

# ---- names
fresh_store
ok "--tag names the image" nap load --tag web --tag registry.example:5000/team/web:2 "$CORPUS/busybox/oci-gz"
is "beside the archive's name" "$(names)" "busybox:1.0 registry.example:5000/team/web:2 web:latest"
skopeo copy -q --insecure-policy --additional-tag one:1 --additional-tag two:2 \
	"oci:$CORPUS/busybox/oci-raw:busybox:1.0" "docker-archive:$T/names.tar:three:3"
fresh_store
ok "an archive with several names" nap load "$T/names.tar"
is "gives the image all of them" "$(names)" "one:1 three:3 two:2"
skopeo copy -q --insecure-policy "oci:$CORPUS/busybox/oci-raw:busybox:1.0" "docker-archive:$T/nameless.tar"
fresh_store
is "an archive without a name" "$(nap load -q "$T/nameless.tar")" "$busybox"
is "gives a nameless image" "$(names)" ""
is "that is known by its id" "$(ids)" "$(cut -c8-19 <<<"$busybox")"

# ---- several images
cp -r "$CORPUS/busybox/oci-gz" "$T/both"
skopeo copy -q --insecure-policy "oci:$CORPUS/edge/oci-gz:edge:1.0" "oci:$T/both:edge:1.0"
tar -C "$T/both" -cf "$T/both.tar" .
fresh_store
ok "an archive of two images" nap load "$T/both.tar"
is "loads both" "$(names)" "busybox:1.0 edge:1.0"

# ---- platforms
host=$(uname -m)
fresh_store
if [ "$host" = x86_64 ]; then
	ok "a nested index" nap load "$CORPUS/multi"
	image_tree multi:1.0 >"$T/multi"
	same_file "gives this machine's image" "$T/multi" "$T/busybox.oci-gz"
fi
fresh_store
ok "--platform chooses another" nap load --platform linux/arm64 "$CORPUS/multi"
image_tree multi:1.0 >"$T/multi"
same_file "with its tree" "$T/multi" "$T/edge.oci-gz"
fresh_store
fails_with 1 's390x.*linux/amd64' nap load --platform linux/s390x "$CORPUS/multi"
is "nothing is loaded then" "$(ids)" ""
fails_with 2 'platform' nap load --platform 'what?' "$CORPUS/multi"

# ---- layers
/usr/bin/python3 "$TOP/tests/corpus/mkimage.py" oci "$T/repeated" repeated '{}' \
	"$CORPUS/busybox/layers/00.tar" "$CORPUS/edge/layers/05.tar" "$CORPUS/busybox/layers/00.tar"
fresh_store
ok "an image with a repeated layer" nap load "$T/repeated"
is "keeps it once" "$(find "$ROOT/layers" -mindepth 1 -maxdepth 1 | wc -l)" 2
ok "images share layers" nap load "$CORPUS/busybox/oci-gz"
is "on disk" "$(find "$ROOT/layers" -mindepth 1 -maxdepth 1 | wc -l)" 2
finish
