#!/bin/bash
# SPDX-License-Identifier: MIT
# The units of apps as systemd reads them: values arrive as they were meant, whatever is in them; [Install]
# of an app file; whole units.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images payload
before=$(world)
mkdir "$T/data dir"

# ---- values
apps web <<-APP
	[Unit]
	Description=100%% of "web" \$HOME
	[Container]
	Image=payload:1.0
	Network=none
	Exec=/payload sleep
	Volume=$T/data dir:/out
	Volume=$T/50%%:/half
	Memory=64M
	PidsLimit=50
	StopTimeout=0
	Ulimit=nofile=2000:3000
	AddDevice=-/dev/fuse
	ReloadCmd=sh -c "printf '<%%s>' \"\$@\" >/out/words" x 'a b' '\$HOME \${HOME}' 100%% ; \\x41\\tb '' "'\\""
	[Service]
	Restart=on-failure
	SyslogIdentifier=web-%i
	Environment=INSTANCE=<%i>
APP
is "Description" "$(prop web Description)" '100% of "web" $HOME'
is "SourcePath" "$(prop web SourcePath)" /etc/nap/apps/web.app
like "a path with a blank is one path" "$(prop web RequiresMountsFor)" "\"$T/data dir\"( |$)"
like "a path with a percent sign has it" "$(prop web RequiresMountsFor)" "$T/50%( |$)"
is "limits" "$(props web MemoryMax MemorySwapMax TasksMax LimitNOFILESoft LimitNOFILE)" "67108864 67108864 50 2000 3000"
is "no time to stop is the least" "$(prop web TimeoutStopUSec)" 1s
like "a device" "$(prop web DeviceAllow)" '/dev/fuse rw[[:space:]]'
is "[Service] passes through" "$(props web Restart SyslogIdentifier)" "on-failure web-"
like "%i is the app's own" "$(prop web Environment)" 'INSTANCE=<>'
ok "start" systemctl start app@web
logs "its output is there" web '^ready$'
is "by the name that it was given" "$(journalctl -o cat --output-fields=MESSAGE -t web- -u app@web)" ready
ok "reload" systemctl reload app@web
is "its words arrive as they were written" "$(cat "$T/data dir/words")" \
	$'<a b><$HOME ${HOME}><100%><;><A\tb><><\'">'
forget web

# ---- files that systemd has not read yet
late() { printf '%s\n' '[Container]' Image=payload:1.0 Network=none "Exec=/payload sleep" "$@" >/etc/nap/apps/late.app; }
late Memory=64M
ok "an app file newer than the last daemon-reload starts" systemctl start app@late
is "and its settings hold" "$(prop late MemoryMax)" 67108864
forget late
mkdir -p /etc/credstore
echo hush >/etc/credstore/late-token
late Secret=late-token
systemctl start app@late 2>/dev/null
is "what must be there before the start fails it" "$(props late ActiveState ExecMainStatus)" "failed 78"
like "with the line" "$(prop late StatusText)" 'late\.app:5: Secret=: systemd had not read it'
ok "the next start has it" systemctl start app@late
is "there it is" "$(nap exec late cat /run/secrets/late-token)" hush
forget late
rm /etc/credstore/late-token

# ---- [Install]
wants() { (cd /etc/systemd/system && find . -name 'app@*' -type l | sort | paste -sd' '); }
none=$(wants)
payload_app web '/payload sleep' '[Install]' WantedBy=special.target RequiredBy=other.service
ok "enable" systemctl enable app@web
is "goes by the app's [Install]" "$(wants)" \
	"$(echo "$none ./other.service.requires/app@web.service ./special.target.wants/app@web.service" | xargs -n 1 | sort | paste -sd' ')"
is "it is enabled" "$(systemctl is-enabled app@web)" enabled
ok "disable" systemctl disable app@web
is "takes it back" "$(wants)" "$none"
payload_app web '/payload accept' ListenStream=127.0.0.1:8123
ok "enable an app with a socket" systemctl enable app@web
like "enables the socket" "$(wants)" 'sockets.target.wants/app@web.socket'
ok "disable" systemctl disable app@web
is "takes both back" "$(wants)" "$none"
forget web

# ---- whole units
payload_app web '/payload sleep' Memory=64M
nap unit web >/run/systemd/system/web.service
systemctl daemon-reload
ok "a whole unit starts" systemctl start web
is "its main process is the app" "$(tr '\0' ' ' <"/proc/$(systemctl show -P MainPID web)/cmdline")" "/payload sleep "
is "its limits are there" "$(systemctl show -P MemoryMax web)" 67108864
becomes "its lines in the journal are by its name" ready eval 'journalctl --sync; journalctl -o cat -t web -u web'
is "the container is called as the app" "$(nap ps -q)" web
ok "it stops" systemctl stop web
is "well" "$(systemctl show -P Result web)" success
rm /run/systemd/system/web.service
forget web
mkdir "$T/quadlets"
printf '[Unit]\nDescription=number %%i\n[Container]\nImage=payload:1.0\nNetwork=none\nExec=sh -c "echo I am %%i; exec /payload sleep"\n' \
	>"$T/quadlets/worker@.container"
ok "a directory is converted" nap unit --dir "$T/quadlets" --out /run/systemd/system
systemctl daemon-reload
ok "an instance of a whole template starts" systemctl start worker@seven
is "by its name" "$(systemctl show -P Description worker@seven)" "number seven"
is "as its own container" "$(nap ps -q)" worker@seven
becomes "which knows its instance" 1 eval 'journalctl --sync; journalctl -o cat -u worker@seven | grep -c "I am seven"'
ok "it stops" systemctl stop worker@seven
rm /run/systemd/system/worker@.service
systemctl daemon-reload
same_world "nothing is left" "$before"
finish
