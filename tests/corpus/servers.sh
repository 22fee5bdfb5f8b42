# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by make.sh: images of real servers, made of Debian's packages as the official ones are:
# nginx, redis and postgres, two layers each (the packages; what is ours), with the configs of the
# official images. Only as OUT/IMAGE/oci-raw{,.tar}. 20 s each.
: "${OUT:?} ${W:?} ${here:?}"

# A minimal Debian with packages, without what no server here reads. $hook is run last, with the tree as
# its $1.
debian_layer() { # OUT.tar PACKAGE...
	mmdebstrap --quiet --variant=minbase --include="$(IFS=,; echo "${*:2}")" \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=/usr/lib/*/libLLVM*' --dpkgopt='path-exclude=/usr/lib/postgresql/*/bitcode/*' \
		--customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/*/* "$1"/var/log/*.log' \
		--customize-hook="$hook" bookworm "$1"
}

# The layer of what is in DIR, and the image of both.
server() { # NAME DIR CONFIG PACKAGE...
	local layers=("$W/$1.packages.tar" "$W/$1.own.tar")

	debian_layer "${layers[0]}" "${@:4}"
	tar -C "$2" --sort=name --owner=0 --group=0 --mtime=@"$SOURCE_DATE_EPOCH" -cf "${layers[1]}" .
	mkimage oci "$OUT/$1/oci-raw" "$1:1.0" "$3" "${layers[@]}"
	tar -C "$OUT/$1/oci-raw" --sort=name -cf "$OUT/$1/oci-raw.tar" .
	rm -rf "${layers[@]}" "$2"
}

make_nginx() {
	local own=$W/nginx.own hook=true

	mkdir -p "$own"/etc/nginx/conf.d "$own"/usr/share/nginx/html "$own"/var/log/nginx
	ln -s /dev/stdout "$own/var/log/nginx/access.log"
	ln -s /dev/stderr "$own/var/log/nginx/error.log"
	cp "$here/nginx.conf" "$own/etc/nginx/nginx.conf"
	echo '<h1>Welcome to nginx</h1>' >"$own/usr/share/nginx/html/index.html"
	server nginx "$own" '{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
		"Cmd":["nginx","-g","daemon off;"],"ExposedPorts":{"80/tcp":{}},"StopSignal":"SIGQUIT",
		"Labels":{"maintainer":"tests of nap"}}' nginx-light
}

make_redis() {
	local own=$W/redis.own hook='chroot "$1" install -d -o redis -g redis /data'

	mkdir -p "$own"
	server redis "$own" '{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
		"Cmd":["redis-server","--protected-mode","no"],"User":"redis","WorkingDir":"/data",
		"Volumes":{"/data":{}},"ExposedPorts":{"6379/tcp":{}},
		"Healthcheck":{"Test":["CMD","redis-cli","ping"],"Interval":1000000000,"Timeout":3000000000,
			"StartPeriod":5000000000,"Retries":3}}' redis-server
}

make_postgres() {
	local own=$W/postgres.own hook='rm -rf "$1"/var/lib/postgresql/*'

	mkdir -p "$own/usr/local/bin"
	install -m 755 "$here/postgres-entrypoint.sh" "$own/usr/local/bin/docker-entrypoint.sh"
	server postgres "$own" '{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/15/bin",
			"PGDATA=/var/lib/postgresql/data"],
		"Entrypoint":["docker-entrypoint.sh"],"Cmd":["postgres"],"Volumes":{"/var/lib/postgresql/data":{}},
		"ExposedPorts":{"5432/tcp":{}},"StopSignal":"SIGINT"}' postgresql-15
}
