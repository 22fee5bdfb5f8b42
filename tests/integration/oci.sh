# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For tests with engines, sourced after lib.sh: a world in which this test's group is the root of the
# cgroups, as an engine that makes /libpod_parent or /default expects, and all that an engine keeps
# is below $T. OCI_RUNTIME=/usr/bin/crun runs the same tests with another runtime.
# shellcheck disable=SC2034 # for the test
RUNTIME=${OCI_RUNTIME:-$T/nap-oci}
ln -s "$NAP" "$T/nap-oci"

# Whoever is in this world: `inside COMMAND...`. A cgroup that holds processes cannot give controllers
# to its children, so the test itself moves into a leaf.
engine_world() {
	local group=/sys/fs/cgroup/$TEST_CGROUP

	unshare --cgroup --mount --propagation private bash -c 'umount /sys/fs/cgroup &&
		mount -t cgroup2 none /sys/fs/cgroup && mkdir /sys/fs/cgroup/test &&
		echo 0 >/sys/fs/cgroup/test/cgroup.procs && : >"$0/world" && exec sleep infinity' "$T" &
	WORLD=$!
	disown
	wait_for test -e "$T/world" || exit 1
	echo $$ >"$group/test/cgroup.procs"
}

inside() { nsenter --cgroup --mount --target "$WORLD" --wd="$PWD" -- "$@"; }

# Engines without a rule which signatures to trust refuse every image.
trust_all() {
	echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$T/policy.json"
}

# A file that holds TEXT, soon: what a daemon writes.
holds() { # FILE TEXT
	grep -qF -- "$2" "$1"
}

exits() { # DESCRIPTION CODE COMMAND...
	local out status

	out=$("${@:3}" 2>&1)
	status=$?
	if [ "$status" = "$2" ]; then pass "$1"; else fail "$1" "exit status $status, not $2" "$out"; fi
}

# All of podman's below $T; nothing of it needs systemd.
podman_settings() {
	cat >"$T/containers.conf" <<X
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "tested"
runtime_supports_json = ["tested"]
runtime_supports_nocgroup = ["tested"]
[engine.runtimes]
tested = ["$RUNTIME"]
[containers]
log_driver = "k8s-file"
pids_limit = 0
[network]
network_backend = "netavark"
network_config_dir = "$T/networks"
X
	cat >"$T/storage.conf" <<X
[storage]
driver = "overlay"
graphroot = "$T/store"
runroot = "$T/runroot"
X
	export CONTAINERS_CONF=$T/containers.conf CONTAINERS_STORAGE_CONF=$T/storage.conf
	export DISABLE_HC_SYSTEMD=true
}
