# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced first by every integration test. It starts the test over as root of its own small world:
# mount, PID, cgroup and network namespaces, a tmpfs on /run, cgroup v2 over /sys/fs/cgroup. So a
# test can count what is left behind, and whatever it leaves ends with its PID namespace.
# Each check prints one TAP line; the exit status of a test is that of `finish`.
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
tests_failed=0
unset NAP_TEST_WORLD

nap() { "$NAP" --root "$ROOT" --runroot "$RUNROOT" "$@"; }

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
	umount -R "$T" 2>/dev/null
	rm -rf --one-file-system "$T"
}

# ---- checks

pass() { echo "ok - $1"; }

fail() { # DESCRIPTION [LINE...]
	echo "not ok - $1"
	shift
	[ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/#   /'
	tests_failed=$((tests_failed + 1))
}

skip() { echo "ok - $1 # SKIP $2"; }

# The command succeeds.
ok() { # DESCRIPTION COMMAND...
	local out

	if out=$("${@:2}" 2>&1 </dev/null); then
		pass "$1"
	else
		fail "$1" "exit status $?: ${*:2}" "$out"
	fi
}

is() { # DESCRIPTION GOT WANT
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "got:  $2" "want: $3"
	fi
}

like() { # DESCRIPTION TEXT EXTENDED-REGEX
	if [[ $2 =~ $3 ]]; then
		pass "$1"
	else
		fail "$1" "got: $2" "want a match of: $3"
	fi
}

unlike() { # DESCRIPTION TEXT EXTENDED-REGEX
	if [[ $2 =~ $3 ]]; then
		fail "$1" "got: $2" "want no match of: $3"
	else
		pass "$1"
	fi
}

same_file() { # DESCRIPTION GOT WANT
	local difference

	if difference=$(diff -u "$3" "$2"); then
		pass "$1"
	else
		fail "$1" "$(head -40 <<<"$difference")"
	fi
}

# The command exits with CODE after exactly one line on stderr, which matches REGEX, and at most one
# hint. Nothing hangs: a minute is the limit.
fails_with() { # CODE REGEX COMMAND...
	local code=$1 regex=$2 got text messages
	shift 2

	timed "$@" >"$T/.out" 2>"$T/.err" </dev/null
	got=$?
	text=$(cat "$T/.err")
	messages=$(grep -cv '^hint: ' "$T/.err")
	if [ "$got" = "$code" ] && [ "$messages" = 1 ] && [[ $text == "nap: "* ]] &&
		[ "$(wc -l <"$T/.err")" -le 2 ] && [[ $text =~ $regex ]]; then
		pass "${*@Q} exits $code"
	else
		fail "${*@Q} exits $code" "exit status $got, message: $text" "want one line like: $regex"
	fi
}

# `timeout` for shell functions: COMMAND is nap or a program.
timed() {
	if [ "$1" = nap ]; then
		shift
		timeout -k 5 60 "$NAP" --root "$ROOT" --runroot "$RUNROOT" "$@"
	else
		timeout -k 5 60 "$@"
	fi
}

# Poll until the command succeeds, 20 seconds at most.
wait_for() {
	local end=$((SECONDS + 20))

	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$end" ]; then
			fail "waited 20 s for: $*"
			return 1
		fi
		sleep 0.02
	done
}

process_ended() { ! kill -0 "$1" 2>/dev/null; }

# ---- what there is: taken before and after, compared with `is`

# Counts of what lives in this world besides the test itself.
world() {
	echo "processes: $(cat /proc/[0-9]*/comm 2>/dev/null | grep -cvxE 'bash|cat|grep')"
	echo "mounts: $(wc -l </proc/self/mountinfo)"
	echo "cgroups: $(find "/sys/fs/cgroup/$TEST_CGROUP" -type d | wc -l)"
	echo "network namespaces: $(readlink /proc/[0-9]*/ns/net | sort -u | wc -l)"
	echo "links: $(ip -o link | wc -l)"
	echo "files in the store: $(find "$ROOT" ! -path "$ROOT/names*" | wc -l)"
	echo "state: $(find "$RUNROOT" 2>/dev/null | wc -l)"
}

# The store as one text: every name, type, mode, owner, size, content hash; no times.
store_list() {
	(cd "${1:-$ROOT}" && find . -printf '%y %m %U:%G %P %l\n' | LC_ALL=C sort &&
		find . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum)
}

# ---- images

# Pictures of the world are cheap to make and the same for all tests: made once per build directory.
corpus() { # IMAGE...
	(
		mkdir -p "$CORPUS" && flock 9 &&
			"$TOP/tests/corpus/make.sh" "$CORPUS" "$@"
	) 9>"$B/tests/corpus.lock" >&2 || { fail "make the images $*"; exit 1; }
}

finish() { exit $((tests_failed > 0)); }

make_world
trap 'leave_world' EXIT
trap 'exit 1' INT TERM
