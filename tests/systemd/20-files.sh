#!/bin/bash
# SPDX-License-Identifier: MIT
# App files: broken ones, drop-ins, instances of templates, dependencies, .container files.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images payload
before=$(world)
remember app@web app@base app@top

# ---- what is wrong is said where one looks
apps web <<-'APP'
	[Container]
	Image=payload:1.0
	Memory=12Q
APP
systemctl start app@web 2>/dev/null
becomes "a broken file is a failed unit with CONFIG" "failed exit-code 78" props web ActiveState Result ExecMainStatus
like "its status tells the file, the line and the reason" "$(prop web StatusText)" 'web\.app:3: Memory=.*12Q'
like "so does systemctl status" "$(systemctl status app@web)" 'web\.app:3: Memory='
like "and the journal" "$(log web)" 'web\.app:3: Memory='
nap check /etc/nap/apps/web.app >"$T/check" 2>&1
is "nap check exits 1" $? 1
like "with the same words" "$(cat "$T/check")" 'web\.app:3: Memory='
is "daemon-reload went on without it" "$(systemctl is-system-running | grep -c offline)" 0

apps web <<-'APP'
	[Container]
	Image=nowhere:1.0
	[Service]
	Restart=always
APP
systemctl start app@web 2>/dev/null
becomes "a missing image is CONFIG, not restarted" "failed exit-code 78 0" \
	props web ActiveState Result ExecMainStatus NRestarts
like "the status names it" "$(prop web StatusText)" 'nowhere:1\.0'
forget web
systemctl start app@web 2>/dev/null
is "an app that has no file is CONFIG" "$(props web Result ExecMainStatus)" "exit-code 78"
systemctl reset-failed app@web

failing() { # DESCRIPTION STATUS LINE...
	apps web < <(printf '%s\n' '[Container]' Image=payload:1.0 Network=none "${@:3}")
	systemctl start app@web 2>/dev/null
	becomes "$1" "failed $2" props web ActiveState ExecMainStatus
	systemctl reset-failed app@web
}
failing "no such program: EXEC" 203 Exec=/nowhere
failing "not a program: EXEC" 203 Exec=/text
failing "no such user: USER" 217 Exec=true User=nobody-such
failing "a mount that cannot be: NAMESPACE" 226 Exec=true Volume=/etc/hostname:/data/file/x
forget web
same_world "nothing is left of failed starts" "$before"

# ---- drop-ins
payload_app web '/payload report env' Environment=A=file
mkdir /etc/nap/apps/web.app.d
printf '[Container]\nEnvironment=B=dropin\n' >/etc/nap/apps/web.app.d/10-b.conf
systemctl daemon-reload
ok "start with a drop-in" systemctl start app@web
logs "what the file says holds" web '^env=A=file$'
logs "and what the drop-in adds" web '^env=B=dropin$'
forget web
payload_app web '/payload sleep'
is "systemd knows what the file says" "$(prop web NeedDaemonReload)" no
touch -d '+2 seconds' /etc/nap/apps/web.app
is "systemd tells that the file has changed" "$(prop web NeedDaemonReload)" yes
forget web

# ---- templates
apps <<-'APP'
	# worker@.app
	[Unit]
	Description=worker number %i
	[Container]
	Image=payload:1.0
	Network=none
	Environment=NUMBER=%i
	Exec=sh -c 'echo I am %i; exec /payload sleep'
	[Install]
	WantedBy=multi-user.target
APP
ok "enable two instances" systemctl enable app@worker@1 app@worker@2
systemctl daemon-reload
ok "start them" systemctl start app@worker@1 app@worker@2
logs "each knows its number" worker@1 '^I am 1$'
logs "the second as well" worker@2 '^I am 2$'
is "and is described by it" "$(prop worker@2 Description)" "worker number 2"
is "nap ps lists them" "$(nap ps -q | sort | paste -sd' ')" "worker@1 worker@2"
is "nap exec enters one" "$(nap exec worker@2 sh -c 'echo $NUMBER')" 2
ok "an instance that nobody announced starts" systemctl start app@worker@ad-hoc
logs "it knows its name" worker@ad-hoc '^I am ad-hoc$'
becomes "and its settings are there" "worker number ad-hoc" prop worker@ad-hoc Description
ok "stop them all" systemctl stop 'app@worker@*'
ok "disable" systemctl disable app@worker@1 app@worker@2
rm -rf /run/systemd/system/app@worker@*.d
forget worker@
same_world "nothing is left of them" "$before"

# ---- dependencies
apps <<-'APP'
	# base.app
	[Container]
	Image=payload:1.0
	Network=none
	Exec=/payload sleep
	# top.app
	[Unit]
	Requires=base.app
	After=base.app
	[Container]
	Image=payload:1.0
	Network=none
	Exec=/payload sleep
APP
ok "start an app that requires another" systemctl start app@top
is "the other runs" "$(prop base ActiveState)" active
like "and was first" "$(($(prop top ActiveEnterTimestampMonotonic) - $(prop base ActiveEnterTimestampMonotonic)))" '^[0-9]+$'
ok "stop the other" systemctl stop app@base
is "stops both" "$(prop top ActiveState)" inactive
forget base top

# ---- Quadlet's own file name
apps <<-'APP'
	# moved.container
	[Unit]
	Description=a container file
	[Container]
	Image=payload:1.0
	Network=none
	Exec=/payload sleep
	[Install]
	WantedBy=default.target
APP
ok "a .container file is an app" systemctl start app@moved
is "described by it" "$(prop moved Description)" "a container file"
forget moved
same_world "nothing is left at the end" "$before"
finish
