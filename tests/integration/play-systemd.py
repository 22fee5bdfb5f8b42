#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""play-systemd.py CGROUP LOG COMMAND [ARGUMENT...]: be to a service what systemd is: put it into its
cgroup, listen on NOTIFY_SOCKET (LOG.socket), be the parent of what it leaves, and note in LOG what it
says and how it ends. Ends with the process that MAINPID named; the rest is killed then."""
import os
import select
import signal
import socket
import sys
import time

cgroup, log_path, command = sys.argv[1], sys.argv[2], sys.argv[3:]
log = open(log_path, 'w', buffering=1)
address = log_path + '.socket'
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(address)
wake, waker = socket.socketpair()
wake.setblocking(False)
waker.setblocking(False)
signal.signal(signal.SIGCHLD, lambda *_: None)
signal.set_wakeup_fd(waker.fileno())

os.makedirs(cgroup, exist_ok=True)
main = os.fork()
if main == 0:
    with open(cgroup + '/cgroup.procs', 'w') as procs:
        procs.write('0')
    os.environ['NOTIFY_SOCKET'] = address
    for name in ('WATCHDOG_USEC',):
        if name in os.environ:
            os.environ['WATCHDOG_PID'] = str(os.getpid())
    os.execvp(command[0], command)


def receive():
    """Note one message. The pid in MAINPID is not told, it differs each time."""
    global main
    text, fds, _, _ = socket.recv_fds(notify, 4096, 4)
    for fd in fds:
        os.close(fd)
    for line in text.decode().split('\n'):
        if line.startswith('MAINPID='):
            main = int(line[8:])
            line = 'MAINPID'
        log.write(f'{line}\n')


def reap():
    """Note how the main process ended; is it over?"""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if pid == 0:
            return False
        if pid == main:
            log.write(f'ended {os.waitstatus_to_exitcode(status)}\n')
            return True


over = False
while not over:
    ready, _, _ = select.select([notify, wake], [], [])
    if notify in ready:
        receive()
    if wake in ready:
        wake.recv(4096)
        while select.select([notify], [], [], 0)[0]:
            receive()
        over = reap()
with open(cgroup + '/cgroup.kill', 'w') as kill:
    kill.write('1')
while 'populated 1' in open(cgroup + '/cgroup.events').read():
    time.sleep(0.01)
while True:
    try:
        os.waitpid(-1, 0)
    except ChildProcessError:
        break
