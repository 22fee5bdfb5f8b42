# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For tests where the controllers are with cgroup v1, sourced after lib.sh: a world in which their
# hierarchies begin at groups of this test's own. begin_v1 makes it; who is in it: `inside COMMAND...`.
controllers=(cpu cpuacct cpuset memory pids devices freezer)
for c in "${controllers[@]}"; do
	grep -Eq "^${c}[[:space:]]+[1-9]" /proc/cgroups || skip_all "$c is not with cgroup v1"
done

own() { sed -n "s/^[0-9]*:$1://p" /proc/self/cgroup; }

enter_v1() {
	local c base

	for c in "${controllers[@]}"; do
		mkdir -p "$T/v1/$c" && mount -t cgroup -o "$c" none "$T/v1/$c" || exit 1
		base=$T/v1/$c$(own "$c")
		echo "$base" >"$T/v1/base-$c"
		mkdir "$base/$TEST_CGROUP" || exit 1
	done
	for c in cpus mems; do
		base=$(cat "$T/v1/base-cpuset")
		cat "$base/cpuset.$c" >"$base/$TEST_CGROUP/cpuset.$c"
	done
	for c in "${controllers[@]}"; do echo 0 >"$(cat "$T/v1/base-$c")/$TEST_CGROUP/cgroup.procs"; done
}

members() { find "$1" -name cgroup.procs -exec cat {} +; }

# Whatever of it is there, with whoever is in it: the test may be ended at any time.
leave_v1() {
	local c base group

	for c in freezer "${controllers[@]}"; do # what is frozen does not die
		base=$(cat "$T/v1/base-$c" 2>/dev/null) group=$base/$TEST_CGROUP
		[ -d "$group" ] || continue
		echo 0 >"$base/cgroup.procs"
		find "$group" -mindepth 1 -name freezer.state -exec sh -c 'for f; do echo THAWED >"$f"; done' sh {} +
		while [ -n "$(members "$group")" ]; do
			members "$group" | xargs -r kill -9 2>/dev/null
			sleep 0.01
		done
		find "$group" -depth -type d -exec rmdir {} +
	done
}

# Who sees the groups of this test as the tops, as they are mounted everywhere.
make_v1_world() {
	unshare --cgroup --mount --propagation private bash -c 'mount -t tmpfs cgroup /sys/fs/cgroup
		for c; do mkdir /sys/fs/cgroup/$c && mount -t cgroup -o $c none /sys/fs/cgroup/$c || exit 1; done
		: >"$0/world" && exec sleep infinity' "$T" "${controllers[@]}" &
	WORLD=$!
	disown
	wait_for test -e "$T/world" || exit 1
}

begin_v1() {
	mkdir "$T/v1"
	trap 'trap "" INT TERM; leave_v1; leave_world' EXIT
	enter_v1
	make_v1_world
}

inside() { nsenter --cgroup --mount --target "$WORLD" --wd="$PWD" -- "$@"; }
in_v1() { inside cat "/sys/fs/cgroup/$1" 2>/dev/null | tr '\n' ' ' | sed 's/ $//'; }
