#!/bin/bash
# SPDX-License-Identifier: MIT
# images, tag, rmi, prune and inspect: what they list, which names and ids they take, what they refuse.
. "$(dirname "$0")/lib.sh"
needs jq
corpus busybox edge payload

names() { nap images --json | jq -r '.[].RepoTags[]' | LC_ALL=C sort | paste -sd' '; }
count() { find "$ROOT/$1" -mindepth 1 -maxdepth 1 | wc -l; }

is "no images" "$(nap images -q)" ""
is "no images in JSON" "$(nap images --json | jq -c .)" '[]'
like "no images in a table" "$(nap images)" '^(REPOSITORY|NAME) '
busybox=$(nap load -q "$CORPUS/busybox/oci-gz.tar")
busybox=${busybox#sha256:}
edge=$(nap load -q "$CORPUS/edge/oci-gz.tar")
edge=${edge#sha256:}
is "images -q: ids, newest first" "$(nap images -q | sed 's/^sha256://' | cut -c1-12)" "${edge:0:12}
${busybox:0:12}"
like "images: a table with the short id" "$(nap images)" "busybox +1\.0 .*${busybox:0:12}|busybox:1\.0 .*${busybox:0:12}"

# ---- names
ok "tag" nap tag busybox:1.0 web
ok "tag with a registry" nap tag web localhost:5000/a/b:x
is "names are normalised and shown short" "$(names)" "busybox:1.0 edge:1.0 localhost:5000/a/b:x web:latest"
ok "a full name is the same name" nap inspect docker.io/library/web:latest
ok "tag moves a name" nap tag edge:1.0 web
is "to the other image" "$(nap inspect --json web | jq -r '.[0].Id' | sed 's/sha256://')" "$edge"
fails_with 1 'nosuch' nap tag nosuch web
fails_with 1 'Web' nap tag busybox:1.0 Web
fails_with 1 'reference|name' nap tag busybox:1.0 'a b'
fails_with 1 'reference|name' nap tag busybox:1.0 ../../etc/passwd
fails_with 1 'reference|name' nap tag busybox:1.0 "$(printf 'a%.0s' {1..300})"

# ---- ids
ok "a short id" nap inspect "${busybox:0:6}"
ok "a whole id" nap inspect "$busybox"
ok "with the algorithm" nap inspect "sha256:$busybox"
fails_with 1 'nosuch' nap inspect nosuch
fails_with 1 '.' nap inspect ""
# an id that begins like another: its record is a copy, nothing loads it
cp -r "$ROOT/images/$busybox" "$ROOT/images/${busybox:0:20}$(printf '0%.0s' {1..44})"
fails_with 1 'ambiguous|several|more than one' nap inspect "${busybox:0:12}"
ok "until it is unambiguous" nap inspect "${busybox:0:24}"
rm -r "$ROOT/images/${busybox:0:20}"0*

# ---- inspect
nap inspect --json busybox:1.0 >"$T/inspect"
is "inspect gives an array as docker's" "$(jq -r 'type' "$T/inspect")" array
is "with the config" "$(jq -c '.[0].Config.Cmd' "$T/inspect")" '["/bin/sh"]'
is "and the names" "$(jq -c '.[0].RepoTags' "$T/inspect")" '["busybox:1.0","localhost:5000/a/b:x"]'
is "two at once" "$(nap inspect --json busybox:1.0 edge:1.0 | jq length)" 2

# ---- rmi
fails_with 1 'force|-f' nap rmi "$edge"
is "an id with several names stays" "$(names)" "busybox:1.0 edge:1.0 localhost:5000/a/b:x web:latest"
ok "rmi of a name" nap rmi web
is "removes the name alone" "$(names) $(count images)" "busybox:1.0 edge:1.0 localhost:5000/a/b:x 2"
ok "rmi of the last name" nap rmi edge:1.0
is "removes the image and its layers" "$(count images) $(count layers)" "1 1"
fails_with 1 'edge' nap rmi edge:1.0
ok "rmi -f of an id with several names" nap rmi -f "$busybox"
is "leaves nothing" "$(count images) $(count layers) $(find "$ROOT/names" -mindepth 1 | wc -l)" "0 0 0"

# ---- layers are shared
nap load -q "$CORPUS/busybox/oci-gz.tar" >/dev/null
nap load -q "$CORPUS/payload/oci-gz.tar" >/dev/null
is "two images, one layer of both" "$(count layers)" 2
ok "rmi of one" nap rmi busybox:1.0
is "keeps what the other needs" "$(count layers)" 2
is "which still runs" "$(nap run --network none payload:1.0 echo yes)" yes

# ---- prune
nap load -q "$CORPUS/busybox/oci-gz.tar" >/dev/null
ok "an image loses its name to another" nap tag payload:1.0 busybox:1.0
is "and stays" "$(count images)" 2
mkdir -p "$ROOT/tmp/left-by-a-killed-load/fs" "$ROOT/layers/$(printf '1%.0s' {1..64})/fs"
ok "prune" nap prune -f
is "removes it, and what killed loads left" "$(count images) $(count layers) $(count tmp)" "1 2 0"
is "and nothing that is needed" "$(nap run --network none payload:1.0 echo yes)" yes
ok "prune -a" nap prune -f -a
is "removes images without a container" "$(count images) $(count layers)" "0 0"

# ---- an image in use
nap load -q "$CORPUS/payload/oci-gz.tar" >/dev/null
nap run --name user --network none payload:1.0 /payload sleep >"$T/out" &
app=$!
wait_for grep -q ready "$T/out"
fails_with 1 'in use|used by' nap rmi payload:1.0
fails_with 1 'in use|used by' nap rmi -f payload:1.0
ok "prune -a while it runs" nap prune -f -a
is "leaves it" "$(names)" payload:1.0
ok "stop" nap stop user
wait $app
ok "then it can be removed" nap rmi payload:1.0
is "and the store is empty" "$(count images) $(count layers) $(count containers)" "0 0 0"
finish
