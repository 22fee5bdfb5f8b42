#!/bin/bash
# SPDX-License-Identifier: MIT
# The default posture, as the payload sees it from inside (SECURITY.md, section 3), and what the options
# that change it do.
. "$(dirname "$0")/lib.sh"
needs jq
corpus payload
load payload/oci-gz payload/user
run() { nap run --network none "$@"; }
report() { run payload:1.0 /payload report "$@"; }
value() { awk -v key="$1=" 'index($0, key) == 1 { print substr($0, length(key) + 1) }' "$T/report"; } # KEY
run payload:1.0 true
before=$(world)

# CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT
ten=00000000000405fb
none=0000000000000000

# ---- root of the container
report >"$T/report"
is "bounding set: ten" "$(value status.CapBnd)" $ten
is "effective set: ten" "$(value status.CapEff)" $ten
is "permitted set: ten" "$(value status.CapPrm)" $ten
is "inheritable set: none" "$(value status.CapInh)" $none
is "ambient set: none" "$(value status.CapAmb)" $none
is "no_new_privs" "$(value status.NoNewPrivs)" 1
is "a seccomp filter" "$(value status.Seccomp)" 2
is "umask" "$(value umask)" 0022
is "no signal is blocked" "$(value status.SigBlk)" $none
is "no signal is ignored" "$(value status.SigIgn)" $none
is "three descriptors" "$(grep -c '^fd\.' "$T/report")" 3
is "core files: none" "$(value rlimit.core)" 0:0
most=$(ulimit -Hn) # without CAP_SYS_RESOURCE nap cannot raise its own
is "open files" "$(value rlimit.nofile)" "1024:$((most < 524288 ? most : 524288))"
is "oom_score_adj is nap's own" "$(value oom_score_adj)" "$(cat /proc/self/oom_score_adj)"
is "the process is dumpable again" "$(value dumpable)" 1
is "PID 1 is the reaper" "$(value pid)" 2
unlike "whose executable is not nap's" "$(value init.exe)" '/nap( |$)'
unlike "and cannot be written" "$(run payload:1.0 /payload write /proc/1/exe)" '=ok'
for ns in cgroup ipc mnt net pid uts; do
	unlike "its own $ns namespace" "$(value ns.$ns)" "^$(readlink /proc/self/ns/$ns | sed 's/[][]/\\&/g')$"
done
is "ports below 1024 are anybody's" "$(value net.port_start)" 0
like "so is ping" "$(value net.ping_group_range)" $'^0[ \t]+[0-9]{5,}$'
is "sees the root of its cgroup" "$(value cgroup | grep ^0:)" 0::/

# ---- a user of the image
run payload:user report >"$T/report" 2>/dev/null || nap run --network none --entrypoint /payload payload:user report >"$T/report"
is "uid" "$(value uid)" "1000 1000 1000"
is "gid" "$(value gid)" "1000 1000 1000"
is "groups of the image" "$(value groups)" "1000 2000 2001"
is "no capability is effective" "$(value status.CapEff)" $none
is "none permitted" "$(value status.CapPrm)" $none
is "set-user-id programs give nothing" "$(run -u app payload:1.0 /suid report ids status | grep -E '^uid|CapEff')" \
	$'uid=1000 1000 1000\nstatus.CapEff='$none
is "file capabilities give nothing" "$(run -u app payload:1.0 /filecap report status | grep CapEff)" "status.CapEff=$none"
is "a port below 1024" "$(run -u app payload:1.0 sh -c '/payload listen 80 | { read -r said; echo "$said"; nc 127.0.0.1 80; }')" \
	$'listen=ok\nhello'

# ---- /proc and /sys
report masks mounts >"$T/report"
for p in /proc/acpi /proc/asound /proc/kcore /proc/keys /proc/key-users /proc/kmsg /proc/kallsyms /proc/kpagecount \
	/proc/kpageflags /proc/modules /proc/pagetypeinfo /proc/slabinfo /proc/vmallocinfo /proc/timer_list \
	/proc/interrupts /proc/latency_stats /proc/sched_debug /proc/scsi /sys/firmware /sys/fs/selinux /sys/fs/bpf \
	/sys/kernel/debug /sys/kernel/tracing /sys/kernel/security /sys/devices/virtual/powercap /sys/hypervisor; do
	like "$p is masked" "$(value "path.$p")" '^(emptyw?|missing)$'
done
for p in /proc/bus /proc/fs /proc/irq /proc/sys /proc/sys/kernel/core_pattern /proc/sys/vm/panic_on_oom \
	/proc/sysrq-trigger /sys/fs/cgroup /sys/kernel/uevent_helper; do
	unlike "$p cannot be written" "$(value "path.$p")" w
