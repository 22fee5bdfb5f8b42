#!/bin/bash
# SPDX-License-Identifier: MIT
# config.md of the OCI runtime specification 1.2: a check for each MUST, with its section in brackets.
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/integration/oci-bundle.sh"
needs jq busybox
before=$(world)

# ---- [version], [extensibility]

for version in 1.0.0 1.0.2-dev 1.1.0 1.2.0 1.2.1+build; do
	accepts "[ociVersion] $version" ".ociVersion = \"$version\""
done
for version in '"invalid"' '""' '"2.0.0"' 12 'null'; do
	refuses "[ociVersion] MUST be in SemVer 2.0.0 format: $version" ".ociVersion = $version"
done
refuses "[ociVersion] REQUIRED" 'del(.ociVersion)'
accepts "[extensibility] MUST NOT generate an error for an unknown property" \
	'.unknown = {a: [1]} | .process.unknown = 1 | .linux.unknown = "x" | .mounts[0].unknown = true'
refuses "[valid values] an invalid value MUST generate an error" '.process.args = "true"'
refuses "[valid values] a number for a text" '.hostname = 12'
bundle; echo '{' >"$BUNDLE/config.json"
fails "a document that is none" create
forget

# ---- [root]

refuses "[root] REQUIRED" 'del(.root)'
refuses "[root.path] a directory MUST exist at the path" '.root.path = "nowhere"'
refuses "[root.path] a file is none" '.root.path = "config.json"'
bundle '.root.path = $p | .process.args = ["cat", "/etc/mark"]' --arg p "$T/elsewhere"
cp -a "$TREE" "$T/elsewhere" && echo absolute >"$T/elsewhere/etc/mark"
is "[root.path] an absolute path" "$(oci run --bundle "$BUNDLE" "$ID" 2>&1)" absolute
forget
rm -rf "$T/elsewhere"
bundle '.root.path = "." | .process.args = ["test", "-e", "/config.json"]' && cp -a "$BUNDLE/rootfs/." "$BUNDLE/"
ok "[root.path] relative to the bundle" oci run --bundle "$BUNDLE" "$ID"
forget
says "[root.readonly] true: MUST be read-only inside the container" '.root.readonly = true' \
	'touch /file 2>/dev/null || echo read-only' read-only
says "[root.readonly] defaults to false" . 'touch /file && echo writable' writable

# ---- [mounts]

says "[mounts] MUST be mounted in the listed order" \
	'.mounts += [{destination: "/data", type: "tmpfs", source: "one", options: ["size=1m"]},
		{destination: "/data/a/b", type: "tmpfs", source: "two"}, {destination: "/data", type: "tmpfs", source: "three"}]' \
	'grep -o "^[a-z]* /data[^ ]*" /proc/mounts | tr "\n" " "' "one /data two /data/a/b three /data "
says "[mounts.source] is what /proc/mounts shows" '.mounts += [{destination: "/data", type: "tmpfs", source: "named"}]' \
	'grep " /data " /proc/mounts | cut -d" " -f1' named
refuses "[mounts.destination] REQUIRED" '.mounts += [{type: "tmpfs", source: "tmpfs"}]'
refuses "[mounts.type] a filesystem that the kernel does not have" \
	'.mounts += [{destination: "/data", type: "nosuchfs", source: "x"}]'
refuses "[mounts.options] an option that does not exist" \
	'.mounts += [{destination: "/data", type: "tmpfs", source: "x", options: ["nosuchoption"]}]'
mkdir "$T/source" "$T/source/under" && echo outside >"$T/source/file" && mount -t tmpfs under "$T/source/under" &&
	touch "$T/source/under/deep"
bind() { # OPTIONS AS JSON
	echo ".mounts += [{destination: \"/data\", type: \"bind\", source: \"$T/source\", options: $1}]"
}
says "[mounts.options] bind" "$(bind '["bind"]')" 'cat /data/file; ls /data/under' outside
says "[mounts.options] rbind" "$(bind '["rbind"]')" 'ls /data/under' deep
says "[mounts.options] ro" "$(bind '["rbind", "ro"]')" \
	'touch /data/x 2>/dev/null || echo read-only; touch /data/under/x && echo writable' $'read-only\nwritable'
