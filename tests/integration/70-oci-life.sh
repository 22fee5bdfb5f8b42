#!/bin/bash
# SPDX-License-Identifier: MIT
# The life of an engine's container: what create leaves open and behind, what the process takes on, exec,
# terminals, namespaces of others, hooks, and the words that engines look for.
. "$(dirname "$0")/lib.sh"
needs busybox jq python3 strace
. "$TOP/tests/integration/oci-bundle.sh"

sleeping='.process.args = ["sleep", "1000"]'

start_one() { # [FILTER]: a container that sleeps
	bundle "$sleeping | ${1:-.}"
	create && oci start "$ID"
}

# ---- create: undone as a whole, and quiet until start

world_of() { # what a create that fails may not leave
	ls -A "$STATE" 2>/dev/null
	find "/sys/fs/cgroup/$TEST_CGROUP" -type d | wc -l
	cat /proc/[0-9]*/comm | grep -c '^nap'
	wc -l </proc/self/mountinfo
}

before=$(world_of)
refuses "a command that is not there is found out by create" '.process.args = ["nosuch"]' \
	'executable file `nosuch` not found in \$PATH: No such file or directory'
refuses "so is a path" '.process.args = ["/nosuch"]' 'No such file or directory'
refuses "and a file that is not executable" '.process.args = ["/etc/passwd"]' 'Permission denied'
refuses "a prestart hook that fails" '.hooks.prestart = [{path: "/bin/false"}]' 'prestart hook /bin/false'
refuses "a createContainer hook that fails" '.hooks.createContainer = [{path: "/bin/false"}]' \
	'createContainer hook /bin/false failed with exit status 1$'
refuses "or takes too long" '.hooks.createContainer = [{path: "/bin/sleep", args: ["sleep", "60"], timeout: 1}]' \
	'createContainer hook /bin/sleep timed out after 1 s$'
refuses "a hook that takes too long" \
	'.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "60"], timeout: 1}]' 'timed out after 1 s'
bundle "$sleeping | .hooks.createRuntime = [{path: \"/bin/sleep\", args: [\"sleep\", \"1\"], timeout: 4294968}]"
ok "a hook may take weeks, more milliseconds than an int has" create # of 2^32, 0.7 s would be left
forget
refuses "a terminal that nobody is to have" '.process.terminal = true' 'console-socket'
refuses "a namespace of the wrong type" '.linux.namespaces[4].path = "/proc/self/ns/uts"' 'no network namespace'
refuses "our own mount namespace" '.linux.namespaces[1].path = "/proc/self/ns/mnt"' 'our own'
beyond="{type: \"RLIMIT_NOFILE\", soft: 1024, hard: $(($(cat /proc/sys/fs/nr_open) + 1))}"
refuses "a resource limit that cannot be had" ".process.rlimits = [$beyond]" 'set RLIMIT_NOFILE: Operation not permitted$'
refuses "nor in a user namespace" "$(with_user 100000) | .process.rlimits = [$beyond]" \
	'set RLIMIT_NOFILE: Operation not permitted$'
becomes "nothing is left of any of them" "$before" world_of

bundle "$sleeping"
exec 7<"$T/empty" 8<"$T/empty"
ok "create with descriptors of others open" create
exec 7<&- 8<&-
is "what waits has only its streams, the way in and the stub open" \
	"$(find "/proc/$(pid)/fd" -type l | wc -l)" 5
fails "an id is taken once" oci create --bundle "$BUNDLE" "$ID"
is "it is still created" "$(status)" created
is "what is kept of it is found where crun keeps it" \
	"$(jq -r '"\(.pid) \(.["process-start-time"]) \(.bundle) \(.external_descriptors | fromjson | length)"' "$STATE/$ID/status")" \
	"$(pid) $(cut -d' ' -f22 "/proc/$(pid)/stat") $BUNDLE 3"
