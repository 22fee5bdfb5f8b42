#!/bin/bash
# SPDX-License-Identifier: MIT
# The life of an app: systemd's main process is the app itself, so its end, whatever it is, is systemd's to
# see; stop is immediate; nothing stays behind.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images payload
before=$(world)
remember app@web

# ---- the main process
payload_app web '/payload sleep' StopTimeout=60
ok "start" systemctl start app@web
pid=$(main_pid web)
is "it is active" "$(props web ActiveState SubState Type)" "active running notify"
is "the main PID is the app" "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "/payload sleep "
is "its parent is systemd" "$(parent_of "$pid")" 1
is "it is PID 2 inside, beside the reaper" "$(sed -n 's/^NSpid:\t[0-9]*\t//p' "/proc/$pid/status")" 2
becomes "nothing of nap is resident but the reaper" 2 residents web
like "the unit names its file" "$(prop web SourcePath)" '^/etc/nap/apps/web\.app$'
logs "what it prints is in the journal under the unit" web '^ready$'
# nobody waits: it would be the minute of StopTimeout=, or the ten seconds that nap waits for others
below "a stop of an app without a handler is immediate" "$(msec systemctl stop app@web)" 8000
is "and a success" "$(props web Result ExecMainCode ExecMainStatus ActiveState)" "success 2 15 inactive"
same_world "nothing is left of it" "$before"

payload_app web '/payload sleep' RunInit=no StopTimeout=60
ok "start without the reaper" systemctl start app@web
pid=$(main_pid web)
is "the app is PID 1" "$(sed -n 's/^NSpid:\t[0-9]*\t//p' "/proc/$pid/status")" 1
becomes "and alone" "$pid" cat "/sys/fs/cgroup$(prop web ControlGroup)/cgroup.procs"
is "its parent is systemd as well" "$(parent_of "$pid")" 1
below "stopping PID 1, which has no handler, is immediate" "$(msec systemctl stop app@web)" 8000
is "by SIGKILL, as systemd says" "$(props web Result ExecMainStatus)" "signal 9"

payload_app web '/payload sleep' PidMode=host
ok "start in the host's PID namespace" systemctl start app@web
pid=$(main_pid web)
is "the ExecStart process has become the app" "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "/payload sleep "
is "in systemd's PID namespace" "$(readlink "/proc/$pid/ns/pid")" "$(readlink /proc/1/ns/pid)"
is "alone in its cgroup" "$(cat "/sys/fs/cgroup$(prop web ControlGroup)/cgroup.procs")" "$pid"
ok "stop" systemctl stop app@web
same_world "nothing is left of these" "$before"

# ---- how it ends
ends() { # DESCRIPTION COMMAND WANT [LINE...]
	payload_app web "$2" "${@:4}"
	systemctl start app@web
	becomes "$1" "$3" props web ActiveState Result ExecMainCode ExecMainStatus
	systemctl reset-failed app@web 2>/dev/null
}
ends "exit status 0" "sh -c 'sleep 0.1'" "inactive success 1 0"
ends "exit status 42" "sh -c 'sleep 0.1; exit 42'" "failed exit-code 1 42"
ends "exit status 42, at once" "/payload exit 42" "failed exit-code 1 42"
ends "exit status 42 of PID 1" "sh -c 'sleep 0.1; exit 42'" "failed exit-code 1 42" RunInit=no
ends "exit status 42, at once, of PID 1" "/payload exit 42" "failed exit-code 1 42" RunInit=no
ends "exit status 42, at once, on the host's PIDs" "/payload exit 42" "failed exit-code 1 42" PidMode=host
ends "SIGSEGV" "/payload kill 11" "failed signal 2 11"
ends "SIGKILL" "/payload kill 9" "failed signal 2 9"
ends "SIGABRT leaves a core, if cores are asked for" "/payload kill 6" "failed core-dump 3 6" Ulimit=core=-1

# ---- its last words to /dev/stderr, which the reaper copies, however late that comes to it
reaper() { sed 's|.*|/proc/&/comm|' "/sys/fs/cgroup$(prop "$1" ControlGroup)/cgroup.procs" | xargs grep -lx nap-init | cut -d/ -f3; }
last_words() { # HOW COMMAND...
	local app reaper

	payload_app web "sh -c 'trap \"echo last words >/dev/stderr; exit\" TERM USR1; echo ready; while :; do sleep 0.05; done'"
	systemctl start app@web
	logs "$1: it runs" web '^ready$'
	app=$(main_pid web)
	wait_for eval '[ -n "$(reaper web)" ]'
	reaper=$(reaper web)
	kill -STOP "$reaper"
	"${@:2}" app@web
	wait_for eval "! kill -0 $app"
	sleep 0.3 # for whoever would kill the reaper
	kill -CONT "$reaper"
	becomes "it is no more" inactive prop web ActiveState
	logs "its last words are in the journal" web '^last words$'
}
last_words "an app that is stopped" systemctl stop --no-block
last_words "an app that ends" systemctl kill --kill-who=main --signal=USR1
same_world "nothing is left of them" "$before"

# ---- what stops it
payload_app web '/payload catch 15'
ok "start an app that catches SIGTERM" systemctl start app@web
logs "it is ready" web '^ready$'
ok "stop it" systemctl stop app@web
logs "its handler ran" web '^caught 15$'
is "its exit status is told" "$(props web Result ExecMainCode ExecMainStatus)" "exit-code 1 7"

payload_app web '/payload catch 10' StopSignal=SIGUSR1
ok "start an app with StopSignal=" systemctl start app@web
logs "it is ready" web '^ready$'
ok "stop it" systemctl stop app@web
logs "it got that signal" web '^caught 10$'

apps web <<-'APP'
	[Container]
	Image=payload:user
	Network=none
	Exec=catch 2
APP
ok "load an image with a StopSignal" nap load -q /corpus/payload/user
ok "start it" systemctl start app@web
logs "it is ready" web '^ready$'
ok "stop it" systemctl stop app@web
logs "it got the image's stop signal" web '^caught 02$'

payload_app web '/payload ignore' StopTimeout=1
ok "start an app that ignores SIGTERM" systemctl start app@web
logs "it is ready" web '^ready$'
like "StopTimeout= ends it, not the ten seconds of the default" "$(msec systemctl stop app@web)" '^[1-9][0-9]{3}$'
is "by SIGKILL" "$(props web Result ExecMainCode ExecMainStatus)" "timeout 2 9"
systemctl reset-failed app@web

# ---- restart
payload_app web '/payload sleep'
systemctl start app@web
pid=$(main_pid web)
ok "restart" systemctl restart app@web
unlike "another process runs" "$(main_pid web)" "^($pid|0)$"
forget web

apps web <<-'APP'
	[Container]
	Image=payload:1.0
	Network=none
	Exec=sh -c 'sleep 0.1; exit 1'
	[Service]
	Restart=on-failure
	RestartSec=10ms
	[Unit]
	StartLimitBurst=3
	StartLimitIntervalSec=10min
APP
systemctl start app@web
becomes "Restart=on-failure backs off after StartLimitBurst=" "failed 3" props web ActiveState NRestarts
forget web
same_world "nothing is left at the end" "$before"
finish
