#!/bin/bash
# SPDX-License-Identifier: MIT
# What an app and systemd say to each other: readiness, the watchdog, the file descriptor store.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images payload
before=$(world)
remember app@web
data=$T/data
mkdir "$data"

# ---- Notify=no
payload_app web '/payload report service'
systemctl start app@web
logs "Notify=no: the app has no socket to systemd" web '^notify\.socket=unset$'
forget web
payload_app web '/payload sleep'
systemctl start app@web
like "its output is the journal's stream itself" "$(readlink "/proc/$(main_pid web)/fd/1")" '^socket:'
is "so are its errors" "$(readlink "/proc/$(main_pid web)/fd/2")" "$(readlink "/proc/$(main_pid web)/fd/1")"
forget web

# ---- Notify=yes
own_users() { awk '{ print $1, ($2 >= 524288), $3 }' "/proc/$(main_pid web)/uid_map"; }
# that it is the main process systemd is told when it runs already
for how in RunInit=yes RunInit=no PidMode=host; do
	payload_app web '/payload notify /data/go' Notify=yes Volume="$data:/data" $how
	rm -f "$data/go"
	systemctl start --no-block app@web
	logs "Notify=yes, $how: the app runs" web '^starting$'
	becomes "is the main process" "/payload notify /data/go " command_line web
	is "with users of its own" "$(own_users)" "0 1 65536"
	is "and is not active before it says so" "$(prop web ActiveState)" activating
	touch "$data/go"
	becomes "it is active when it has said so" active prop web ActiveState
	is "its status text is the app's" "$(prop web StatusText)" "the app speaks"
	forget web
done
sleep 1000 &
for health in none 'test -e /data/go'; do
	payload_app web "/payload notify /data/go $!" Notify=yes Volume="$data:/data" "HealthCmd=$health"
	ok "an app that claims to be another process: HealthCmd=$health" systemctl start app@web
	becomes "is the main process nevertheless" "/payload notify /data/go $! " command_line web
	systemctl stop app@web
	ok "and the other lives" kill -0 $!
	forget web
done
kill $!
payload_app web 'sh -c "exit 3"' Notify=yes
systemctl start app@web 2>/dev/null
is "an app that ends without READY=1 has not started" \
	"$(props web ActiveState Result ExecMainStatus)" "failed exit-code 3"
forget web
payload_app web '/payload sleep' Notify=yes
printf '[Service]\nTimeoutStartSec=1\n' >>/etc/nap/apps/web.app
systemctl daemon-reload
systemctl start app@web 2>/dev/null
is "one that is never ready fails with a timeout" "$(props web ActiveState Result)" "failed timeout"
forget web
same_world "nothing is left of them" "$before"

# ---- watchdog
for init in yes no; do
	payload_app web '/payload watchdog 3' Notify=yes RunInit=$init
	printf '[Service]\nWatchdogSec=300ms\nRestart=on-failure\n' >>/etc/nap/apps/web.app
	systemctl daemon-reload
	ok "RunInit=$init: start an app with a watchdog" systemctl start app@web
	logs "WATCHDOG_PID is its own PID" web '^watchdog\.pid=mine$'
	logs "WATCHDOG_USEC is there" web '^watchdog\.usec=300000$'
	wait_for sh -c "[ \"\$(systemctl show -P NRestarts app@web)\" -ge 1 ]"
	like "systemd restarts it when it hangs" "$(journalctl --sync; journalctl -u app@web --no-pager -o cat)" 'Watchdog timeout'
	forget web
done
same_world "nothing is left of them" "$before"

# ---- fdstore
payload_app web '/payload fdstore' Notify=yes
printf '[Service]\nFileDescriptorStoreMax=4\n' >>/etc/nap/apps/web.app
systemctl daemon-reload
ok "start an app that stores a descriptor" systemctl start app@web
logs "it starts anew" web '^starts=1$'
becomes "systemd keeps it" 1 prop web NFileDescriptorStore
ok "restart" systemctl restart app@web
logs "it gets it back" web '^starts=2$'
logs "LISTEN_PID is its own PID" web '^listen\.pid=mine$'
logs "with its name" web '^listen\.names=starts$'
kill -9 "$(main_pid web)"
forget web

# ---- health
sick() { rm "$data/healthy"; }
healthy=(Volume="$data:/data" 'HealthCmd=test -e /data/healthy' HealthInterval=100ms HealthRetries=2
	HealthTimeout=1min)
rm -f "$data/healthy"
payload_app web '/payload sleep' Notify=healthy "${healthy[@]}"
systemctl start --no-block app@web
logs "Notify=healthy: the app runs" web '^ready$'
is "and is not active before it is healthy" "$(prop web ActiveState)" activating
touch "$data/healthy"
becomes "it is active when it is" active prop web ActiveState
like "nap ps tells its health" "$(nap ps | grep web)" '[^n]healthy'
# now and then a check runs, which ends; what is resident would always be there
becomes "one process is resident beside the app" 2 residents web
sick
wait_for sh -c "nap ps | grep -q unhealthy"
is "an unhealthy app goes on, if nothing is said" "$(prop web ActiveState)" active
forget web

touch "$data/healthy"
payload_app web '/payload sleep' HealthOnFailure=kill "${healthy[@]}"
ok "start with HealthOnFailure=kill" systemctl start app@web
pid=$(main_pid web)
becomes "it is healthy" healthy sh -c "nap ps --json | grep -o healthy"
sick
wait_for sh -c "[ \"\$(systemctl show -P NRestarts app@web)\" -ge 1 ]"
unlike "systemd restarts an unhealthy app" "$(main_pid web)" "^$pid$"
forget web

touch "$data/healthy"
payload_app web '/payload sleep' HealthOnFailure=stop "${healthy[@]}"
ok "start with HealthOnFailure=stop" systemctl start app@web
sick
becomes "an unhealthy app is stopped" 0 prop web MainPID
is "and not started again" "$(prop web NRestarts)" 0
forget web

images redis
apps cache <<-'APP'
	[Container]
	Image=redis:1.0
	Network=none
	Notify=healthy
APP
ok "the image's own HEALTHCHECK makes it ready" systemctl start app@cache
is "its answer is true" "$(nap exec cache redis-cli ping)" PONG
forget cache
same_world "nothing is left at the end" "$before"
finish
