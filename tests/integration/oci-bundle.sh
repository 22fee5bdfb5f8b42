# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For tests of the OCI runtime, sourced after lib.sh: bundles of busybox, and what is checked of them again
# and again. A configuration is the plain one changed by a filter of jq's.
# OCI_RUNTIME=/usr/bin/crun runs the same tests with another runtime.
RUNTIME=${OCI_RUNTIME:-$T/nap-oci}
ln -s "$NAP" "$T/nap-oci"
STATE=$T/state
: >"$T/empty" # standard input: runtimes chown it, and /dev/null is the machine's
TREE=$T/tree

# The root of each bundle is a copy of this tree.
make_tree() {
	local a

	mkdir -p "$TREE"/{bin,dev,etc,proc,sys,tmp,root,data,usr/bin}
	cp "$(command -v busybox)" "$TREE/bin/busybox"
	for a in $(busybox --list | grep -vx busybox); do ln -s busybox "$TREE/bin/$a"; done
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\n' >"$TREE/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\n' >"$TREE/etc/group"
	ln -s /proc/mounts "$TREE/etc/mtab"
}

plain_config() {
	jq -n '{
		ociVersion: "1.2.0",
		root: {path: "rootfs"},
		process: {
			cwd: "/", args: ["true"], user: {uid: 0, gid: 0}, noNewPrivileges: true,
			env: ["PATH=/bin:/usr/bin", "TERM=dumb"],
			capabilities: (["CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_SETGID", "CAP_DAC_OVERRIDE", "CAP_FOWNER",
				"CAP_MKNOD", "CAP_NET_BIND_SERVICE"] | {bounding: ., effective: ., permitted: .})
		},
		mounts: [
			{destination: "/proc", type: "proc", source: "proc"},
			{destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755", "size=65536k"]},
			{destination: "/dev/pts", type: "devpts", source: "devpts",
				options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
			{destination: "/dev/shm", type: "tmpfs", source: "shm",
				options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
			{destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]}
		],
		linux: {namespaces: (["pid", "mount", "ipc", "uts", "network"] | map({type: .}))}
	}'
}

oci() { timeout -k 5 180 "$RUNTIME" --root "$STATE" "$@"; }

# A new bundle with the plain configuration as FILTER changes it; BUNDLE is its directory.
bundles=0
bundle() { # [FILTER [ARGUMENT-OF-JQ...]]
	BUNDLE=$T/bundle$((bundles += 1))
	ID=${T##*.}-$bundles # cgroups are those of the machine: two tests at a time must not meet
	mkdir "$BUNDLE" && cp -a "$TREE" "$BUNDLE/rootfs"
	plain_config | jq "${@:2}" "${1:-.}" >"$BUNDLE/config.json" || exit 1
}

sh_filter() { # FILTER: the command is `sh -c $script`
	echo '.process.args = ["sh", "-c", $script] | '"$1"
}

with_user() { # FIRST-ID [IDS]: a filter for a user namespace
	echo ".linux.namespaces += [{type: \"user\"}]
		| .linux.uidMappings = [{containerID: 0, hostID: $1, size: ${2:-65536}}] | .linux.gidMappings = .linux.uidMappings"
}

# What SCRIPT prints in a container with the configuration that FILTER makes, into PRINTED.
run_script() { # FILTER SCRIPT
	bundle "$(sh_filter "$1")" --arg script "$2"
	PRINTED=$(echo | oci run --bundle "$BUNDLE" "$ID" 2>&1)
	forget
}
says() { # DESCRIPTION FILTER SCRIPT WANT
	run_script "$2" "$3"
	is "$1" "$PRINTED" "$4"
}
says_like() { # DESCRIPTION FILTER SCRIPT REGEX
	run_script "$2" "$3"
	like "$1" "$PRINTED" "$4"
}

# create fails with one line that says why, and there is no container afterwards.
refuses() { # DESCRIPTION FILTER [REGEX]
	local out status

	bundle "$2"
	oci create --bundle "$BUNDLE" "$ID" <"$T/empty" >"$BUNDLE/out" 2>&1 # a pipe would stay open with the container
	status=$? out=$(cat "$BUNDLE/out")
	if [ "$status" = 0 ] || oci state "$ID" >/dev/null 2>&1 || [[ ! $out =~ ${3:-.} ]]; then
		fail "$1" "exit status $status: $out"
	else
		pass "$1"
	fi
	forget
}

# create succeeds; the container is deleted again.
accepts() { # DESCRIPTION FILTER
	bundle "$2"
	ok "$1" create
	forget
}

create() { oci create --bundle "$BUNDLE" "$ID" <"$T/empty" >"$BUNDLE/out" 2>"$BUNDLE/err" || { cat "$BUNDLE/err"; false; }; }
state() { oci state "$ID" 2>/dev/null | jq -r ".$1"; }
status() { state status; }
pid() { state pid; }
fails() { # DESCRIPTION COMMAND...
	local out

	if out=$("${@:2}" 2>&1); then fail "$1" "it succeeded: $out"; else pass "$1"; fi
}
drop_bundle() { rm -rf --one-file-system "$BUNDLE"; }
forget() {
	oci delete --force "$ID" >/dev/null 2>&1
	drop_bundle
}
make_tree
