#!/bin/bash
# SPDX-License-Identifier: MIT
# make.sh OUT [IMAGE...]: build test images offline (Debian's and npm's archives only) in every form
# an unpacker must read; what is there already is kept. IMAGE: busybox edge multi payload many
# (seconds, the default), nginx redis postgres (servers.sh: 20 seconds each), stack stack1 node (minutes:
# Debian with python, nginx, redis, postgres in ten layers; the same squashed; 65k small files).
#
#   OUT/IMAGE/{oci-gz,oci-zstd,oci-raw}{,.tar}    OCI layouts, and archives of them
#   OUT/IMAGE/docker-skopeo.tar                   docker-archive as skopeo writes it
#   OUT/IMAGE/docker-{legacy,oci,oci-gz}.tar      docker save before 25 and since
#   OUT/IMAGE/layers/NN.tar                       the plain layers in order
#   OUT/multi                                     a layout with a nested multi-arch index
set -euo pipefail
# buildah leaves its storage mounted
[ -n "${CORPUS_WORLD:-}" ] || CORPUS_WORLD=1 exec unshare --mount --propagation private "$0" "$@"
OUT=$(mkdir -p "${1:?output directory}" && cd "$1" && pwd)
shift
here=$(cd "$(dirname "$0")" && pwd)
W=$OUT/.work
export SOURCE_DATE_EPOCH=1700000000 TMPDIR=$W
mkdir -p "$W"
echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$W/policy.json"

mkimage() { /usr/bin/python3 "$here/mkimage.py" "$@"; }
skopeo() { command skopeo --policy "$W/policy.json" --insecure-policy --tmpdir "$W" "$@"; }
buildah() { command buildah --root "$W/store" --runroot "$W/run" --storage-driver overlay "$@"; }
say() { echo "corpus: $*" >&2; }

# All forms of the plain layout OUT/NAME/oci-raw.
forms() { # NAME
	local d=$OUT/$1 f

	skopeo copy -q --dest-compress-format gzip "oci:$d/oci-raw:$1:1.0" "oci:$d/oci-gz:$1:1.0"
	skopeo copy -q --dest-compress-format zstd "oci:$d/oci-raw:$1:1.0" "oci:$d/oci-zstd:$1:1.0"
	skopeo copy -q "oci:$d/oci-raw:$1:1.0" "docker-archive:$d/docker-skopeo.tar:docker.io/corpus/$1:1.0"
	mkimage docker "$d/oci-raw" "$d/oci-gz" "$d" "$1"
	mkimage layers "$d/oci-raw" "$d/layers"
	for f in oci-raw oci-gz oci-zstd; do
		tar -C "$d/$f" --sort=name -cf "$d/$f.tar" .
	done
}

# ---- images made by hand

busybox_root() {
	local root=$W/bb a

	mkdir -p "$root/bin" "$root/etc" "$root/tmp"
	chmod 1777 "$root/tmp"
	cp "$(command -v busybox)" "$root/bin/busybox"
	for a in $(busybox --list); do
		ln -f "$root/bin/busybox" "$root/bin/$a" 2>/dev/null || true
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' >"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
	tar -C "$root" --sort=name --owner=0 --group=0 --mtime=@$SOURCE_DATE_EPOCH -cf "$W/root.tar" .
	rm -rf "$root"
}

make_busybox() {
	busybox_root
	mkimage oci "$OUT/busybox/oci-raw" busybox:1.0 \
		'{"Cmd":["/bin/sh"],"Env":["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}' "$W/root.tar"
	forms busybox
}

make_edge() {
	mkimage edge "$W/edge"
	mkimage oci "$OUT/edge/oci-raw" edge:1.0 '{"Cmd":["/bin/sh"]}' "$W"/edge/?.tar
	forms edge
}

make_multi() {
	image edge
	image busybox
	mkimage multi "$OUT/multi" "$OUT/edge/oci-gz" "$OUT/busybox/oci-gz"
}

# busybox, the payload, users and groups, files that would raise privileges, a volume with content.
payload_layer() {
	local root=$W/payload

	mkdir -p "$root/etc" "$root/sbin" "$root/data" "$root/work" "$root/home/app"
	${CC:-cc} -std=gnu17 -D_GNU_SOURCE -O2 -static -o "$root/payload" "$here"/../payload*.c
	ln "$root/payload" "$root/sbin/init"
	cp "$root/payload" "$root/suid"
	cp "$root/payload" "$root/filecap"
	setcap cap_net_raw,cap_sys_admin+ep "$root/filecap"
	printf 'no program\n' >"$root/text"
	printf '#!/nonexistent/interpreter\n' >"$root/bad-script"
	printf 'from the image\n' >"$root/data/file"
	cat >"$root/etc/passwd" <<-'PASSWD'
		root:x:0:0:root:/root:/bin/sh
		nobody:x:65534:65534::/:/bin/false
		app:x:1000:1000:the app:/home/app:/bin/sh
		1234:x:4321:4321:a name of digits:/:/bin/sh
	PASSWD
	printf 'root:x:0:\napp:x:1000:\nextra:x:2000:app\nmore:x:2001:root,app\n' >"$root/etc/group"
	chmod 4755 "$root/suid"
	chmod 755 "$root/bad-script" && chmod 644 "$root/text"
	chown 1000:1000 "$root/data" "$root/home/app"
	tar -C "$root" --sort=name --xattrs --xattrs-include='security.*' -cf "$W/payload.tar" .
	rm -rf "$root"
}

