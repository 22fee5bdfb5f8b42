#!/bin/bash
# SPDX-License-Identifier: MIT
# Health checks of containers and services, and the credentials of services: who checks, with which
# rights, what comes of it. The rules of the verdicts themselves are in tests/unit/test-health.c.
. "$(dirname "$0")/lib.sh"
needs jq python3
corpus payload
/usr/bin/python3 "$TOP/tests/corpus/mkimage.py" oci "$T/health" health:1.0 '{"Cmd":["/bin/sleep","1000"],
	"Env":["PATH=/bin"],"User":"app","Healthcheck":{"Test":["CMD-SHELL","test -e /tmp/up"],
	"Interval":100000000,"Retries":2}}' "$CORPUS"/payload/layers/*.tar
load payload/oci-raw
ok "an image with a HEALTHCHECK" nap load -q "$T/health"
nap run --network none payload:1.0 true
before=$(world)
fast=(--network none --health-interval 50ms --health-retries 2)

# In the background, as NAME; its exit status is that of `end NAME`.
begin() { # NAME ARGUMENT...
	rm -f "$T/out" "$T/err" # what an earlier one has said
	"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --name "$@" >"$T/out" 2>"$T/err" &
	pids[$1]=$!
}
declare -A pids
run() { nap run --network none "$@"; }
health() { tr -d ' \n' <"$RUNROOT/state/$1/health"; }
end() { # NAME
	nap kill "$1" >/dev/null
	wait "${pids[$1]}"
}

# ---- nap run
begin h "${fast[@]}" --health-cmd 'echo "not yet"; test -e /tmp/up' payload:1.0 sleep 1000
becomes "failures in a row are unhealthy" unhealthy health h
is "nap ps says so" "$(nap ps --json | jq -r '.[0].Health')" unhealthy
like "the output of a failed check" "$(head -1 "$T/err")" '^nap: health check failed: probe exited with 1: not yet$'
nap exec h touch /tmp/up
becomes "one success is healthy" healthy health h
end h
is "it ends as the app does" $? 137
same_world "nothing is left of it" "$before"

begin h --network none health:1.0
becomes "the image's HEALTHCHECK" unhealthy health h
nap exec h touch /tmp/up
becomes "and its success" healthy health h
end h
begin h --no-healthcheck --network none health:1.0
wait_for nap exec h true
ok "--no-healthcheck" test ! -e "$RUNROOT/state/h/health"
becomes "nobody stays for it but the reaper" nap-init nap exec h cat /proc/1/comm
end h
begin h --network none --health-cmd none health:1.0
wait_for nap exec h true
becomes "--health-cmd none" nap-init nap exec h cat /proc/1/comm
end h
fails_with 125 'health-interval' nap run --health-cmd x --health-interval soon payload:1.0 true
fails_with 125 'health-retries' nap run --health-cmd x --health-retries -1 payload:1.0 true

# ---- who checks
confinement='Uid|Gid|Groups|Cap[A-Za-z]*|NoNewPrivs|Seccomp|Seccomp_filters'
# In the container: wait until there is a checker, and find it.
find_it='for i in $(seq 3000); do for p in $(pidof nap-health); do break 2; done; sleep 0.02; done'
look="$find_it; f() { grep -E '^($confinement):' /proc/\$1/status; cat /proc/\$1/limits; }; \
f self >/tmp/app; f \$p >/tmp/checker; cmp /tmp/app /tmp/checker && cat /proc/\$p/comm"
for how in "" "-u app" "--cap-add ALL" "--privileged" "--security-opt seccomp=unconfined" \
	"--security-opt no-new-privileges=false -u app" "--ulimit nofile=77" "--read-only --tmpfs /tmp" "-u app --pid private -w /data"; do
	# shellcheck disable=SC2086 # options
	is "PID 1 checks, confined as the app is: $how" \
		"$(nap run --network none --health-cmd true $how payload:1.0 sh -c "$look" 2>&1)" nap-health
done
is "beside an app that is PID 1 as well" \
	"$(nap run --network none --init=false --health-cmd true payload:1.0 sh -c "$look" 2>&1)" nap-health
