#!/bin/bash
# SPDX-License-Identifier: MIT
# nap run --save: the app file that is written gives the same spec as the command line it is from, option
# by option and all together; what an app file cannot say is refused by name.
. "$(dirname "$0")/lib.sh"
needs jq
corpus payload
load payload/oci-gz
export NAP_APPS_PATH=$T/apps
app=$NAP_APPS_PATH/web.app
mkdir -p "$T/src/nested"
cp "$CORPUS/payload/oci-raw.tar" "$T/src/payload.tar"
printf 'FROM_FILE=1\nOTHER=a b\n' >"$T/src/env"
printf '{"defaultAction":"SCMP_ACT_ALLOW"}' >"$T/src/seccomp.json"
export GIVEN='by the environment'
unset MISSING
cd "$T/src" || exit

# Not compared: the name, the limits, which are the unit's, and standard input, which is systemd's.
spec() { jq -S 'del(.id, .unit, .notify, .memory, .cpu_usec_per_sec, .tasks, .interactive)'; }
round_trip() { # DESCRIPTION ARGUMENT-OF-RUN...
	local what=$1
	shift
	rm -f "$app"
	if ! nap run --save web "$@" >"$T/out" 2>"$T/err"; then
		fail "$what" "$(cat "$T/err")"
		return
	fi
	nap run --name web --dry-run "$@" 2>"$T/err" | spec >"$T/want"
	(cd / && nap launch --dry-run web) 2>>"$T/err" | spec >"$T/got"
	if [ -s "$T/want" ] && diff -u "$T/want" "$T/got" >"$T/diff"; then
		pass "$what"
	else
		fail "$what" "$(cat "$T/err" "$T/diff")" "$(cat "$app")"
	fi
}

round_trip "an image alone" payload:1.0
is "what is written" "$(cat "$app")" "[Container]
Image=payload:1.0"
is "only root may read it" "$(stat -c %a "$app")" 600
is "its path is printed" "$(cat "$T/out")" "$app"
nap run --save other payload:1.0 >/dev/null 2>"$T/err"
is "and what comes next" "$(cat "$T/err")" "hint: systemctl daemon-reload; systemctl start app@other"

round_trip "a command" payload:1.0 sh -c 'echo "$1"; exit 3' x
round_trip "words that need quotes" payload:1.0 echo '' ' ' "it's" 'say "x"' 'back\slash' $'trailing\\' $'new\nline' \
	$'tab\t' '%n %% 100%' '$HOME' ';' '#' 'ünï' '[x]' -- -x
round_trip "an entrypoint" --entrypoint '/bin/my program' payload:1.0 a
round_trip "no entrypoint" --entrypoint '' payload:1.0 a
round_trip "the last one counts" --user 1 --user 2:3 --entrypoint a --entrypoint b payload:1.0
round_trip "variables" -e A=1 -e 'B=two words' -e C= -e GIVEN -e MISSING -e 'D=100%d "q"' \
	-e $'E=back\\' --env-file env payload:1.0
round_trip "files" -v data:/data -v ./nested:/n:ro -v "$T/src":/s -v /anonymous --tmpfs /t:size=1m,exec \
	--mount type=bind,source="$T/src",target=/m,readonly --shm-size 1m --read-only payload:1.0
round_trip "identity" --user 65534:65534 --group-add 7 --workdir /work/deep --hostname box \
	--init=false --stop-signal INT payload:1.0
round_trip "network" --network none --add-host db:10.0.0.1 --dns 10.0.0.2 --dns 10.0.0.3 \
	--sysctl net.ipv4.ip_forward=1 payload:1.0
round_trip "an address and ports" --net private --ip 10.78.3.4 --ip6 fd00::9 --network-alias a --net-alias b \
	-p 80 -p 127.0.0.1:8080:80 -p '[::1]:53-54:53-54/udp' payload:1.0