ok "TERM ends what waits, though it is PID 1" oci kill "$ID" TERM
becomes "it is stopped" stopped status
like "start of it" "$(oci start "$ID" 2>&1)" 'stopped, not created'
like "kill of it" "$(oci kill "$ID" KILL 2>&1)" 'container not running'
ok "delete" oci delete "$ID"
like "state then" "$(oci state "$ID" 2>&1)" 'does not exist'
ok "delete --force of nothing" oci delete --force "$ID"
drop_bundle

bundle 'del(.process)'
ok "a bundle without a process is created" create
fails "but not started" oci start "$ID"
becomes "and is stopped then" stopped status
forget

# ---- the log of engines

out=$(oci --log "$T/log" --log-format json state nosuch 2>&1)
is "the last error is in the log" "$(tail -1 "$T/log" | jq -r '.level + " " + .msg')" \
	'error container nosuch does not exist'
is "and on stderr" "$out" 'nap: container nosuch does not exist'
oci --log "$T/log3" --debug state nosuch 2>"$T/err"
is "with --debug it has what was asked, too" "$(sed 's/^time="[^"]*" //' "$T/log3")" \
	$'level=debug msg="state nosuch"\nlevel=error msg="container nosuch does not exist"'
bundle '.process.capabilities.bounding += ["CAP_NOSUCH"]'
is "a warning without a log" "$(oci run --bundle "$BUNDLE" "$ID" 2>&1 <"$T/empty" | grep -c '^nap: warning: .*CAP_NOSUCH')" 1
is "with one it is there alone" "$(oci --log "$T/log4" --log-format json run --bundle "$BUNDLE" "$ID" 2>&1 <"$T/empty")" ""
like "as a warning" "$(jq -r '.level + " " + .msg' "$T/log4")" '^warning .*CAP_NOSUCH'
drop_bundle
ok "the log is there when there was no error" oci --log "$T/log2" --log-format json list
is "and empty" "$(stat -c %s "$T/log2")" 0

# ---- what the process takes on

says "five sets of capabilities as given" \
	'.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"], permitted: ["CAP_KILL", "CAP_CHOWN"],
		effective: ["CAP_CHOWN"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]}
		| .process.user = {uid: 1000, gid: 1000}' \
	'grep Cap /proc/self/status | tr -d "\n\t"' \
	'CapInh:0000000000000020CapPrm:0000000000000020CapEff:0000000000000020CapBnd:0000000000000021CapAmb:0000000000000020'
says "user, groups, umask" '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 6], umask: 63}' \
	'id -u; id -g; id -G; umask' $'1000\n1001\n1001 5 6\n0077'
says "HOME from passwd" '.process.user = {uid: 1000, gid: 1000}' 'echo $HOME' /home
says "unless it is given" '.process.env += ["HOME=/x"]' 'echo $HOME' /x
says "a working directory that is missing is made" '.process.cwd = "/a/b"' 'pwd' /a/b
says_like "a working directory of the host's cannot be had by a descriptor" '.process.cwd = "/proc/self/fd/3"' 'pwd' \
	'^nap: .*/proc/self/fd/3'
says "oom_score_adj, nice by the scheduler" \
	'.process.oomScoreAdj = 700 | .process.scheduler = {policy: "SCHED_OTHER", nice: 7}' \
	'cat /proc/self/oom_score_adj; cut -d" " -f19 /proc/self/stat' $'700\n7'
says "a limit that is less than nap itself needs" '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 4, hard: 4},
	{type: "RLIMIT_FSIZE", soft: 0, hard: 0}]' 'ulimit -n; ulimit -Hf' $'4\n0'
says "a filter without no_new_privs needs nothing of what it denies" \
	'.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls:
		[{names: ["getcwd", "setresuid", "setgroups", "prctl", "chdir", "mkdir"], action: "SCMP_ACT_ERRNO"}]}' \
	'mkdir /x 2>/dev/null || echo denied; sed -n "s/^Seccomp:.//p" /proc/self/status' $'denied\n2'
