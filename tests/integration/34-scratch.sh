#!/bin/bash
# SPDX-License-Identifier: MIT
# ScratchPath=: what containers that are thrown away write lies there, and goes with them.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
corpus payload
load payload/oci-gz

mkdir -p /run/nap
printf '[Store]\nScratchPath=/run/scratch\n' >/run/nap/nap.conf
S=/run/scratch/containers

is "a command runs" "$(nap run --network none payload:1.0 sh -c 'echo hi >/x; cat /x')" hi
is "nothing of it is left" "$(find "$S" "$ROOT/containers" -mindepth 1)" ""

# not by nap(): $! shall be nap itself
start() { # NAME [ARGUMENT...]
	"$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none --name "$@" &
}
start web -v /data payload:1.0 sh -c 'echo x >/file; echo y >/data/file; sleep 100'
wait_for grep -qx y "$S/web/volume-0/file" # the image has one, too
is "its upper directory is there" "$(cat "$S/web/upper/file")" x
ok "and not in the store" test ! -e "$ROOT/containers/web"
kill -9 $!
wait $! 2>/dev/null
ok "clean after kill -9" nap clean web
is "takes it away" "$(ls "$S")" ""

nap run --network none --name kept --keep payload:1.0 sh -c 'echo x >/file'
is "what is kept is in the store" "$(cat "$ROOT/containers/kept/upper/file")" x
ok "rm" nap rm kept

start dead payload:1.0 sleep 100
wait_for test -d "$S/dead/upper"
wait_for nap exec dead true
kill -9 $!
wait $! 2>/dev/null
ok "prune" nap prune -f
is "clears the dead" "$(ls "$S")" ""

rm -rf /run/scratch
mkdir -p "$S"
chmod 777 "$S"
mkdir -m 700 "$S/x"
rmdir "$S"/x "$S"
ln -s /tmp "$S"
fails_with 125 'not a directory of ours alone|File exists|Not a directory' nap run --network none payload:1.0 true
rm "$S"
printf '[Store]\nScratchPath=scratch\n' >/run/nap/nap.conf
fails_with 125 'nap.conf:2: ScratchPath=: "scratch": not an absolute path' nap run payload:1.0 true
rm /run/nap/nap.conf
finish
