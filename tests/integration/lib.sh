# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced first by every integration test. It starts the test over as root of its own small world:
# mount, PID, cgroup and network namespaces, a tmpfs on /run, cgroup v2 over /sys/fs/cgroup. So a
# test can count what is left behind, and whatever it leaves ends with its PID namespace.
# A test is a list of checks (tap.sh) and ends with `finish`.
set -u

# Skip the rest of the file; in CI a missing program is a failure, because .ci/run installs it.
skip_all() {
	printf 'ok - %s # SKIP %s\n' "$(basename "$0")" "$*"
	exit 0
}

needs() {
	local p
	for p; do
		command -v "$p" >/dev/null && continue
		[ -n "${CI:-}" ] && { echo "not ok - $p is not installed"; exit 1; }
		skip_all "$p is not installed"
	done
}

if [ -z "${NAP_TEST_WORLD:-}" ]; then
	[ "$(id -u)" = 0 ] || skip_all "needs root"
	NAP_TEST_WORLD=1 exec unshare --mount --propagation private --pid --fork --kill-child \
		--mount-proc --net --uts /bin/bash "$0" "$@"
fi

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
B=${B:-$TOP/build}
NAP=$B/nap
CORPUS=${CORPUS:-$B/tests/corpus}
T=$(mktemp -d "${TMPDIR:-/var/tmp}/nap-test.XXXXXX")
ROOT=$T/root RUNROOT=$T/run
TEST_CGROUP=${T##*/}
unset NAP_TEST_WORLD
# shellcheck source=tests/tap.sh
. "$TOP/tests/tap.sh"

# ---- the world

# cgroup v2 with this test's own group as its root: what nap makes can be counted, and goes with us.
make_cgroup_world() {
	local top=/sys/fs/cgroup

	mount -t cgroup2 none "$top"
	mkdir "$top/$TEST_CGROUP" || exit 1
	echo 0 >"$top/$TEST_CGROUP/cgroup.procs"
}

make_world() {
	mount -t tmpfs -o mode=755 run /run
	make_cgroup_world
	ip link set lo up
	mkdir -p "$T" && cd "$T" || exit 1
}

leave_world() {
	local group=/sys/fs/cgroup/$TEST_CGROUP

	cd /
	echo 0 >/sys/fs/cgroup/cgroup.procs
	echo 1 >"$group/cgroup.kill"
	while grep -q 'populated 1' "$group/cgroup.events"; do sleep 0.01; done
	find "$group" -depth -type d -exec rmdir {} +
	awk -v t="$T/" 'index($5, t) == 1 { print $5 }' /proc/self/mountinfo | tac | xargs -r umount
	rm -rf --one-file-system "$T"
}

# ---- what there is: taken before and after, compared with `is`

# How many live besides the test itself: what the shell has still to reap does not.
processes() {
	grep -shE '^(Name|State):' /proc/[0-9]*/status |
		awk '/^Name/ { name = $2 } /^State/ && $2 != "Z" && name !~ /^(bash|grep|[gm]?awk)$/ { n++ } END { print n + 0 }'
}

# Counts of what lives in this world besides the test itself. Who has taken a network down may still be
# closing its sockets.
world() {
	while grep -qsx nap-net-down /proc/[0-9]*/comm; do sleep 0.01; done
	echo "processes: $(processes)"
	echo "mounts: $(grep -c " $T" /proc/self/mountinfo)" # other tests' copies come and go
	echo "cgroups: $(find "/sys/fs/cgroup/$TEST_CGROUP" -type d | wc -l)"
	echo "network namespaces: $(readlink /proc/[0-9]*/ns/net | sort -u | wc -l)"
	echo "links: $(ip -o link | grep -cvE '^[0-9]+: nap')" # a bridge stays for the next one
	echo "files in the store: $(find "$ROOT" ! -path "$ROOT/names*" ! -path "$ROOT/ids*" | wc -l)" # apps keep theirs
	echo "state: $(find "$RUNROOT" \( -path "$RUNROOT/net" -o -path "$RUNROOT/ids" \) -prune -o -print 2>/dev/null | wc -l)"
	echo "ranges of ids: $(find "$RUNROOT/ids" -type l 2>/dev/null | wc -l)"
	echo "leases: $(find "$RUNROOT/net" -type l -o -path '*/leases/*' -o -path '*/watch/*/*' 2>/dev/null | wc -l)"
	echo "elements: $(nft list table inet nap 2>/dev/null | awk '/^\t(set|map) / { set = $2 }
		set !~ /^(bridges|internal|same|guarded.)$/ { n += gsub(/comment/, "") } END { print n + 0 }')"
}

same_world() { # DESCRIPTION BEFORE
	becomes "$1" "$2" world
}

# The store as one text, without times and locks: when an image was loaded makes no difference.
store_list() { # DIR
	"$TOP/tests/treelist" "$1" | sed -E 's/ -?[0-9]+\.[0-9]{9}( |$)/ /; /^(load\.)?lock /d; /^images\/[0-9a-f]+\/image /d'
	(cd "$1" && find images -name image 2>/dev/null | LC_ALL=C sort | xargs -r jq -cS 'del(.loaded)')
}

# ---- images

# The images are the same for all tests: made once per build directory.
corpus() { # IMAGE...
	flock "$B" "$TOP/tests/corpus/make.sh" "$CORPUS" "$@" >&2 ||
		{ fail "make the images $*"; exit 1; }
}

# Load images that the rest of the test stands on.
load() { # PATH-IN-CORPUS...
	local i out

	for i; do
		out=$(nap load -q "$CORPUS/$i" 2>&1) || { fail "load $i" "$out"; exit 1; }
	done
}

# A store of its own for what follows.
fresh_store() {
	rm -rf --one-file-system "$ROOT" "$RUNROOT"
	mkdir -m 700 "$ROOT"
}

# Mount the tree of a loaded image read-only on a directory, from the layers as image.h describes them.
mount_image() { # REFERENCE DIR
	local id layers

	id=$(nap inspect --json "$1" | jq -r '.[0].Id // .[0].id // .Id // .id')
	layers=$(jq -r '.layers | reverse | map(. + "/fs") | join(":")' "$ROOT/images/${id#sha256:}/image") || return
	mkdir -p "$2" "$T/empty"
	(cd "$ROOT/layers" && mount -t overlay -o "ro,lowerdir=$layers:$T/empty" overlay "$2")
}

# The listing (tests/treelist) of a loaded image.
image_tree() { # REFERENCE
	mount_image "$1" "$T/tree" && "$TOP/tests/treelist" "$T/tree" && umount "$T/tree"
}

make_world
trap 'leave_world' EXIT
trap 'exit 1' INT TERM