rm -f "$T/source/under/x"
says "[mounts.options] rro" "$(bind '["rbind", "rro"]')" 'touch /data/under/x 2>/dev/null || echo read-only' read-only
mounted() { # OPTIONS: what mountinfo says of the mount
	says_like "[mounts.options] $1" "$(bind "[\"bind\", \"$1\"]")" 'grep " /data " /proc/self/mountinfo' "$2"
}
mounted nosuid ' [^ ]*nosuid[^ ]* '
mounted nodev ' [^ ]*nodev[^ ]* '
mounted noexec ' [^ ]*noexec[^ ]* '
mounted noatime ' [^ ]*noatime[^ ]* '
mounted nodiratime ' [^ ]*nodiratime[^ ]* '
mounted relatime ' [^ ]*relatime[^ ]* '
mounted nosymfollow ' [^ ]*nosymfollow[^ ]* '
mounted shared ' shared:[0-9]+ '
mounted slave ' /data [^ ]+ (master:[0-9]+ )?- '
mounted private ' /data [^ ]+ - '
mounted unbindable ' unbindable '
says "[mounts.options] rnoexec reaches what is mounted below" "$(bind '["rbind", "rnoexec"]')" \
	'grep -c "/data.* rw.*noexec" /proc/self/mountinfo' 2
says "[mounts.options] of a filesystem" \
	'.mounts += [{destination: "/data", type: "tmpfs", source: "t", options: ["size=64k", "mode=700", "nosuid"]}]' \
	'stat -c %a /data; df -k /data | awk "END { print \$2 }"' $'700\n64'
says "[mounts.options] tmpcopyup" \
	'.mounts += [{destination: "/etc", type: "tmpfs", source: "t", options: ["tmpcopyup"]}]' \
	'head -1 /etc/group; grep -c " /etc " /proc/mounts' $'root:x:0:\n1'
says "[mounts] a file" ".mounts += [{destination: \"/made/file\", type: \"bind\", source: \"$T/source/file\", options: [\"bind\"]}]" \
	'cat /made/file' outside
says "[mounts] a link in the image leads nowhere outside" \
	'.mounts += [{destination: "/tmp/link/in", type: "tmpfs", source: "t"}]
	| .hooks = {prestart: [{path: "/bin/sh", args: ["sh", "-c", "true"]}]}' 'test -d /tmp/link/in && echo inside' inside
umount "$T/source/under"

# ---- [process]

says "[process.cwd]" '.process.cwd = "/usr/bin"' pwd /usr/bin
refuses "[process.cwd] REQUIRED" 'del(.process.cwd)'
refuses "[process.cwd] MUST be an absolute path" '.process.cwd = "usr"'
says "[process.env]" '.process.env += ["A=b c", "EMPTY="]' 'echo "$A|${EMPTY-unset}|$PATH"' "b c||/bin:/usr/bin"
says "[process.env] is all there is" '.process.env = ["PATH=/bin"]' 'tr "\0" "\n" </proc/1/environ | cut -d= -f1 | sort | tr "\n" " "' \
	"HOME PATH "
refuses "[process.args] REQUIRED" 'del(.process.args)'
refuses "[process.args] at least one entry is REQUIRED" '.process.args = []'
refuses "a command that does not exist" '.process.args = ["nowhere"]' 'executable file .?nowhere.? not found'
refuses "a path that does not exist" '.process.args = ["/nowhere"]' 'o such file or directory'
bundle '.process.args = ["sh", "-c", "exit 42"]'
oci run --bundle "$BUNDLE" "$ID"
is "the exit status of run" $? 42
forget
is "process.terminal false: the streams are the caller's" \
	"$(bundle '.process.args = ["cat"]'; echo text | oci run --bundle "$BUNDLE" "$ID")" text
drop_bundle
refuses "[process.terminal] true for a container that is created, and no console socket" '.process.terminal = true' 'use --console-socket'
refuses "and that is said before what else is wrong" '.process.terminal = true | .process.args = ["sleep", 1]' \
	'use --console-socket'

says "[process.user] uid, gid" '.process.user = {uid: 1000, gid: 1001}' 'id -u; id -g' $'1000\n1001'
says "[process.user.additionalGids]" '.process.user = {uid: 1, gid: 2, additionalGids: [5, 6]}' \
	'sed -n "s/Groups:\t//p" /proc/self/status | tr -s " "' '5 6 '
says "[process.user.umask]" '.process.user.umask = 23' umask 0027
refuses "[process.user] uid is no number" '.process.user.uid = "root"'

says "[process.rlimits] soft and hard" '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}]' \
	'ulimit -Sn; ulimit -Hn' $'100\n200'