bundle
is "a configuration of a shell's" \
	"$(oci run --config <(jq '.process.args = ["echo", "by a pipe"]' "$BUNDLE/config.json") --bundle "$BUNDLE" "$ID" <"$T/empty")" \
	"by a pipe"
drop_bundle
says "the time of its own" '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets.monotonic = {secs: 1000, nanosecs: 5}' \
	'grep monotonic /proc/self/timens_offsets | tr -s " "' 'monotonic 1000 5'

# ---- a user namespace, everything made with the rights of the host

users='.linux.namespaces += [{type: "user"}]
	| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 2000}]
	| .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 1000}, {containerID: 1000, hostID: 300000, size: 1000}]'
says "its maps" "$users" 'cat /proc/self/uid_map /proc/self/gid_map | tr -s " "' \
	$' 0 100000 2000\n 0 200000 1000\n 1000 300000 1000'
says "it is root of its host name, its network and its /dev" \
	"$users"' | .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_NET_ADMIN"])' \
	'hostname x && hostname; ip link set lo down && echo down; stat -c "%u %g" /dev/shm' $'x\ndown\n0 0'
start_one "$users"' | .process.user = {uid: 1000, gid: 1000}'
is "exec is in it, too" "$(oci exec --user 0 "$ID" readlink /proc/self/ns/user)" \
	"$(readlink "/proc/$(pid)/ns/user")"
is "by ids of the host" "$(awk '/^[UG]id:/ { print $2 }' "/proc/$(pid)/status" | paste -sd ' ')" '101000 300000'
owner=$(readlink "/proc/$(pid)/ns/user") first=$(pid) first_id=$ID first_bundle=$BUNDLE
bundle "$sleeping"' | .linux.namespaces = [{type: "user", path: $user}, {type: "network", path: $net},
	{type: "pid", path: $pid}, {type: "mount"}, {type: "uts"}]' \
	--arg user "/proc/$first/ns/user" --arg net "/proc/$first/ns/net" --arg pid "/proc/$first/ns/pid"
ok "another joins its namespaces" eval 'create && oci start "$ID"'
is "users" "$(readlink "/proc/$(pid)/ns/user")" "$owner"
is "network" "$(readlink "/proc/$(pid)/ns/net")" "$(readlink "/proc/$first/ns/net")"
like "it is not the first process there" "$(grep NSpid "/proc/$(pid)/status")" '[0-9]+.([2-9]|[0-9]{2,})$'
ok "kill of it ends it" oci kill "$ID" KILL
becomes "alone" "stopped running" eval 'echo "$(status) $(oci state "$first_id" | jq -r .status)"'
forget
ID=$first_id BUNDLE=$first_bundle
forget

# ---- network devices

if ip link add nv0 type veth peer nv1 2>/dev/null; then
	ip addr add 10.9.8.7/24 dev nv0
	says_like "an interface of the host moves with its address, up" \
		'.linux.netDevices = {nv0: {name: "eth7"}}' 'ip addr show eth7' '[<,]UP.*10\.9\.8\.7/24'
	refuses "one that is not there" '.linux.netDevices = {nosuch: {}}' 'nosuch'
	ip link del nv1 2>/dev/null
else
	skip "an interface of the host moves" "no veth here"
fi

# ---- hooks

log='{path: "/bin/sh", args: ["sh", "-c", "cat >>\($out); echo \" \($stage)\" >>\($out)"], env: ["PATH=/bin:/usr/bin"]}'
bundle '.process.args = ["true"] | .annotations = {"a.b": "c"} | . as $all
	| reduce ("prestart", "createRuntime", "createContainer", "poststart", "poststop") as $stage (.;
		.hooks[$stage] = ['"$log"'])' --arg out "$T/hooks"
oci run --bundle "$BUNDLE" "$ID" <"$T/empty" >"$T/out" 2>&1
is "hooks run in their order, told the status" \
	"$(sed -E 's/^(.*) ([a-zA-Z]+)$/\1 "\2"/' "$T/hooks" | jq -rc 'if type == "object" then .status, .annotations["a.b"], .bundle else . end' |
		sed "s|$BUNDLE|B|" | paste -sd ' ')" \
	'created c B prestart created c B createRuntime creating c B createContainer running c B poststart stopped c B poststop'
