#!/bin/bash
# SPDX-License-Identifier: MIT
# /dev/stdout and /dev/stderr of an app whose output is a socket, as a service's is: open(2) refuses
# sockets, and many images log by opening these.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
needs python3
corpus busybox
load busybox/oci-raw

# Run nap with sockets for its output, and show what came out of each.
cat >"$T/sockets.py" <<'P'
import socket, subprocess, sys, threading

pairs = [socket.socketpair() for _ in range(2)]
app = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=pairs[0][1], stderr=pairs[1][1])
got = [b"", b""]

def read(i):
    while chunk := pairs[i][0].recv(65536):
        got[i] += chunk

for _, theirs in pairs:
    theirs.close()
threads = [threading.Thread(target=read, args=(i,)) for i in range(2)]
for t in threads:
    t.start()
status = app.wait()
for t in threads:
    t.join()
for name, text in zip(("out", "err"), got):
    print(f"{name}={text.decode().strip() if len(text) < 200 else len(text)}")
print(f"status={status}")
P
sockets() { python3 "$T/sockets.py" "$NAP" --root "$ROOT" --runroot "$RUNROOT" run --network none "$@"; }

for option in --init "--health-cmd=true"; do
	is "$option: they are opened, and go where the streams go" \
		"$(sockets "$option" busybox:1.0 sh -c 'echo by name >/dev/stdout; echo error >>/dev/stderr')" \
		$'out=by name\nerr=error\nstatus=0'
	is "$option: nothing of 6.4 MB is lost" \
		"$(sockets "$option" busybox:1.0 dd if=/dev/zero of=/dev/stdout bs=64k count=100 status=none)" \
		$'out=6553600\nerr=\nstatus=0'
done
is "the app's user may, who is not root" \
	"$(sockets -u 1000 busybox:1.0 sh -c 'exec 3<>/dev/stdout; echo user >&3')" $'out=user\nerr=\nstatus=0'
is "somebody else inside may write" \
	"$(sockets busybox:1.0 sh -c 'stat -c %A /dev/stdout /dev/stderr')" $'out=prw--w--w-\nprw--w--w-\nerr=\nstatus=0'
is "what is no socket is a link as ever" \
	"$(nap run --network none busybox:1.0 readlink /dev/stdout | cat)" /proc/self/fd/1
like "without a reaper there is nobody to copy" \
	"$(sockets --init=false busybox:1.0 sh -c 'readlink /dev/stdout; echo x >/dev/stdout')" \
	'out=/proc/self/fd/1.*No such device or address'
finish