refuses "[process.rlimits] a type that the kernel does not have MUST generate an error" \
	'.process.rlimits = [{type: "RLIMIT_NOSUCH", soft: 1, hard: 1}]'
refuses "[process.rlimits] duplicated entries MUST generate an error" \
	'.process.rlimits = [{type: "RLIMIT_CORE", soft: 1, hard: 1}, {type: "RLIMIT_CORE", soft: 2, hard: 2}]'
refuses "[process.rlimits] soft above hard" '.process.rlimits = [{type: "RLIMIT_CORE", soft: 2, hard: 1}]'

says "[process.noNewPrivileges] true" '.process.noNewPrivileges = true' 'sed -n "s/NoNewPrivs:\t//p" /proc/self/status' 1
says "[process.noNewPrivileges] false" '.process.noNewPrivileges = false' 'sed -n "s/NoNewPrivs:\t//p" /proc/self/status' 0
sets='sed -n "s/^Cap\(Inh\|Prm\|Eff\|Bnd\|Amb\):\t0*//p" /proc/self/status | tr "\n" " "'
says "[process.capabilities] the five sets" '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"],
	permitted: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_CHOWN", "CAP_KILL"], inheritable: ["CAP_CHOWN"], ambient: ["CAP_CHOWN"]}' \
	"$sets" "1 21 21 a1 1 "
says "[process.capabilities] ambient ones reach who is not root" '.process.user.uid = 1000 | .process.capabilities =
	(["CAP_NET_BIND_SERVICE"] | {bounding: ., permitted: ., effective: ., inheritable: ., ambient: .})' "$sets" "400 400 400 400 400 "
says "[process.env] of a name that is given twice the last" '.process.env += ["A=1", "B=1", "A=2", "AB=3", "A=4"]' \
	'env | grep -E "^(A|B|AB)=" | sort' $'A=4\nAB=3\nB=1'
says "[process.capabilities] with a user namespace as without: what cannot be ambient is not" \
	"$(with_user 100000) | .process.capabilities = {bounding: [\"CAP_KILL\"], effective: [\"CAP_KILL\"],
		permitted: [\"CAP_KILL\"], ambient: [\"CAP_KILL\", \"CAP_CHOWN\"]}" 'sed -n "s/^CapAmb:.//p" /proc/self/status' 0000000000000000
says "[process.capabilities] none" '.process.capabilities = {}' "$sets" "     "
bundle '.process.capabilities.bounding += ["CAP_NO_SUCH"]'
ok "[process.capabilities] a value that cannot be mapped MUST be logged as a warning" create
like "[process.capabilities] which it is" "$(cat "$BUNDLE/err")" CAP_NO_SUCH
forget
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ]; then
	says_like "[process.apparmorProfile] the machine has no AppArmor: a warning" \
		'.process.apparmorProfile = "some-profile"' 'echo started' 'warning: .*has no AppArmor.*started'
fi

says "[process.oomScoreAdj] MUST be set" '.process.oomScoreAdj = 321' 'cat /proc/self/oom_score_adj' 321
says "[process.oomScoreAdj] not set: MUST NOT be changed" . 'cat /proc/self/oom_score_adj' "$(cat /proc/self/oom_score_adj)"
says "[process.scheduler]" '.process.scheduler = {policy: "SCHED_BATCH", nice: 5}' 'cut -d" " -f19,41 /proc/self/stat' "5 3"
refuses "[process.scheduler] a policy that does not exist" '.process.scheduler = {policy: "SCHED_NO_SUCH"}'
says "[process.ioPriority]" '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}' 'ionice -p 1' "best-effort: prio 6"
refuses "[process.ioPriority] a class that does not exist" '.process.ioPriority = {class: "NO", priority: 1}'

# ---- [hostname], [domainname], [annotations]

says "[hostname]" '.hostname = "box"' hostname box
says "[domainname]" '.domainname = "example.org"' 'cat /proc/sys/kernel/domainname' example.org
refuses "[hostname] without a UTS namespace it would be the host's" \
	'.hostname = "box" | .linux.namespaces |= map(select(.type != "uts"))'
accepts "[annotations] an unknown key MUST be ignored, a value MAY be empty" '.annotations = {"org.unknown": ""}'
refuses "[annotations] a key MUST NOT be empty" '.annotations = {"": "v"}'
refuses "[annotations] a value MUST be a text" '.annotations = {k: 1}'

same_world "nothing is left" "$before"
finish
