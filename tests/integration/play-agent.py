#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""play-agent.py SOCKET DOCUMENT: be a seccomp agent that a runtime tells of a container. Write the process
state that comes to DOCUMENT, and answer the first call that it is asked about: EEXIST."""
import array
import fcntl
import os
import socket
import struct
import sys

NOTIF_RECV, NOTIF_SEND = 0xC0502100, 0xC0182101  # linux/seccomp.h

path, document = sys.argv[1:]
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.settimeout(60)
server.bind(path + "~")
server.listen(1)
os.rename(path + "~", path)  # it is there when it can be connected to
connection, _ = server.accept()
connection.settimeout(60)
text, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(4))
fds = array.array("i")
fds.frombytes(ancillary[0][2])
with open(document + "~", "wb") as f:
    f.write(text)
os.rename(document + "~", document)
asked = bytearray(80)
fcntl.ioctl(fds[0], NOTIF_RECV, asked)
(cookie,) = struct.unpack_from("Q", asked)
fcntl.ioctl(fds[0], NOTIF_SEND, struct.pack("QqiI", cookie, 0, -17, 0))