drop_bundle

for stage in createContainer startContainer; do
	bundle ".process.args = [\"true\"] | .hooks.$stage = [{path: \"/bin/true\"}]"
	strace -f -qq -o "$T/trace-$stage" -e trace=memfd_create "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID" <"$T/empty"
	drop_bundle
done
is "only what a stub executes has a file to report by" \
	"$(grep -c '"report"' "$T"/trace-{createContainer,startContainer} | sed 's/.*-//')" $'createContainer:0\nstartContainer:1'

confined='.process.user = {uid: 1000, gid: 1000} | .process.env += ["MINE=yes"]
	| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir", "waitid"], action: "SCMP_ACT_ERRNO"}]}'
for nnp in true false; do
	bundle "$(sh_filter "$confined | .process.noNewPrivileges = $nnp"' | .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c",
		"exec >/tmp/told 2>&1; id -u; echo ${MINE-no} ${HOSTS-no}; grep -E \"^(CapEff|CapBnd|NoNewPrivs|Seccomp):\" /proc/self/status; readlink /proc/self/exe;
		mkdir /x 2>&1 | sed s/.*://; ls /proc/self/fd | wc -l"]}]')" --arg script 'cat /tmp/told; echo then'
	chmod 1777 "$BUNDLE/rootfs/tmp"
	is "a startContainer hook is no more than the process (noNewPrivileges: $nnp)" \
		"$(HOSTS=yes oci run --bundle "$BUNDLE" "$ID" <"$T/empty" 2>&1 | tr -d '\t')" \
		"1000
yes no
CapEff:0000000000000000
CapBnd:00000000080004eb
NoNewPrivs:$([ $nnp = true ] && echo 1 || echo 0)
Seccomp:2
/bin/busybox
 Operation not permitted
4
then"
	drop_bundle
done
bundle '.hooks.startContainer = [{path: "/nosuch"}]'
like "one that is not there" "$(oci run --bundle "$BUNDLE" "$ID" <"$T/empty" 2>&1)" \
	'run the startContainer hook /nosuch: No such file'
drop_bundle
bundle '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "mkdir /x"]}] | .linux.seccomp =
	{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL_PROCESS"}]}'
is "one that its filter ends" "$(oci run --bundle "$BUNDLE" "$ID" <"$T/empty" 2>&1)" \
	"nap: startContainer hook /bin/sh was ended by SIGSYS"
drop_bundle
bundle '.process.args = ["cat", "/made"] | .hooks = ({"createRuntime": "pwd >rootfs/made; echo loud; echo louder >&2",
	"createContainer": "echo loud", "startContainer": "echo loud", "poststart": "echo loud"} |
	map_values([{path: "/bin/sh", args: ["sh", "-c", .]}]))'
is "hooks start in the bundle, and their output is not the container's" \
	"$(oci run --bundle "$BUNDLE" "$ID" <"$T/empty" 2>&1)" "$BUNDLE"
drop_bundle
for stage in prestart createRuntime; do
	bundle '.process.args = ["cat", "/data/hooked"] | .mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs"}] |
		.hooks[$stage] = [{path: "/bin/sh", args: ["sh", "-c", "nsenter -m -t $(jq .pid) sh -c \"echo $0 >$PWD/rootfs/data/hooked\"", $stage]}]' \
		--arg stage $stage
	is "a $stage hook finds the root with all that is mounted there" \
		"$(oci run --bundle "$BUNDLE" "$ID" <"$T/empty" 2>&1)" $stage
	drop_bundle
done
refuses "but the last line of one that fails is told" \
	'.hooks.prestart = [{path: "/bin/sh", args: ["sh", "-c", "echo first; echo why >&2; exit 3"]}]' \
	'prestart hook /bin/sh failed with exit status 3: why$'
