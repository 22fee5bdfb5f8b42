#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh NAP: pack busybox and a page into an OCI archive by hand, load it, run its web server, show
# that it answers, and clean up. Where systemd is PID 1 the same runs as app@demo, too. What `make demo`
# shows; works in a scratch directory, and for the unit in /run/systemd/system.
set -eu
nap=$1
work=$(mktemp -d /var/tmp/nap-demo.XXXXXX)
app=
unit=/run/systemd/system/app@demo.service

clean_up() {
	[ ! -e "$unit" ] || { systemctl stop app@demo && rm "$unit" && systemctl daemon-reload; } 2>/dev/null || true
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

becomes() { # WANT COMMAND...: within a minute
	want=$1 tries=0
	shift
	until got=$("$@" 2>/dev/null) && [ "$got" = "$want" ]; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || { echo "$*: \"$got\"" >&2; exit 1; }
		sleep 0.1
	done
}

# The app as a service. An installed nap has app@.service and a generator for this; here the whole unit
# is made, with the paths of the demo.
service() {
	mkdir "$work/apps"
	printf '[Unit]\nDescription=A page in a container\n[Container]\nImage=demo\nNetwork=none\nMemory=64M\n' \
		>"$work/apps/demo.app"
	show "cat /etc/nap/apps/demo.app"
	cat "$work/apps/demo.app"
	NAP_APPS_PATH=$work/apps nap unit demo |
		sed "s|^\(Exec[A-Za-z]*=-*\)[^ ]*|\1$nap --root $work/store --runroot $work/run|" >"$unit"
	show "systemctl daemon-reload; systemctl start app@demo"
	systemctl daemon-reload
	systemctl start app@demo
	becomes "$page" nap exec demo wget -qO- http://127.0.0.1:8080/
	show "systemctl status app@demo"
	systemctl --no-pager --lines=3 status app@demo
	[ "$(cat "/proc/$(systemctl show -P MainPID app@demo)/comm")" = httpd ]
	show "systemctl stop app@demo"
	systemctl stop app@demo
	[ "$(systemctl show -P Result app@demo)" = success ]
	rm "$unit"
	systemctl daemon-reload
}

pack
show "nap load demo.tar"
nap load "$work/demo.tar"
show "nap images"
nap images
show "nap run --name web demo &"
nap run --name web demo &
app=$!
page='<h1>Hello from a nap container</h1>'
becomes "$page" answer
show "nap ps"
nap ps
show "nap exec web wget -qO- http://127.0.0.1:8080/"
answer
show "nap stop web"
nap stop web
wait "$app" || true
app=
if [ ! -d /run/systemd/system ]; then
	printf '\nsystemd is not PID 1 here: the same as app@demo is not shown.\n'
elif [ -e "$unit" ] || [ -e /etc/nap/apps/demo.app ]; then
	printf '\nThere is an app called demo here: app@demo is not shown.\n'
else
	service
fi
show "nap rmi demo"
nap rmi demo
left=$(find "$work/store/images" "$work/store/layers" "$work/store/containers" -mindepth 1 && nap ps -q)
[ -z "$left" ] || { echo "left behind: $left" >&2; exit 1; }
printf '\nIt answered, and nothing is left behind.\n'
