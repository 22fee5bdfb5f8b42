# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by every test that runs in a machine booted with systemd (tests/systemd, tests/vm). nap is the
# installed one; an app is a file in /etc/nap/apps and a unit.
set -u
T=$(mktemp -d)
NAP=/usr/bin/nap
export ROOT=/var/lib/nap RUNROOT=/run/nap
# shellcheck source=tests/tap.sh
. /tests/tap.sh

nap() { "$NAP" "$@"; }
run() { nap run --network none "$@"; }

# Load images that are not in the store yet.
images() { # NAME...
	local i

	for i; do
		nap images -q "$i" 2>/dev/null | grep -q . || ok "load $i" nap load -q "/corpus/$i/oci-raw.tar"
	done
}

# systemd forgets a unit that has ended well, and how it ended, unless another unit speaks of it.
remember() { # NAME...
	printf '[Unit]\nAfter=%s\n' "${*/%/.service}" >"/run/systemd/system/remember-$$.target"
	systemctl start "remember-$$.target"
}

# ---- apps

# Write app files from standard input, one, or several that begin with "# NAME.app" each, and have systemd
# read them.
apps() { # [NAME]
	local file=${1:+/etc/nap/apps/$1.app} line

	mkdir -p /etc/nap/apps
	[ -z "$file" ] || : >"$file"
	while IFS= read -r line; do
		if [[ $line =~ ^'# '([^ ]+\.(app|container))$ ]]; then
			file=/etc/nap/apps/${BASH_REMATCH[1]}
			: >"$file"
		else
			echo "$line" >>"$file"
		fi
	done
	systemctl daemon-reload
}

# The app file of a command of the test program, and more lines of it.
payload_app() { # NAME COMMAND [LINE...]
	{
		printf '[Container]\nImage=payload:1.0\nNetwork=none\nExec=%s\n' "$2"
		[ $# -le 2 ] || printf '%s\n' "${@:3}"
	} | apps "$1"
}

# Stop and forget apps, whatever state they are in.
forget() { # NAME...
	local i

	for i; do
		systemctl stop "app@$i.service" "app@$i.socket" 2>/dev/null
		systemctl reset-failed "app@$i.service" "app@$i.socket" 2>/dev/null
		rm -rf "/etc/nap/apps/$i".{app,container} "/etc/nap/apps/$i.app.d" "/run/systemd/system/app@$i.service.d"
	done
	systemctl daemon-reload
}

# A property of an app's unit.
prop() { systemctl show -P "$2" "app@$1.service"; } # NAME PROPERTY
props() { # NAME PROPERTY...
	local p

	for p in "${@:2}"; do prop "$1" "$p"; done | paste -sd' '
}
main_pid() { prop "$1" MainPID; }
command_line() { tr '\0' ' ' <"/proc/$(main_pid "$1")/cmdline"; }
parent_of() { sed -n 's/^PPid:\t//p' "/proc/$1/status"; }

# What the app has written to the journal, since its last start.
log() { # NAME
	journalctl --sync
	journalctl --no-pager -o cat "_SYSTEMD_INVOCATION_ID=$(prop "$1" InvocationID)" "_SYSTEMD_UNIT=app@$1.service"
}
# A line of it, waited for.
logs() { # DESCRIPTION NAME REGEX
	local end=$((SECONDS + PATIENCE))

	until log "$2" | grep -qE -- "$3"; do
		[ "$SECONDS" -lt "$end" ] || { fail "$1" "$(log "$2")" "want a line like: $3"; return 1; }
		sleep 0.05
	done
	pass "$1"
}

# The processes of an app's cgroup: systemd says that it has started a moment before nap launch ends.
residents() { wc -l <"/sys/fs/cgroup$(prop "$1" ControlGroup)/cgroup.procs"; }

# Milliseconds of a command.
msec() {
	local start

	start=$(date +%s%N)
	"$@" >/dev/null 2>&1
	echo $((($(date +%s%N) - start) / 1000000))
}

below() { # DESCRIPTION NUMBER LIMIT
	if [ "$2" -lt "$3" ]; then
		pass "$1 ($2)"
	else
		fail "$1" "$2 is not below $3"
	fi
}

# ---- nap as the runtime of an engine

oci() { nap oci --root "$T/oci" "$@"; }

# A bundle $T/NAME whose process is `sh -c SCRIPT`, in a tree with busybox. LINUX: further members of "linux"
# as JSON, each with a comma before it.
oci_bundle() { # NAME SCRIPT [LINUX [ANNOTATIONS]]
	local root=$T/$1/rootfs a

	mkdir -p "$root"/{bin,proc,dev,sys,tmp}
	cp /bin/busybox "$root/bin"
	for a in sh sleep cat dd touch ls true grep wc head; do ln -sf busybox "$root/bin/$a"; done
	cat >"$T/$1/config.json" <<-JSON
		{"ociVersion": "1.2.0", "root": {"path": "rootfs"}, "annotations": {${4:-}},
		 "process": {"cwd": "/", "user": {"uid": 0, "gid": 0}, "env": ["PATH=/bin"], "args": ["sh", "-c", "$2"]},
		 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
			{"destination": "/dev", "type": "tmpfs", "source": "tmpfs"},
			{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]}],
		 "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "cgroup"}]${3:-}}}
	JSON
}

# Create and start the container NAME of the bundle $T/NAME; what it prints is in $T/NAME/out.
oci_up() { # NAME [GLOBAL-OPTION...]
	if ! oci "${@:2}" create --bundle "$T/$1" "$1" >"$T/$1/out" 2>"$T/$1/err" </dev/null || ! oci start "$1"; then
		cat "$T/$1/err"
		return 1
	fi
}
oci_pid() { oci state "$1" | sed -nE 's/^ *"pid": ([0-9]+).*/\1/p'; }
oci_group() { echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(oci_pid "$1")/cgroup")"; }
oci_status() { oci state "$1" | sed -nE 's/^ *"status": "([a-z]+)".*/\1/p'; }

# ---- what is left behind

# A scope stays for a moment when what was in it has ended.
scopes() { systemctl list-units --all --plain --no-legend --type=scope 'nap*'; }
# Everything that apps and containers may leave, as one text. What is there before is no matter.
world() {
	echo "mounts: $(wc -l </proc/self/mountinfo)"
	echo "scopes: $(scopes | wc -l)"
	echo "cgroups: $(find /sys/fs/cgroup -type d \( -path '*app@*' -o -name 'nap?*.s*' ! -name 'nap-test.service' \) | wc -l)"
	echo "network namespaces: $(readlink /proc/[0-9]*/ns/net | sort -u | wc -l)"
	echo "processes: $(grep -lxE 'nap|nap-.*|payload|init' /proc/[0-9]*/comm 2>/dev/null | wc -l)"
	echo "state: $(find /run/nap -mindepth 2 ! -path '/run/nap/net/*' 2>/dev/null | wc -l)"
	echo "links: $(ip -o link | grep -cE '^[0-9]+: vn')"
	echo "leases: $(find /run/nap/net -type l -o -path '*/leases/*' -o -path '*/watch/*/*' 2>/dev/null | wc -l)"
	echo "containers: $(find /var/lib/nap/containers -mindepth 1 2>/dev/null | wc -l)"
}
same_world() { becomes "$1" "$2" world; } # DESCRIPTION BEFORE
