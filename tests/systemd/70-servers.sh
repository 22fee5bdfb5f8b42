#!/bin/bash
# SPDX-License-Identifier: MIT
# Real servers from Debian's packages: nginx, redis, postgres as app@web, app@cache, app@db by the app
# files in apps/. They answer, keep their data, log to the journal, and stop at once.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images nginx redis postgres
busybox ip link set lo up
before=$(world)
mkdir -p /etc/nap/apps /etc/credstore
printf 'correct horse\n' >/etc/credstore/db-password
chmod 600 /etc/credstore/db-password
cp /tests/apps/{web,cache,db}.app /etc/nap/apps
ok "nap check finds nothing to say" nap check /etc/nap/apps/web.app /etc/nap/apps/cache.app /etc/nap/apps/db.app
systemctl daemon-reload

page() { busybox wget -qO- http://127.0.0.1/; }
sql() { nap exec -e PGPASSWORD="correct horse" db psql -h 127.0.0.1 -U postgres -Atc "$1"; }
all=(app@web app@cache app@db)

remember "${all[@]}"
took=$(msec systemctl start "${all[@]}")
echo "# all three were ready in $took ms, initdb included"
is "all are active" "$(systemctl is-active "${all[@]}" | sort -u)" active
is "nginx is the main process of app@web" "$(tr '\0' ' ' <"/proc/$(main_pid web)/cmdline" | cut -c1-13)" "nginx: master"
is "postgres that of app@db, behind its entrypoint" "$(cat "/proc/$(main_pid db)/comm")" postgres
is "redis does not run as root" "$(stat -c %u "/proc/$(main_pid cache)" | grep -cx 0)" 0

wait_for page
like "nginx answers" "$(page)" 'Welcome to nginx'
logs "its access log is in the journal" web '"GET / HTTP/1'
is "redis answers on its port" "$(printf 'SET colour blue\r\nQUIT\r\n' | busybox nc 127.0.0.1 6379 | tr -d '\r' | paste -sd' ')" "+OK +OK"
logs "its log is there" cache 'Ready to accept connections'
is "postgres answers with the password of its credential" "$(sql 'create table t (x int); insert into t values (42); select x from t')" \
	$'CREATE TABLE\nINSERT 0 1\n42'
logs "its log is there" db 'ready to accept connections'

for i in web cache db; do
	below "app@$i stops at once: it has ten seconds" "$(msec systemctl stop "app@$i")" 8000
	is "and well" "$(props "$i" ActiveState Result ExecMainStatus)" "inactive success 0"
done
logs "nginx had its own stop signal" web 'gracefully shutting down'
logs "postgres as well" db 'received fast shutdown request'
same_world "nothing is left but their volumes" "$before"

took=$(msec systemctl start "${all[@]}")
echo "# all three were ready in $took ms, with their data"
is "redis has its data" "$(printf 'GET colour\r\nQUIT\r\n' | busybox nc 127.0.0.1 6379 | tr -d '\r' | sed -n 2p)" blue
is "postgres has its data" "$(sql 'select x from t')" 42
ok "restart under load of one client" systemctl restart app@db
is "postgres still has it" "$(sql 'select count(*) from t')" 1
kill -9 "$(main_pid cache)"
becomes "Restart= brings redis back" 1 prop cache NRestarts
becomes "and it answers" PONG nap exec cache redis-cli ping
forget web cache db
rm /etc/credstore/db-password
same_world "nothing is left at the end" "$before"
finish