make_payload() {
	local env='["PATH=/usr/local/bin:/usr/bin:/bin","FROM_IMAGE=yes","OVERRIDE=image"]'

	busybox_root
	payload_layer
	mkimage oci "$OUT/payload/oci-raw" payload:1.0 '{"Cmd":["/payload","report"],"Env":'"$env"',
		"WorkingDir":"/work","Labels":{"one":"1","two":"zwei"}}' "$W/root.tar" "$W/payload.tar"
	mkimage oci "$OUT/payload/user" payload:user '{"Entrypoint":["/payload"],"Cmd":["args","a b","c"],"Env":'"$env"',
		"User":"app","StopSignal":"SIGINT","Volumes":{"/data":{}},"ExposedPorts":{"80/tcp":{}}}' \
		"$W/root.tar" "$W/payload.tar"
	forms payload
}

make_many() {
	busybox_root
	mkimage many "$W/many" 120
	mkimage oci "$OUT/many/oci-raw" many:1.0 '{"Cmd":["/bin/sh"]}' "$W/root.tar" "$W"/many/*.tar
	tar -C "$OUT/many/oci-raw" --sort=name -cf "$OUT/many/oci-raw.tar" .
}

# ---- images built from packages

# Build a Dockerfile and turn the result into forms.
build() { # NAME CONTEXT [buildah option...]
	local d=$OUT/$1

	buildah bud -q --isolation chroot --format oci --timestamp $SOURCE_DATE_EPOCH \
		--signature-policy "$W/policy.json" "${@:3}" -t "localhost/corpus/$1:1.0" "$2" >/dev/null
	buildah push -q --signature-policy "$W/policy.json" "localhost/corpus/$1:1.0" "dir:$d/.dir"
	skopeo copy -q --dest-decompress "dir:$d/.dir" "dir:$d/.plain"
	skopeo copy -q --dest-oci-accept-uncompressed-layers "dir:$d/.plain" "oci:$d/oci-raw:$1:1.0"
	rm -rf "$d/.dir" "$d/.plain"
	forms "$1"
}

make_stack() {
	mkdir -p "$W/stack"
	cp "$here/stack.dockerfile" "$W/stack/Dockerfile"
	# shellcheck disable=SC2016 # $1 belongs to the hook
	mmdebstrap --quiet --variant=minbase --include=ca-certificates \
		--customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin' \
		bookworm "$W/stack/base.tar"
	build stack "$W/stack" --layers
}

make_stack1() {
	image stack
	mkdir -p "$W/stack1"
	buildah tag "$(buildah pull -q --signature-policy "$W/policy.json" "oci:$OUT/stack/oci-raw:stack:1.0")" \
		localhost/corpus/stack:1.0
	printf 'FROM localhost/corpus/stack:1.0\nUSER 0\n' >"$W/stack1/Dockerfile"
	build stack1 "$W/stack1" --squash --layers=false
}

make_node() {
	busybox_root
	mkdir -p "$W/node/app"
	cp "$here/node.json" "$W/node/app/package.json"
	(cd "$W/node/app" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error \
		--legacy-peer-deps >&2)
	tar -C "$W/node/app" --sort=name --owner=1000 --group=1000 -cf "$W/node/app.tar" .
	cp "$W/root.tar" "$here/node.dockerfile" "$W/node"
	build node "$W/node" --layers -f "$W/node/node.dockerfile"
}

# shellcheck source=tests/corpus/servers.sh
. "$here/servers.sh"

# What an image is made from: it is made again when this changes.
recipe() { # NAME
	case $1 in
	stack*) cat "$here/stack.dockerfile" ;;
	node) cat "$here"/node.* ;;
	nginx | redis | postgres) cat "$here/servers.sh" "$here"/{nginx.conf,postgres-entrypoint.sh,mkimage.py} ;;
	*) cat "$here/make.sh" "$here/mkimage.py" "$here"/../payload*.[ch] ;;
	esac | sha256sum
}

image() { # NAME
	if [ "$(cat "$OUT/$1/.made" 2>/dev/null)" = "$(recipe "$1")" ]; then return; fi
	say "$1"
	rm -rf "${OUT:?}/$1"
	mkdir -p "$OUT/$1"
	"make_$1"
	recipe "$1" >"$OUT/$1/.made"
}

[ $# -gt 0 ] || set -- busybox edge multi payload many
for name; do
	image "$name"
done
if [ -d "$W/store" ]; then
	buildah rmi -a -f >/dev/null
	umount "$W/store/overlay" 2>/dev/null || true
	rm -rf --one-file-system "$W/store" "$W/run"
fi
