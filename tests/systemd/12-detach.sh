#!/bin/bash
# SPDX-License-Identifier: MIT
# nap run -d: a transient service, with the limits, the environment and the working directory of the
# command line, that stops like any other and leaves nothing but its log.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images payload
nap run --network none payload:1.0 true # what is made once is made now
no_scopes() { [ -z "$(scopes)" ]; }
wait_for no_scopes
before=$(world)
# systemd forgets the unit when it has ended
gone() { [ "$(systemctl show -P LoadState "$1")" = not-found ]; }

unit=$(run -d --name job payload:1.0 /payload sleep)
is "it prints its unit" "$unit" nap-job.service
is "which is active" "$(systemctl is-active "$unit")" active
pid=$(systemctl show -P MainPID "$unit")
like "its main process is the app" "$(tr '\0' ' ' <"/proc/$pid/cmdline")" '^/payload sleep'
is "a child of systemd" "$(parent_of "$pid")" 1
like "ps shows it" "$(nap ps)" "job .* $pid .* $unit"
is "exec" "$(nap exec job echo inside)" inside
is "exec is in the unit's cgroup" "$(nap exec job cat /proc/self/cgroup | grep ^0)" "0::/"
ready() { nap logs job -o cat | grep -q ready; }
ok "its output is in the journal" wait_for ready
like "under its name" "$(journalctl --no-pager -u "$unit")" ' job\['
fails_with 1 'running service' nap rm -f job
fails_with 1 'container job is running' nap clean job
ok "prune" nap prune -f
fails_with 125 'nap-job.service' nap run -d --name job payload:1.0 true
is "after all this it goes on" "$(systemctl show -P MainPID "$unit")" "$pid"
below "stop is quick, in less than the ten seconds that it has" "$(msec nap stop job)" 8000
ok "systemd has forgotten it" wait_for gone "$unit"
like "its log is still there" "$(nap logs job -o cat)" ready
same_world "nothing else is left" "$before"

# ---- what comes from the command line
cd /usr/share && export SECRET='a b' && mkdir -p /srv/pages && echo page >/srv/pages/index
unit=$(run -dq -e SECRET -e 'WORDS=two words' -v ../../srv/pages:/pages -m 64m --cpus 0.5 \
	--pids-limit 50 --stop-signal INT payload:1.0 sh -c 'trap "echo INT; exit" INT; echo "$SECRET, $WORDS, $(cat /pages/index), $*"; while :; do sleep 0.1; done' \
	x '%n' '$HOME' 'last  one')
like "-q prints the name alone" "$unit" '^[0-9a-f]{12}$'
id=$unit unit=nap-$unit.service
said() { nap logs "$id" -o cat | grep -qxF 'a b, two words, page, %n $HOME last  one'; }
ok "variables, relative paths and words arrive" wait_for said
is "limits are the unit's" "$(for p in MemoryMax TasksMax CPUQuotaPerSecUSec KillSignal; do systemctl show -P $p "$unit"; done | xargs)" \
	"67108864 50 500ms 2"
ok "systemctl stop" systemctl stop "$unit"
ok "systemd has forgotten it" wait_for gone "$unit"
told_signal() { nap logs "$id" -o cat | grep -qx INT; }
ok "the stop signal was the one asked for" wait_for told_signal
unit=$(nap run -d --name port -p 127.0.0.1:8088:80 --network-alias www payload:1.0 /payload sleep)
is "a published port" "$(nap port port)" "80/tcp -> 127.0.0.1:8088"
fails_with 125 'is in use by container port' nap run -p 8088:80 payload:1.0 true
nap stop port >/dev/null
ok "systemd has forgotten it, too" wait_for gone "$unit"
ok "the port is free again" nap run -p 8088:80 payload:1.0 true
same_world "nothing is left" "$before"

# ---- what ends by itself, and what does not start
unit=$(run -d payload:1.0 /payload exit 3)
ok "one that fails at once is forgotten" wait_for gone "$unit"
fails_with 125 'nosuch.*not found|nosuch.*No such file' nap run -d payload:1.0 nosuch
fails_with 125 'no such image' nap run -d nosuch
fails_with 125 'no such user|nobody-here' nap run -d -u nobody-here payload:1.0 true
for o in -t -i --keep; do fails_with 125 'does not go together' nap run -d $o payload:1.0 true; done
same_world "nothing is left of these" "$before"
finish