begin h --network none -u app -w /data -e A=b --health-interval 20ms --health-retries 1 \
	--health-cmd 'id -u; pwd; echo $A; tr -d "\0" </proc/$$/comm; exit 1' payload:1.0 sleep 1000
becomes "a probe runs as the app does" "nap: health check failed: probe exited with 1: 1000 /data b sh" head -1 "$T/err"
end h
look='cat /proc/1/environ; readlink /proc/1/fd/3; readlink /proc/1/exe; echo x >/proc/1/mem; cat /proc/1/maps'
is "nobody inside looks into it" \
	"$(nap run --network none --health-cmd true payload:1.0 sh -c "$find_it; $look" 2>&1 | grep -v 'Permission denied')" ""

# ---- processes
begin h "${fast[@]}" --health-cmd true payload:1.0 sh -c 'while :; do (sleep 0.02 &); sleep 0.01; done'
becomes "healthy" healthy health h
dead='for i in 1 2 3 4 5 6; do grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null; sleep 0.03; done | sort -u'
is "orphans are reaped" "$(nap exec h sh -c "for p in \$($dead); do
	for i in \$(seq 2000); do grep -qs '^State:.Z' \$p || continue 2; sleep 0.03; done; echo \$p; done")" ""
end h
for how in "" --init=false "--pid host"; do
	# shellcheck disable=SC2086 # options
	begin h "${fast[@]}" $how --health-cmd 'echo x >/tmp/probed; sleep 1000' payload:1.0 \
		sh -c 'while ! test -e /tmp/probed; do sleep 0.05; done; exit 5'
	wait "${pids[h]}"
	is "it ends with the app, while a probe runs: $how" $? 5
	same_world "nothing is left: $how" "$before"
	# shellcheck disable=SC2086 # options
	begin h "${fast[@]}" $how --health-cmd true payload:1.0 sleep 1000
	becomes "healthy: $how" healthy health h
	kill -9 "${pids[h]}"
	wait "${pids[h]}" 2>/dev/null
	wait_for nap clean h
	same_world "nothing is left when nap is killed: $how" "$before"
done
begin h "${fast[@]}" --init=false --health-cmd true payload:1.0 sleep 1000
becomes "healthy beside PID 1" healthy health h
end h
is "PID 1 ends at once" $? 137

# an app that has ended before anybody could check it
for how in "" --init=false "--pid host"; do
	# shellcheck disable=SC2086 # options
	is "an app that ends at once: $how" "$(for i in 1 2 3 4 5 6 7 8 9 10; do
		run --health-cmd true $how payload:1.0 sh -c 'exit 7' 2>&1
		echo $?
	done | sort | uniq -c | tr -s ' ')" " 10 7"
done

# ---- services: what systemd is told
group=/sys/fs/cgroup/$TEST_CGROUP/app@web.service
service() { # LINE... in [Container]
	printf '%s\n' '[Container]' 'Image=payload:1.0' 'Network=none' "$@" >"$T/web.app"
	rm -f "$T/log" "$T/log.socket"
	"$TOP/tests/integration/play-systemd.py" "$group" "$T/log" \
		"$NAP" --root "$ROOT" --runroot "$RUNROOT" launch --file "$T/web.app" web >"$T/out" 2>"$T/err" </dev/null &
	pids[web]=$!
}
over() { nap clean web && rmdir "$group"; }
said() { grep -vE 'BARRIER|STATUS=starting' "$T/log"; }

service Notify=healthy 'HealthCmd=test -e /tmp/up' HealthInterval=50ms HealthStartPeriod=1h \
	"Exec=sh -c 'while ! test -e /tmp/end; do sleep 0.05; done; exit 42'"
becomes "Notify=healthy: the app is named" MAINPID said
becomes "the state" starting health web
nap exec web touch /tmp/up
becomes "READY=1 when it is healthy" $'MAINPID\nREADY=1\nSTATUS=healthy' said
nap exec web touch /tmp/end
becomes "its exit status is systemd's" $'MAINPID\nREADY=1\nSTATUS=healthy\nended 42' said
wait "${pids[web]}"
ok "cleaned up" over

