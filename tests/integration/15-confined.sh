#!/bin/bash
# SPDX-License-Identifier: MIT
# What reads an archive sees, can do and may ask for no more than unpacking takes, whatever the archive
# makes it do: looked at from outside, and tried from inside by calls injected into it.
. "$(dirname "$0")/lib.sh"
needs gcc
corpus busybox
archive=$CORPUS/busybox/oci-raw.tar
nap load -q "$CORPUS/busybox/oci-raw" >/dev/null # something to spoil
nap rmi -f busybox:1.0 >/dev/null
echo alive >"$T/outside"

status() { sed -n "s/^$1:\t*//p" "/proc/$reader/status"; }
# confined: the filter is the last thing; and all that was written is read
reading() {
	reader=$(cut -d ' ' -f 1 "/proc/$load/task/$load/children")
	[ -n "$reader" ] && [ "$(status Seccomp)" = 2 ] &&
		[[ $(cat "/proc/$reader/syscall") == "0 "* ]]
}
# An archive that does not come to its end holds the load where it can be looked at: load and reader are
# the processes, descriptor 3 takes the rest. Descriptor 7 leads to where nothing may be reached.
mkfifo "$T/pipe"
begin_load() {
	"$B/nap-image" --root="$ROOT" --runroot="$RUNROOT" load -q - <"$T/pipe" >"$T/id" 2>"$T/errors" 7<"$T" &
	load=$!
	exec 3>"$T/pipe"
	head -c 100000 "$archive" >&3
	wait_for reading || { cat "$T/errors"; finish; }
}
begin_load

# ---- from outside
is "the reader is not who publishes" "$([ "$reader" != "$load" ] && echo apart)" apart
# CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID SETGID SETUID SYS_ADMIN MKNOD SETFCAP
is "no capability but those for files" "$((0x$(status CapPrm) & ~0x882000df))" 0
is "no new privileges" "$(status NoNewPrivs)" 1
for ns in mnt net ipc uts cgroup pid; do
	unlike "a $ns namespace of its own" "$(readlink "/proc/$reader/ns/$ns")" "$(readlink "/proc/self/ns/$ns")"
done
is "no network but an unused loopback" "$(tail -n +3 "/proc/$reader/net/dev" | awk '{print $1, $2 + $10}')" "lo: 0"
is "it sees the staging place, the layers, and nothing else" \
	"$(awk '{print $5, $6}' "/proc/$reader/mountinfo" | sort)" \
	"/ ro,nosuid,nodev,noexec,relatime
/layers ro,nosuid,nodev,noexec,relatime
/tmp rw,nosuid,nodev,noexec,relatime"
is "which is this load's" "$(awk '$5 == "/tmp" {print $4}' "/proc/$reader/mountinfo" | sed 's|.*/tmp/|tmp/|')" \
	"tmp/$(ls "$ROOT/tmp")"
is "the root is empty otherwise" "$(ls -A "/proc/$reader/root")" "$(printf 'archive\nlayers\ntmp')"
is "no descriptor leads out" \
	"$(for fd in "/proc/$reader/fd"/*; do readlink "$fd"; done | grep -vE '^(pipe:|/tmp|/$|anon_inode:)' | sort -u)" \
	"$T/errors
$T/pipe"
is "no core dump" "$(awk '/core file/ {print $5, $6}' "/proc/$reader/limits")" "0 0"

