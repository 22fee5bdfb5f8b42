#!/bin/bash
# SPDX-License-Identifier: MIT
# The unpacked trees, file by file (type, mode, owner, times, links, attributes, content), against a
# listing written by hand for the image of odd entries, and against umoci for the others. The big
# images take part where they have been built: tests/corpus/make.sh build/tests/corpus stack stack1 node.
. "$(dirname "$0")/lib.sh"
needs jq umoci
corpus busybox edge payload

# A directory that no layer has an entry for: its time is anybody's choice.
without_implicit_times() { sed -E "s#^(($1) dir [0-9]+ [0-9:]+) [0-9.-]+#\1 any#"; }

# A hard link to a lower layer's file copies that file up, as overlayfs does: hl_b leaves hl_abs.
ok "load edge" nap load "$CORPUS/edge/oci-gz"
image_tree edge:1.0 | without_implicit_times 'deep|sgid_dir|f2d|g|g/L+|opq|usr|usr/bin|usr/lib' >"$T/edge"
same_file "edge is as written down" "$T/edge" "$TOP/tests/corpus/edge.tree"

# umoci 0.4 does not keep nanoseconds of what it compares here to the second
for image in busybox payload stack stack1 node; do
	if [ ! -e "$CORPUS/$image/.made" ] && [ ! -d "$CORPUS/$image/oci-gz" ]; then
		skip "the tree of $image is umoci's" "not built: it takes minutes (see the head of $0)"
		continue
	fi
	umoci raw unpack --image "$CORPUS/$image/oci-gz:$image:1.0" "$T/umoci" >/dev/null 2>"$T/log" ||
		{ fail "umoci unpacks $image" "$(cat "$T/log")"; continue; }
	"$TOP/tests/treelist" "$T/umoci" >"$T/want"
	rm -rf --one-file-system "$T/umoci"
	ok "load $image" nap load "$CORPUS/$image/oci-gz"
	image_tree "$image:1.0" >"$T/got"
	same_file "the tree of $image is umoci's" "$T/got" "$T/want"
	ok "remove $image" nap rmi "$image:1.0"
done
finish
