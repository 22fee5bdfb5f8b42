#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""launch.py COMMAND...: play systemd for one service.

Runs COMMAND (nap launch NAME) with a notify socket, answers its barrier, becomes the parent of what
it clones, and ends as the process does that it named MAINPID=: exit status, or 128 + signal. If the
command fails, its own exit status. The messages that came are written to fd 3 if that is open.
"""
import array
import os
import select
import socket
import sys
import tempfile


def receive(server, log, found):
    """One datagram; the pipe of a barrier is closed, which is the answer."""
    data, ancillary, _, _ = server.recvmsg(65536, socket.CMSG_SPACE(64))
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            for fd in array.array("i", content[: len(content) // 4 * 4]):
                os.close(fd)
    for line in data.decode().splitlines():
        log(line)
        key, _, value = line.partition("=")
        found[key] = value


def code_of(status):
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def serve(server, pid, log):
    """Until the command has ended and what it named as the main process has, too."""
    found, ended = {}, {}
    while True:
        if select.select([server], [], [], 0.01)[0]:
            receive(server, log, found)
            continue
        main = int(found.get("MAINPID", 0))
        if pid in ended and (ended[pid] != 0 or main in ended):
            return ended[main] if ended[pid] == 0 else ended[pid]
        try:
            who, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 1  # it named nobody who was ours
        if who:
            ended[who] = code_of(status)


def main():
    def log(line):
        try:
            os.write(3, (line + "\n").encode())
        except OSError:
            pass

    with tempfile.TemporaryDirectory() as directory:
        path = directory + "/notify"
        server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        server.bind(path)
        pid = os.fork()
        if pid == 0:
            os.environ["NOTIFY_SOCKET"] = path
            os.execvp(sys.argv[1], sys.argv[1:])
        sys.exit(serve(server, pid, log))


main()
