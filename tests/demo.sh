#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh NAP: pack busybox and a page into an OCI archive by hand, load it, run its web server, show
# that it answers, and clean up. What `make demo` shows; works in a scratch directory only.
set -eu
nap=$1
work=$(mktemp -d /var/tmp/nap-demo.XXXXXX)
app=

clean_up() {
	[ -z "$app" ] || { kill "$app" && wait "$app"; } 2>/dev/null || true
	rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

show() {
	if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
		printf '\n\033[1m$ %s\033[0m\n' "$*"
	else
		printf '\n$ %s\n' "$*"
	fi
}

nap() { "$nap" --root "$work/store" --runroot "$work/run" "$@"; }

# Store a file as a blob of the layout; prints its descriptor.
blob() { # FILE MEDIA-TYPE
	digest=$(sha256sum <"$1" | cut -d' ' -f1)
	cp "$1" "$work/oci/blobs/sha256/$digest"
	printf '{"mediaType":"application/vnd.oci.image.%s","digest":"sha256:%s","size":%d}' \
		"$2" "$digest" "$(stat -c %s "$1")"
}

pack() {
	root=$work/rootfs
	mkdir -p "$root/bin" "$root/www" "$root/tmp" "$work/oci/blobs/sha256"
	cp "$(command -v busybox)" "$root/bin/busybox"
	for i in sh httpd wget; do ln -s busybox "$root/bin/$i"; done
	echo '<h1>Hello from a nap container</h1>' >"$root/www/index.html"
	tar -C "$root" --owner=0 --group=0 -cf "$work/layer.tar" .
	case $(uname -m) in
	x86_64) machine=amd64 ;;
	aarch64) machine=arm64 ;;
	*) machine=$(uname -m) ;;
	esac
	printf '{"architecture":"%s","os":"linux","config":{"Cmd":["httpd","-f","-p","8080","-h","/www"],%s},%s}' \
		"$machine" '"Env":["PATH=/bin"],"User":"65534"' \
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:$(sha256sum <"$work/layer.tar" | cut -d' ' -f1)\"]}" \
		>"$work/config"
	gzip -n "$work/layer.tar"
	printf '{"schemaVersion":2,"config":%s,"layers":[%s]}' "$(blob "$work/config" config.v1+json)" \
		"$(blob "$work/layer.tar.gz" layer.v1.tar+gzip)" >"$work/manifest"
	printf '{"schemaVersion":2,"manifests":[%s,"annotations":{"%s":"demo"}}]}' \
		"$(blob "$work/manifest" manifest.v1+json | sed 's/}$//')" \
		org.opencontainers.image.ref.name >"$work/oci/index.json"
	printf '{"imageLayoutVersion":"1.0.0"}' >"$work/oci/oci-layout"
	tar -C "$work/oci" -cf "$work/demo.tar" .
}

answer() { nap exec web wget -qO- http://127.0.0.1:8080/; }

pack
show "nap load demo.tar"
nap load "$work/demo.tar"
show "nap images"
nap images
show "nap run --name web demo &"
nap run --name web demo &
app=$!
tries=0
until page=$(answer 2>/dev/null); do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || { echo "no answer" >&2; exit 1; }
	sleep 0.1
done
show "nap ps"
nap ps
show "nap exec web wget -qO- http://127.0.0.1:8080/"
echo "$page"
[ "$page" = '<h1>Hello from a nap container</h1>' ]
show "nap stop web"
nap stop web
wait "$app" || true
app=
show "nap rmi demo"
nap rmi demo
left=$(find "$work/store/images" "$work/store/layers" "$work/store/containers" -mindepth 1 && nap ps -q)
[ -z "$left" ] || { echo "left behind: $left" >&2; exit 1; }
printf '\nIt answered, and nothing is left behind.\n'