refuses "of one inside, too" '.hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", "seq 1000; printf why; exit 3"]}]' \
	'createContainer hook /bin/sh failed with exit status 3: why$'
refuses "or why there is none" '.hooks.createRuntime = [{path: "/nosuch"}]' \
	'createRuntime hook /nosuch failed with exit status 127: No such file or directory$'
bundle '.process.args = ["cat", "/made"] | .hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", "pwd >made"]}]'
is "a createContainer hook is in the root of the container" "$(oci run --bundle "$BUNDLE" "$ID" <"$T/empty" 2>&1)" "$BUNDLE/rootfs"
drop_bundle

# ---- list

start_one
is "list --format json is one line, as runc's" "$(oci list --format json | wc -l)" 1
is "with each container" "$(oci list --format json | jq -r '.[] | .id + " " + .status')" "$ID running"
forget

# ---- exec

start_one
is "its exit code" "$(oci exec "$ID" sh -c 'exit 42'; echo $?)" 42
is "its signal" "$(oci exec "$ID" sh -c 'kill -9 $$'; echo $?)" 137
is "environment, directory, user" "$(oci exec --env A=b --cwd /tmp --user user "$ID" sh -c 'echo $A; pwd; id -u; echo $HOME')" \
	$'b\n/tmp\n1000\n/home'
nnp() { oci exec "$@" sed -n 's/^NoNewPrivs:.//p' /proc/self/status; }
is "no_new_privs only by its own word" "$(sed -n 's/^NoNewPrivs:.//p' "/proc/$(pid)/status") $(nnp "$ID") $(nnp --no-new-privs "$ID")" "1 0 1"
chmod 700 "$BUNDLE/rootfs/data"
is "a directory that the user may not enter, but nap" "$(oci exec --cwd /data --user user "$ID" pwd)" /data
like "a command that is not there" "$(oci exec "$ID" nosuch 2>&1)" 'executable file `nosuch` not found in \$PATH'
is "exits with 255" "$(oci exec "$ID" nosuch 2>/dev/null; echo $?)" 255
jq -n '{args: ["sh", "-c", "echo $0; id -u; cat <&3; exec sleep 1000", "zero"], cwd: "/", user: {uid: 1000, gid: 1000},
	env: ["PATH=/bin"]}' >"$T/process.json"
echo three >"$T/three"
oci exec --process "$T/process.json" --detach --pid-file "$T/pid" --preserve-fds 1 "$ID" 3<"$T/three" >"$T/out" 2>&1
is "exec --process --detach --pid-file --preserve-fds" $? 0
becomes "runs" "zero 1000 three" eval 'paste -sd " " "$T/out"'
is "a document of a shell's" "$(oci exec --process <(jq '.args = ["echo", "by a pipe"]' "$T/process.json") "$ID")" "by a pipe"
like "a resource limit that cannot be had" "$(oci exec --process <(jq ".rlimits = [$beyond]" "$T/process.json") "$ID" 2>&1)" \
	'set RLIMIT_NOFILE: Operation not permitted$'
is "its pid is in the file, and nothing else" "$(tr -d 0-9 <"$T/pid" | wc -c)" 0
is "in the namespaces of the container" "$(readlink "/proc/$(cat "$T/pid")/ns/pid")" "$(readlink "/proc/$(pid)/ns/pid")"
is "with no more than its streams and what was preserved" "$(find "/proc/$(cat "$T/pid")/fd" -type l | wc -l)" 4
ok "kill" oci kill "$ID" KILL
becomes "ends all of it" "stopped" status
like "exec then" "$(oci exec "$ID" true 2>&1)" 'container not running'
forget

# ---- streams that lead nowhere

# an engine's null device may have been opened for reading alone, and is the host's
nowhere='for fd in 0 1 2; do
		echo x >&$fd || exit 9
		[ "$(stat -Lc %d:%i /proc/$$/fd/$fd)" = "$(stat -Lc %d:%i /dev/null)" ] || exit 10
	done'
