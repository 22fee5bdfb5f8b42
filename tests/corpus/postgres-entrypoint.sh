#!/bin/sh
# SPDX-License-Identifier: MIT
# The entrypoint of the test image postgres: as the official one does, make the cluster when the volume
# is empty, and leave root behind.
set -eu
: "${PGDATA:?}"

if [ "$(id -u)" = 0 ]; then
	mkdir -p "$PGDATA" /run/postgresql
	chown postgres: "$PGDATA" /run/postgresql
	chmod 700 "$PGDATA"
	exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
	[ -n "${POSTGRES_PASSWORD_FILE:-}" ] || { echo "POSTGRES_PASSWORD_FILE is not set" >&2; exit 1; }
	initdb --no-instructions --no-sync --auth-local=trust --auth-host=scram-sha-256 \
		--pwfile="$POSTGRES_PASSWORD_FILE"
	echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
fi
exec "$@"