done
mounted() { sed -nE "s#^mount=[0-9]+ [0-9]+ [^ ]+ [^ ]+ $1 ([^ ]*) .*#\1#p" "$T/report" | tail -n 1; }
like "/proc: nosuid nodev noexec" "$(mounted /proc)" '^rw,nosuid,nodev,noexec'
like "/sys: read-only" "$(mounted /sys)" '^ro,nosuid,nodev,noexec'
like "/sys/fs/cgroup: read-only" "$(mounted /sys/fs/cgroup)" '^ro,nosuid,nodev,noexec'
is "mounts do not propagate" "$(grep -cE '(shared|master):[0-9]' "$T/report")" 0
unlike "the store's path is not shown" "$(grep -e '- overlay' "$T/report")" "$T"

# ---- system calls
run payload:1.0 /payload syscalls >"$T/report"
denied() { value "syscall.$1"; }
for s in getpid socket-unix socket-inet socket-inet6 socket-netlink chroot; do
	is "$s is allowed" "$(denied $s)" ok
done
for s in acct bpf clock_settime clone-newuser delete_module finit_module fsopen init_module kexec_load mount \
	move_mount open_by_handle_at open_tree perf_event_open pivot_root quotactl reboot \
	setns settimeofday swapon syslog umount2 unshare-mount unshare-user; do
	like "$s is refused" "$(denied $s)" '^(EPERM|ENOSYS)$'
done
for s in clone3 io_uring_setup add_key keyctl request_key unknown; do
	is "$s does not exist" "$(denied $s)" ENOSYS
done
for s in socket-packet socket-vsock socket-alg socket-raw; do
	like "$s is refused" "$(denied $s)" '^(EPERM|EAFNOSUPPORT|EACCES)$'
done
for s in ioctl-tiocsti ioctl-tioclinux ioctl-tiocsti-high; do
	is "$s is refused" "$(denied $s)" EPERM
done
is "ping sockets" "$(denied socket-ping)" ok
if [ "$(uname -m)" = x86_64 ]; then
	like "x32 calls are refused" "$(denied x32-getpid)" '^(SIGSYS|EPERM|ENOSYS)$'
	like "32-bit calls are refused" "$(denied int80-getpid)" '^(SIGSYS|EPERM|ENOSYS)$'
fi

# ---- options that change it
caps() { run "$@" payload:1.0 /payload report status | sed -n 's/^status.CapEff=//p'; }
is "--cap-add" "$(caps --cap-add NET_RAW)" 00000000000425fb
is "--cap-add with CAP_ and in lower case" "$(caps --cap-add cap_net_raw)" 00000000000425fb
is "--cap-drop" "$(caps --cap-drop CHOWN)" 00000000000405fa
is "--cap-drop ALL --cap-add" "$(caps --cap-drop ALL --cap-add KILL)" 0000000000000020
is "a user keeps no capability that was added" "$(caps -u 1000 --cap-add NET_RAW)" $none
fails_with 125 'cap-add.*NONSENSE' nap run --cap-add NONSENSE payload:1.0 true
nnp() { run "$@" payload:1.0 /payload report status | sed -n 's/^status.NoNewPrivs=//p'; }
is "--security-opt no-new-privileges" "$(nnp --security-opt no-new-privileges)" 1
is "--security-opt no-new-privileges=false" "$(nnp --security-opt no-new-privileges=false)" 0
is "--security-opt seccomp=unconfined" \
	"$(run --security-opt seccomp=unconfined payload:1.0 /payload report status | grep '^status.Seccomp=')" status.Seccomp=0
is "and what it allows" "$(run --security-opt seccomp=unconfined payload:1.0 /payload syscalls | grep syscall.clone3)" \
	syscall.clone3=EFAULT
