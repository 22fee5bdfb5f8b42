#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hear.py SOCKET: be who waits at NOTIFY_SOCKET: each message is printed as a line of JSON, its text
and the number of its descriptors, which are closed."""
import json
import os
import socket
import sys

notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(sys.argv[1])
while True:
    text, fds, _, _ = socket.recv_fds(notify, 4096, 4)
    for fd in fds:
        os.close(fd)
    print(json.dumps([text.decode(), len(fds)]), flush=True)