null_before=$(stat -c '%u %g %a' /dev/null)
for users in . "$(with_user 100000)"; do
	bundle "$(sh_filter "$users | .process.user = {uid: 1000, gid: 1000}")" --arg script "$nowhere; exec sleep 1000"
	what=$([ "$users" = . ] || echo " (user namespace)")
	oci create --bundle "$BUNDLE" "$ID" </dev/null >&0 2>&0 && oci start "$ID"
	becomes "/dev/null as the streams is the container's own, to be written to$what" sleep cat "/proc/$(pid)/comm"
	oci exec --user 1000 "$ID" sh -c "$nowhere" </dev/null >&0 2>&0
	is "so it is for exec$what" $? 0
	forget
done
bundle "$(sh_filter 'del(.linux.namespaces[1])')" --arg script 'echo x || exit 9'
oci run --bundle "$BUNDLE" "$ID" </dev/null >&0 2>&0
is "who has none keeps what there is" $? 9
drop_bundle
is "nothing is done to the host's" "$(stat -c '%u %g %a' /dev/null)" "$null_before"

# ---- without a PID namespace all of it is to be found

sleepers() { grep -lx "sleep" /proc/[0-9]*/comm 2>/dev/null | wc -l; }

for manager in cgroupfs disabled; do
	bundle '.process.args = ["sh", "-c", "sleep 1000 & sleep 1000 & wait"] | del(.linux.namespaces[0])'
	oci --cgroup-manager $manager run --detach --bundle "$BUNDLE" "$ID" <"$T/empty" >"$T/out" 2>&1
	becomes "two children ($manager)" 2 sleepers
	ok "kill" oci kill "$ID" KILL
	becomes "ends them, too" 0 sleepers
	ok "delete" oci delete "$ID"
	drop_bundle
done

# ---- terminals

cat >"$T/receive.py" <<'EOF'
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1] + "~")
s.listen(1)
os.rename(sys.argv[1] + "~", sys.argv[1])  # it is there when it can be connected to
c = s.accept()[0]
fd = array.array("i", c.recvmsg(100, socket.CMSG_SPACE(4))[1][0][2])[0]
while True:
    try:
        data = os.read(fd, 1000)
    except OSError:
        break
    if not data:
        break
    os.write(1, data)
EOF
receive() { # who is sent a terminal at $T/socket, into $T/terminal
	rm -f "$T/socket"
	timeout 180 python3 "$T/receive.py" "$T/socket" >"$T/terminal" 2>"$T/err" &
	RECEIVER=$!
	wait_for test -S "$T/socket"
}

bundle "$(sh_filter '.process.terminal = true | .process.consoleSize = {height: 33, width: 99}
	| .process.user = {uid: 1000, gid: 1000}')" --arg script 'tty; stty size; stat -c %u /dev/console; sleep 1000'
receive
ok "create with a terminal" oci create --console-socket "$T/socket" --bundle "$BUNDLE" "$ID" </dev/null
oci start "$ID"
becomes "it is the process's, as large as asked for" '/dev/pts/0 33 99 1000' eval 'tr -d "\r" <"$T/terminal" | paste -sd " "'
exec_receiver=$RECEIVER
receive
ok "exec with one" oci exec --tty --detach --console-socket "$T/socket" "$ID" sh -c 'tty; echo end'
becomes "of its own" '/dev/pts/1 end' eval 'tr -d "\r" <"$T/terminal" | paste -sd " "'
forget
wait "$RECEIVER" "$exec_receiver"

# ---- an engine that is killed on the way

bundle "$sleeping"' | .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo $PPID >\($out); exec sleep 1000"]}]' \
	--arg out "$T/create-pid"
create &
wait_for test -s "$T/create-pid"
kill -KILL "$(cat "$T/create-pid")"
wait
ok "delete --force of what a killed create left" oci delete --force "$ID"
becomes "its first process has noticed" 0 eval 'cat /proc/[0-9]*/comm | grep -c "^nap"; true'
drop_bundle
finish
