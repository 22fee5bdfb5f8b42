#!/bin/bash
# SPDX-License-Identifier: MIT
# The part of app.sh that runs in the booted machine.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
read -r rounds </tests/rounds

usec() {
	local start=${EPOCHREALTIME/./}

	"$@" >/dev/null 2>&1 || echo "FAILED: $*" >&2
	echo $((${EPOCHREALTIME/./} - start))
}
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
column() { awk "{printf \"$1\\n\", $2}" "$T/times" | median; }
row() { printf '%-52s %10s %10s   %s\n' "$@"; }
verdict() { # NUMBER LIMIT
	awk -v n="$1" -v limit="$2" 'BEGIN {print (n <= limit ? "at most " : "OVER ") limit}'
}

# ---- start, paired
images payload >/dev/null
for init in yes no; do
	payload_app "bench-$init" '/payload sleep' RunInit=$init '[Unit]' StartLimitIntervalSec=0
done
systemctl start app@bench-no
install -m 755 "/proc/$(main_pid bench-no)/exe" /run/plain
systemctl stop app@bench-no
cat >/run/systemd/system/plain.service <<-'UNIT'
	[Unit]
	StartLimitIntervalSec=0
	[Service]
	Type=exec
	ExecStart=/run/plain sleep
UNIT
systemctl daemon-reload

# Each is started first every other time.
pairs() { # UNIT PEER
	local i t

	for ((i = -3; i < rounds; i++)); do
		if ((i % 2)); then
			t="$(usec systemctl start "$1") $(usec systemctl start "$2")"
		else
			t=$(usec systemctl start "$2")
			t="$(usec systemctl start "$1") $t"
		fi
		systemctl stop "$1" "$2"
		[ $i -lt 0 ] || echo "$t"
	done >"$T/times"
}
compare() { # DESCRIPTION APP PEER LIMIT
	local ratio

	pairs "app@$2" "$3"
	ratio=$(column %.2f '$1/$2')
	row "$1" "$(column %.1f '$1/1000')" "$(column %.1f '$2/1000')" "$ratio, $(verdict "$ratio" "$4")"
}
row "systemctl start to active, ms (median of $rounds)" nap peer "ratio of pairs"
compare "  RunInit=yes, a plain service" bench-yes plain 3
compare "  RunInit=no, a plain service" bench-no plain 3

# podman as Quadlet runs it, but its storage in memory and without a cgroup of its own (--cgroups=split
# needs the right to set limits), which is to its advantage.
mount -t tmpfs none /var/lib/containers
if podman load -q -i /corpus/payload/oci-raw.tar >/dev/null 2>&1; then
	cat >/run/systemd/system/podman-bench.service <<-'UNIT'
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		Type=notify
		NotifyAccess=all
		KillMode=mixed
		ExecStart=/usr/bin/podman run --name bench --replace --rm --network none --cgroups=disabled --sdnotify=conmon -d localhost/payload:1.0 /payload sleep
		ExecStop=/usr/bin/podman rm -f -i -t 0 bench
	UNIT
	systemctl daemon-reload
	compare "  RunInit=yes, podman run from a unit" bench-yes podman-bench 0.5
fi
forget bench-yes bench-no

# ---- a thousand app files
best() { # COMMAND... : the best of three, in ms
	for _ in 1 2 3; do usec "$@"; done | sort -n | head -n 1 | awk '{printf "%.0f", $1 / 1000}'
}
generate() {
	rm -rf "$T/out"
	mkdir -p "$T/out"/{normal,early,late}
	/usr/lib/systemd/system-generators/nap-generator "$T/out"/{normal,early,late}
}
mkdir "$T/apps"
for i in $(seq -w 334); do
	for app in web cache db; do cp "/tests/$app.app" "$T/apps/$app-$i.app"; done
done
export NAP_APPS_PATH=$T/apps
images nginx redis postgres >/dev/null
n=$(find "$T/apps" -type f | wc -l)
ms=$(best generate)
row "nap-generator, $n app files, ms" "$ms" "" "$(verdict "$ms" 1000)"
[ "$(find "$T/out" -name 50-nap.conf | wc -l)" = "$n" ] || fail "$n drop-ins"
ms=$(best nap check)
row "nap check of them, ms" "$ms" "" "$(verdict "$ms" 1000)"
unset NAP_APPS_PATH

# ---- two hundred at once
mapfile -t names < <(seq -f many-%03g 200)
for i in "${names[@]}"; do
	printf '# %s.app\n[Container]\nImage=payload:1.0\nNetwork=none\nExec=/payload sleep\n' "$i"
done | apps
ms=$(($(usec systemctl start "${names[@]/#/app@}") / 1000))
row "systemctl start of 200 apps, ms each" "$((ms / 200))" "" ""
ms=$(best nap ps)
row "nap ps with 200 running, ms" "$ms" "" "$(verdict "$ms" 200)"
[ "$(nap ps -q | wc -l)" = 200 ] || fail "nap ps lists 200"
ms=$(($(usec systemctl stop "${names[@]/#/app@}") / 1000))
row "systemctl stop of 200 apps, ms each" "$((ms / 200))" "" ""
finish