# ---- from inside
try() { # DESCRIPTION WANTED-REGEX CALL=NUMBER ARGUMENT...
	like "$1: $3" "$("$T/inject" "$reader" "${@:3}" 2>&1)" "^($2)\$"
}
cc -O1 -o "$T/inject" "$TOP/tests/inject.c" || finish
if [ "$(uname -m)" = x86_64 ]; then
	try "injecting works" 1 getpid=39
	try "reads what it sees" '[0-9]+' openat=257 -100 /layers 0
	try "no file of the host" ENOENT openat=257 -100 /etc/passwd 0
	try "nor from above the root" ENOENT openat=257 -100 ../../../../../etc/passwd 0
	try "no directory of the host by an inherited descriptor" EBADF openat=257 7 outside 0
	try "no /proc" ENOENT openat=257 -100 /proc/self/exe 0
	try "no layer is written" EROFS mkdirat=258 -100 /layers/x 0755
	try "nor renamed" 'EROFS|EXDEV' renameat=264 -100 /layers -100 /tmp/x
	try "no new file at the root" EROFS openat=257 -100 /new 0x41 0600
	try "it writes to the staging place" '[0-9]+' openat=257 -100 /tmp/inside 0x41 0600
	try "makes a device node" 0 mknodat=259 -100 /tmp/zero 0020666 0x105
	try "but cannot open it" EACCES openat=257 -100 /tmp/zero 0
	try "no socket" ENOSYS socket=41 2 1 0
	try "no socketpair" ENOSYS socketpair=53 1 1 0 0
	try "executes nothing" ENOSYS execve=59 /tmp/inside 0 0
	try "nor by descriptor" ENOSYS execveat=322 0 "" 0 0 0x1000
	try "mounts nothing" ENOSYS mount=165 none /tmp tmpfs 0 0
	try "no new mount call" ENOSYS fsopen=430 tmpfs 0
	try "unmounts nothing" ENOSYS umount2=166 /tmp 2
	try "no other root" ENOSYS chroot=161 /tmp
	try "no pivot" ENOSYS pivot_root=155 /tmp /tmp
	try "enters no namespace" ENOSYS setns=308 0 0
	try "makes none" ENOSYS unshare=272 0x10000000
	try "nor by clone" ENOSYS clone=56 0x10000011 0 0 0 0
	try "nor by clone3" ENOSYS clone3=435 0 0
	try "traces nobody" ENOSYS ptrace=101 0 0 0 0
	try "reads nobody's memory" ENOSYS process_vm_readv=310 1 0 0 0 0 0
	try "no handle of a file" ENOSYS open_by_handle_at=304 0 /tmp 0
	try "signals nobody" ENOSYS kill=62 -1 9
	try "no thread of others" ENOSYS tkill=200 1 9
	try "no memory to execute" ENOSYS mmap=9 0 4096 7 0x22 -1 0
	try "nor made executable" ENOSYS mprotect=10 4096 4096 5
	try "no bpf" ENOSYS bpf=321 0 0 0
	try "no io_uring" ENOSYS io_uring_setup=425 1 0
	try "no keys" ENOSYS keyctl=250 0 0
	try "no perf" ENOSYS perf_event_open=298 0 0 -1 -1 0
	try "no userfaultfd" ENOSYS userfaultfd=323 0
	try "no module" ENOSYS finit_module=313 0 "" 0
	try "no reboot" ENOSYS reboot=169 0 0 0
	try "no host name" ENOSYS sethostname=170 x 1
	try "no clock" ENOSYS clock_settime=227 0 0
	try "no limits" ENOSYS prlimit64=302 0 7 /tmp 0
	try "no uids" ENOSYS setuid=105 1000
	try "no new securebits" ENOSYS prctl=157 28 0 0 0 0
	try "no terminal input" ENOSYS ioctl=16 2 0x5412 x
	try "no swap" ENOSYS swapon=167 /tmp/zero 0
	try "no quota, no accounting" ENOSYS acct=163 /tmp/inside
	try "no fanotify" ENOSYS fanotify_init=300 0 0
	try "no pidfd" ENOSYS pidfd_open=434 1 0
	try "no call of another machine" ENOSYS x32-getpid=1073741863
fi

# ---- nothing of this has an effect
tail -c +100001 "$archive" >&3
exec 3>&-
wait "$load"
is "and it loads" "$? $(cat "$T/errors")" "0 "
is "what is outside is untouched" "$(cat "$T/outside")" alive
is "nothing is left in the staging place" "$(ls "$ROOT/tmp")" ""

# ---- its end
reader_ended() { process_ended "$reader" && echo gone; }
begin_load
kill -KILL "$reader"
wait "$load"
is "when the reader is killed the load fails" "$?" 1
is "in one line" "$(cat "$T/errors")" "nap: load standard input: the process that reads the archive was killed: signal 9"
exec 3>&-
is "and nothing is left" "$(ls "$ROOT/tmp")" ""
begin_load
kill -KILL "$load"
wait "$load" 2>/dev/null
becomes "the reader ends with who started it" gone reader_ended
exec 3>&-
nap load -q "$archive" >/dev/null
is "the next load sweeps what it left" "$(ls "$ROOT/tmp")" ""
begin_load
kill -TERM "$load"
wait "$load"
is "a signal ends both at once, and cleanly" "$? $(cat "$T/errors")$(ls "$ROOT/tmp")" "143 "
exec 3>&-
finish
