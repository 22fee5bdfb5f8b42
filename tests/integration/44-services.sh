#!/bin/bash
# SPDX-License-Identifier: MIT
# The verbs on services: which commands of systemd they become, and that a running service is listed,
# entered and signalled like any container, but neither cleaned nor removed. There is no systemd here:
# systemctl is a script, and a service is a container whose state says so and whose lock nobody holds.
# (The real thing: tests/systemd.)
. "$(dirname "$0")/lib.sh"
needs jq systemctl journalctl
corpus payload
load payload/oci-gz

export NAP_APPS_PATH=$T/apps
mkdir "$NAP_APPS_PATH"
for i in web worker@; do printf '[Container]\nImage=payload:1.0\n' >"$NAP_APPS_PATH/$i.app"; done
cat >"$T/fake" <<'S'
#!/bin/bash
echo "${0##*/} $*" >>"$FAKE_LOG"
exit "${FAKE_STATUS:-0}"
S
chmod +x "$T/fake"
export FAKE_LOG=$T/calls
for i in systemctl journalctl; do mount --bind "$T/fake" "/usr/bin/$i"; done
calls() { # COMMAND...: what it had systemd do
	rm -f "$FAKE_LOG"
	"$@" >"$T/out" 2>"$T/err"
	cat "$FAKE_LOG" 2>/dev/null
}

# ---- thin calls
is "start" "$(calls nap start web)" "systemctl start -- app@web.service"
is "restart several" "$(calls nap restart web worker@1)" \
	"systemctl restart -- app@web.service app@worker@1.service"
is "enable --now" "$(calls nap enable --now web)" "systemctl enable --now -- app@web.service"
is "disable an app whose file is gone" "$(calls nap disable gone)" "systemctl disable -- app@gone.service"
is "status" "$(calls nap status -n 3 --no-pager web)" "systemctl status --no-pager --lines=3 -- app@web.service"
is "the unit's own name does as well" "$(calls nap start app@web.service)" "systemctl start -- app@web.service"
calls nap start -v web >/dev/null
is "-v prints the command" "$(cat "$T/err")" "systemctl start -- app@web.service"
FAKE_STATUS=5 nap start web
is "the exit status is systemctl's" $? 5
for v in start restart enable; do
	fails_with 1 'no such app: gone' nap $v gone
	fails_with 1 'no such app: worker' nap $v worker
	fails_with 1 'not the name of an app' nap $v ../web
done
fails_with 1 'not the name of an app' nap status 'web;reboot'
is "systemctl is not looked for in PATH" "$(
	mkdir "$T/bin"
	printf '#!/bin/sh\necho wrong\n' >"$T/bin/systemctl"
	chmod +x "$T/bin/systemctl"
	PATH=$T/bin:$PATH nap start web
)" ""

# ---- logs
is "logs" "$(calls nap logs web)" "journalctl --unit=app@web.service"
is "its options before the name" "$(calls nap logs -f --tail 5 -o cat --since 10m web)" \
	"journalctl --follow --lines=5 --output=cat --since=-10m --unit=app@web.service"
is "and journalctl's behind it" "$(calls nap logs web -o cat -b -1 -g error)" \
	"journalctl --unit=app@web.service -o cat -b -1 -g error"
is "docker's spellings" "$(calls nap logs web --tail=all --timestamps --until 1700000000)" \
	"journalctl --unit=app@web.service --lines=all --output=short-iso-precise --until=@1700000000"
is "its times" "$(calls nap logs web --since 2024-01-02T03:04:05Z --until yesterday)" \
	"journalctl --unit=app@web.service --since=@1704164645 --until=yesterday"
is "of what has left nothing but its log" "$(calls nap logs job)" \
	"journalctl --unit=app@job.service --unit=nap-job.service"
is "by the name that nap run -d printed" "$(calls nap logs nap-job.service)" "journalctl --unit=nap-job.service"

