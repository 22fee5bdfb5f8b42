#!/bin/bash
# SPDX-License-Identifier: MIT
# The entrypoint of the test image postgres: as the official one does, read the password as root, leave
# root behind, and make the cluster when the volume is empty.
set -eu
: "${PGDATA:?}"

[ -z "${POSTGRES_PASSWORD_FILE:-}" ] || POSTGRES_PASSWORD=$(<"$POSTGRES_PASSWORD_FILE")
unset POSTGRES_PASSWORD_FILE
[ -z "${POSTGRES_PASSWORD:-}" ] || export POSTGRES_PASSWORD
if [ "$(id -u)" = 0 ]; then
	mkdir -p "$PGDATA" /run/postgresql
	chown postgres: "$PGDATA" /run/postgresql
	chmod 700 "$PGDATA"
	exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
	initdb --no-instructions --no-sync --auth-local=trust --auth-host=scram-sha-256 \
		--pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:?}")
	echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
fi
unset POSTGRES_PASSWORD
exec "$@"