service 'HealthCmd=exit 3' HealthInterval=50ms HealthRetries=2 HealthOnFailure=kill "Exec=sleep 1000"
becomes "HealthOnFailure=kill: the watchdog is triggered" \
	$'MAINPID\nREADY=1\nWATCHDOG=trigger\nSTATUS=unhealthy: probe exited with 3' eval 'said | grep -v WATCHDOG=1 | head -4'
nap kill web >/dev/null
becomes "and systemd would end it" "ended -9" tail -1 "$T/log"
wait "${pids[web]}"
ok "cleaned up" over

WATCHDOG_USEC=300000 service 'HealthCmd=true' HealthInterval=1h HealthOnFailure=restart "Exec=sleep 1000"
becomes "a healthy app's watchdog is fed" 5 eval 'grep -m5 -c WATCHDOG=1 "$T/log"'
is "and not triggered" "$(grep -c trigger "$T/log")" 0
nap kill web >/dev/null
wait "${pids[web]}"
ok "cleaned up" over

for how in RunInit=no PidMode=host; do
	service Notify=healthy 'HealthCmd=true' HealthInterval=1h $how "Exec=sleep 1000"
	becomes "beside an app without a reaper: $how" $'MAINPID\nREADY=1\nSTATUS=healthy' said
	becomes "two processes: $how" 2 eval 'wc -l <"$group/cgroup.procs"'
	is "in the same namespaces: $how" "$(while read -r p; do readlink "/proc/$p"/ns/*; done <"$group/cgroup.procs" |
		sort | uniq -c | grep -vc '^ *[24] ')" 0
	nap kill web >/dev/null
	becomes "it ends with the app: $how" "ended -9" tail -1 "$T/log"
	wait "${pids[web]}"
	ok "cleaned up: $how" over
done

service "Exec=sleep 1000" Image=health:1.0
becomes "the image's HEALTHCHECK alone" unhealthy health web
becomes "is told, too" $'MAINPID\nREADY=1\nSTATUS=unhealthy: probe exited with 1' said
nap kill web >/dev/null
wait "${pids[web]}"
ok "cleaned up" over
service "Exec=sleep 1000" RunInit=no
becomes "without a check and a reaper" $'MAINPID\nREADY=1' said
becomes "only the app is left" 1 eval 'wc -l <"$group/cgroup.procs"'
nap kill web >/dev/null
wait "${pids[web]}"
ok "cleaned up" over

# ---- services: credentials
mkdir "$T/passed"
printf t0ken >"$T/passed/token"
printf 'pass word' >"$T/passed/pw"
CREDENTIALS_DIRECTORY=$T/passed service User=app Secret=pw,type=env,target=PGPASSWORD Secret=token,target=/etc/app/token,mode=0444 \
	Secret=pw,target=db "Exec=sh -c 'cd \$CREDENTIALS_DIRECTORY; pwd; cat token; echo; cat /run/secrets/db; echo; cat /etc/app/token; echo; echo \$PGPASSWORD; ls -ln | tail -n +2 | cut -c1-10; touch /run/secrets/x'"
wait "${pids[web]}"
is "credentials of the app's user" "$(cat "$T/out")" "/run/credentials/app@web.service
t0ken
pass word
t0ken
pass word
-r--------
-r--------
-r--r--r--"
like "are read-only" "$(cat "$T/err")" 'Read-only file system'
ok "cleaned up" over
CREDENTIALS_DIRECTORY=$T/passed service Secret=missing Exec=true
wait "${pids[web]}"
is "a missing one is 243/CREDENTIALS" "$(tail -1 "$T/log")" "ended 243"
like "with the reason" "$(cat "$T/err")" 'secret missing: the unit has no credential of this name'
over
is "nap run gets none of its caller's" "$(CREDENTIALS_DIRECTORY=$T/passed nap run --network none payload:1.0 \
	sh -c 'echo ${CREDENTIALS_DIRECTORY-none}; ls /run/secrets' 2>&1 | head -1)" none
same_world "nothing is left of all this" "$before"
finish