cat >"$T/profile.json" <<'J'
{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["chroot"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}
J
is "--security-opt seccomp=FILE" \
	"$(run --security-opt "seccomp=$T/profile.json" payload:1.0 /payload syscalls | grep -E 'chroot|clone3')" \
	$'syscall.chroot=ENOSYS\nsyscall.clone3=EFAULT'
fails_with 125 'seccomp' nap run --security-opt "seccomp=$T/nowhere" payload:1.0 true
echo '{"defaultAction":"SCMP_ACT_WHAT"}' >"$T/bad.json"
fails_with 125 'bad.json' nap run --security-opt "seccomp=$T/bad.json" payload:1.0 true
fails_with 125 'security-opt' nap run --security-opt nonsense payload:1.0 true
run --privileged payload:1.0 /payload report >"$T/report"
like "--privileged: every capability" "$(value status.CapEff)" '^000001ff'
is "--privileged: no filter" "$(value status.Seccomp)" 0
is "--privileged: no_new_privs is off" "$(value status.NoNewPrivs)" 0
like "--privileged: nothing is masked" "$(value path./proc/keys)" '^r'
like "--privileged: /proc/sys can be written" "$(value path./proc/sys/kernel/core_pattern)" w
like "--privileged: /sys" "$(mounted /sys)" '^rw'

# ---- resource limits
is "--ulimit" "$(run --ulimit nofile=100:200 payload:1.0 /payload report rlimits | grep nofile)" rlimit.nofile=100:200
is "--ulimit with one value" "$(run --ulimit cpu=60 payload:1.0 /payload report rlimits | grep cpu)" rlimit.cpu=60:60
fails_with 125 'ulimit' nap run --ulimit nofile=200:100 payload:1.0 true
fails_with 125 'ulimit' nap run --ulimit nosuch=1 payload:1.0 true
# what the app's process says of a step that failed, however early it ends
for _ in 1 2 3 4 5 6 7 8; do
	fails_with 125 'cannot set RLIMIT_NOFILE: Operation not permitted' nap run --ulimit nofile=unlimited payload:1.0 true
done
is "--sysctl" "$(run --sysctl net.ipv4.ip_forward=1 payload:1.0 cat /proc/sys/net/ipv4/ip_forward)" 1
is "--sysctl of IPC" "$(run --sysctl kernel.msgmax=4096 payload:1.0 cat /proc/sys/kernel/msgmax)" 4096
fails_with 125 'sysctl' nap run --sysctl kernel.core_pattern=x payload:1.0 true
fails_with 125 'sysctl' nap run --sysctl nonsense payload:1.0 true
fails_with 125 'sysctl' nap run --sysctl ../../etc/x=1 payload:1.0 true
# this world has no controllers: a limit that cannot be kept is an error that says so
if ! grep -q memory /sys/fs/cgroup/cgroup.controllers; then
	fails_with 125 'limit.*controller' nap run -m 64m payload:1.0 true
	fails_with 125 'limit.*controller' nap run --cpus 1 payload:1.0 true
	fails_with 125 'limit.*controller' nap run --pids-limit 10 payload:1.0 true
fi
fails_with 125 'memory' nap run -m 64q payload:1.0 true
fails_with 125 'cpus' nap run --cpus -1 payload:1.0 true
fails_with 125 'pids-limit' nap run --pids-limit many payload:1.0 true

# ---- namespaces shared with the host
host() { readlink "/proc/self/ns/$1"; }
inside() { run "${@:2}" payload:1.0 /payload report namespaces | sed -n "s/^ns\.$1=//p"; } # NS OPTION...
is "--pid host" "$(inside pid --pid host)" "$(host pid)"
is "--ipc host" "$(inside ipc --ipc host)" "$(host ipc)"
is "--uts host" "$(inside uts --uts host)" "$(host uts)"
is "--network host" "$(nap run --network host payload:1.0 /payload report namespaces | sed -n 's/^ns\.net=//p')" "$(host net)"
is "--network private has a loopback that works" "$(nap run payload:1.0 sh -c '/payload listen 99 >/dev/null &
	until nc 127.0.0.1 99 2>/dev/null; do usleep 10000; done')" hello
is "--network none too" "$(run payload:1.0 sh -c 'grep -c : /proc/net/dev')" 1
fails_with 125 'network' nap run --network nosuch payload:1.0 true
fails_with 125 'pid' nap run --pid nosuch payload:1.0 true
is "the host's sysctls are untouched" "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" 1024

# ---- the session keyring is a new one
keys() { run --security-opt seccomp=unconfined payload:1.0 /payload report keyring; }
first=$(keys)
like "there is a session keyring" "$first" '^keyring=[0-9]+$'
unlike "each container has its own" "$(keys)" "^$first$"

# ---- inspect --security tells what is
run --name inspected --cap-drop ALL --cap-add KILL -v "$T:/given:ro" payload:1.0 /payload sleep >"$T/out" &
app=$!
wait_for grep -q ready "$T/out"
nap inspect --security inspected >"$T/security"
shown() { sed -nE "s/^  $1 +(.*)/\1/p" "$T/security"; }
is "inspect --security: capabilities" "$(shown effective) $(shown bounding) $(shown ambient)" "kill kill none"
is "the filter" "$(shown 'system calls')" "filtered (seccomp mode 2, filters: 1)"
is "no_new_privs" "$(shown 'new privileges')" "cannot be had (no_new_privs)"
like "namespaces" "$(shown namespaces)" '^cgroup ipc mnt net pid .*uts$'
like "limits" "$(shown limits; sed -n '/^  limits/,/^  of its/p' "$T/security")" 'core=0:0'
like "what is hidden" "$(sed -n '/^  hidden/,/^  read-only/p' "$T/security")" '/proc/keys'
like "what is read-only" "$(shown read-only)" '/proc/sys'
like "a mount and its flags" "$(grep ' /given ' "$T/security")" ' ro,nosuid,nodev'
unlike "a mask is no mount" "$(sed -n '/^  mounts/,$p' "$T/security")" '/proc/keys'
is "--json: the same" "$(nap inspect --security --json inspected | jq -c '.[0].security |
	[.capabilities.effective, .no_new_privileges, .seccomp_mode, .namespaces.pid, .limits.core, .landlock, (.masked | index("/proc/keys") > -1)]')" \
	'[["cap_kill"],"1","2","own","0:0","unknown",true]'
is "--format json too" "$(nap inspect --security --format=json inspected | jq -r '.[0].Id')" inspected
fails_with 2 'format' nap inspect --format text inspected
fails_with 2 'format' nap inspect --security --format xml inspected
fails_with 1 'no such container' nap inspect --security payload:1.0
nap stop inspected >/dev/null
wait $app

same_world "nothing is left" "$before"
finish