# ---- a service, as far as nap can tell
run_payload() { # NAME
	rm -f "$T/out.$1"
	env --default-signal "$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none --name "$1" \
		payload:1.0 /payload sleep >"$T/out.$1" &
	wait_for grep -q ready "$T/out.$1"
}
# Give the state of a running container to the service NAME.
make_service() { # CONTAINER NAME
	mkdir -m 700 "$RUNROOT/state/$2"
	jq -c --arg id "$2" '.id = $id | .spec.id = $id | .spec.unit = "app@" + $id + ".service"' \
		"$RUNROOT/state/$1/state.json" >"$RUNROOT/state/$2/state.json"
	touch "$RUNROOT/state/$2/started"
}
run_payload base
run_payload single
make_service base worker@1
one() { jq -r --arg n "$1" ".[] | select(.Name == \$n) | $2"; }

is "ps lists services and one-offs" "$(nap ps -q | sort | xargs)" "base single worker@1"
is "with their unit" "$(nap ps --json | one worker@1 .Unit)" app@worker@1.service
is "a one-off has none here" "$(nap ps --json | one single .Unit)" null
echo healthy >"$RUNROOT/state/worker@1/health"
is "with their health" "$(nap ps --json | one worker@1 .Health)" healthy
like "in the table too" "$(nap ps)" 'worker@1 .*running \(healthy\) .*app@worker@1\.service'
like "inspect" "$(nap inspect worker@1 | jq -r '.[0].spec.unit')" '^app@worker@1\.service$'
is "exec" "$(nap exec worker@1 echo inside)" inside
is "exec by the name of the unit" "$(nap exec app@worker@1.service echo inside)" inside
fails_with 125 "not-a-name" nap run --name not-a-name@1 payload:1.0 true

fails_with 1 'worker@1 is the running service app@worker@1.service' nap rm worker@1
fails_with 1 'worker@1 is the running service app@worker@1.service' nap rm -f worker@1
fails_with 1 'container worker@1 is running' nap clean worker@1
ok "prune" nap prune -f
is "leaves it alone" "$(nap ps -q | grep @)" worker@1
is "stop is systemctl's for a service" "$(calls nap stop worker@1)" "systemctl stop -- app@worker@1.service"
is "a name that is shortened" "$(calls nap stop work)" "systemctl stop -- app@worker@1.service"
is "it prints the name" "$(cat "$T/out")" work
is "and for an app that does not run" "$(calls nap stop web)" "systemctl stop -- app@web.service"
fails_with 2 'worker@1 is a service' nap stop -t 3 worker@1
is "a one-off is stopped by nap" "$(calls nap stop worker@1 single)" "systemctl stop -- app@worker@1.service"
is "both are named" "$(sort "$T/out" | xargs)" "single worker@1"
is "and one has ended" "$(nap ps -q | sort | xargs)" "base worker@1"
FAKE_STATUS=1 nap stop worker@1 >"$T/out"
is "a stop that fails" "$?, $(cat "$T/out")" "1, "

make_service base pair
is "kill reaches the app" "$(nap kill pair)" pair
becomes "the app has ended" "" nap ps -q
ok "clean removes what is left of a service" nap clean worker@1
ok "rm as well" nap rm pair
becomes "nothing is left" "" nap ps -aq

# ---- 200 of them
run_payload base
jq -c . "$RUNROOT/state/base/state.json" >"$T/state"
for i in {1..200}; do
	sleep 1000 &
	read -ra stat <"/proc/$!/stat"
	mkdir -m 700 "$RUNROOT/state/app$i"
	sed "s/\"id\":\"base\"/\"id\":\"app$i\"/g; s/\"pid\":[0-9]*,\"pid_start\":[0-9]*/\"pid\":$!,\"pid_start\":${stat[21]}/; s/\"spec\":{/&\"unit\":\"app@app$i.service\",/" \
		"$T/state" >"$RUNROOT/state/app$i/state.json"
	echo healthy >"$RUNROOT/state/app$i/health"
done
is "ps lists 201" "$(nap ps -q | wc -l)" 201
best=100000
for _ in 1 2 3 4 5; do
	times >"$T/before"
	nap ps >"$T/out"
	times >"$T/after"
	took=$(($(spent_ms "$T/after") - $(spent_ms "$T/before")))
	[ $took -ge $best ] || best=$took
done
like "the table as well" "$(grep -c 'running (healthy)' "$T/out")" '^200$'
limit=$((200 * $(slowness)))
ok "in less than 0.2 s, or $limit ms on this machine: $best ms" [ "$best" -lt "$limit" ]
disown -a # they end with this world, silently
finish