printf '[Network]\nSubnet=10.9.0.0/24\n' >"$NAP_APPS_PATH/lan.network"
round_trip "several networks" --net lan:ip=10.9.0.7,alias=x --network private payload:1.0
round_trip "another's network" --network app:db payload:1.0
round_trip "a firewall" --allow 'in 10.0.0.0/8:80/tcp' --allow app:db --deny 'out any' payload:1.0
round_trip "resolvers" --dns-search example.org --dns-option ndots:2 payload:1.0
round_trip "what others read" --label a=1 --label 'b=two words' --annotation c=3 payload:1.0
round_trip "health" --health-cmd 'test -e "/ok" && true' --health-interval 5s --health-timeout 1s \
	--health-retries 2 --health-start-period 1min payload:1.0
round_trip "no health" --no-healthcheck payload:1.0
round_trip "the host's" --network host --pid host --ipc private --uts private payload:1.0
round_trip "confinement" --cap-drop ALL --cap-add KILL --cap-add chown --security-opt no-new-privileges=false \
	--security-opt seccomp="$T/src/seccomp.json" --device /dev/fuse:/dev/fuse:rw --ulimit nofile=10:20 \
	--ulimit core=0 payload:1.0
nap run --save web --force --security-opt seccomp=seccomp.json payload:1.0 >/dev/null 2>&1
like "a relative path is made absolute" "$(cat "$app")" "SeccompProfile=$T/src/seccomp.json"
round_trip "masks" --security-opt mask=/etc/passwd:/data --security-opt 'unmask=/proc/k*' payload:1.0
round_trip "a profile" --security-opt apparmor=docker-default payload:1.0
round_trip "no Landlock" --network host --security-opt landlock=false payload:1.0
round_trip "no masks" --security-opt systempaths=unconfined payload:1.0
round_trip "what the image has below a tmpfs" --tmpfs /a --tmpfs /b:tmpcopyup --tmpfs /c:size=1m \
	--mount type=tmpfs,dst=/d --mount type=tmpfs,dst=/e,tmpcopyup --mount type=devpts,dst=/f payload:1.0
round_trip "no filter" --security-opt seccomp=unconfined --security-opt no-new-privileges payload:1.0
round_trip "limits" --memory 64m --cpus 1.5 --pids-limit 7 payload:1.0
like "processors are the unit's" "$(cat "$app")" $'\n\\[Service\\]\nCPUQuota=150%'
round_trip "an archive" "$T/src/payload.tar" true
nap run --save web --force ./payload.tar >/dev/null 2>&1
like "by its absolute path" "$(cat "$app")" "Image=$T/src/payload.tar"
round_trip "what is about the command alone" --rm -q -d --name web --init payload:1.0

# ---- what cannot be written
for o in --privileged --tty -i --keep '--ipc host' '--uts host'; do
	# shellcheck disable=SC2086
	fails_with 125 'app files have no key for it' nap run --save no $o payload:1.0
done
fails_with 125 'cannot be written' nap run --save no -v $'/a\\' payload:1.0
fails_with 125 'no such image' nap run --save no nosuch
fails_with 125 '--memory' nap run --save no --memory much payload:1.0
fails_with 125 'not a name' nap run --save ../no payload:1.0
fails_with 125 'not a name' nap run --save no@1 payload:1.0
fails_with 125 'called as the app' nap run --save no --name yes payload:1.0
is "nothing is left of these" "$(ls -A "$NAP_APPS_PATH")" $'lan.network\nother.app\nweb.app'

# ---- a file that is there
before=$(cat "$app")
fails_with 125 'web.app is there already' nap run --save web payload:1.0 new
is "it is as before" "$(cat "$app")" "$before"
ok "--force" nap run --save web --force payload:1.0 new
like "replaces it" "$(cat "$app")" 'Exec=new'
is "--dry-run prints the file" "$(nap run --save web --dry-run payload:1.0 printed)" "[Container]
Image=payload:1.0
Exec=printed"
like "and does not write it" "$(cat "$app")" 'Exec=new'
# every option of nap run is known to --save: written, refused by name, or about the command alone
for o in $(nap run --help | grep -oE -- '--[a-z-]+' | grep -v '^--help' | sort -u); do
	grep -q "{\"${o#--}\", " "$TOP/cmd/save.c" || fail "--save knows $o"
done
finish
