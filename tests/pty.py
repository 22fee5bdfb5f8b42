#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""pty.py COMMAND...: run COMMAND on a terminal of 24x80 and do what the script on stdin says, by lines:

    expect REGEX     wait until the output matches; what came before is dropped
    send TEXT        type it (\\n, \\x03 ... as in Python)
    size ROWS COLS   resize the terminal
    signal NAME      to the command
    settled          the terminal is in the mode it was in before the command began
    raw              it is not (no echo, no line editing)
    exits CODE       the command has ended with CODE (128+n for signal n)

Prints nothing and exits 0 if all came true; else says which line did not.
"""
import ast
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

LIMIT = 60  # seconds: it only ends what hangs


class Failed(Exception):
    pass


class Terminal:
    def __init__(self, command):
        self.fd, slave = os.openpty()
        self.slave = os.dup(slave)  # keeps the terminal alive, and lets its mode be read
        self.resize(24, 80)
        self.mode = termios.tcgetattr(slave)
        self.output = ''
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def resize(self, rows, cols):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))

    def read(self):
        if select.select([self.fd], [], [], 0.02)[0]:
            self.output += os.read(self.fd, 65536).decode('utf-8', 'replace')

    def until(self, condition, what):
        end = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > end:
                raise Failed(f'waited {LIMIT} s: {what}; output: {self.output!r}')
            self.read()

    # ---- the lines of the script

    def expect(self, regex):
        self.until(lambda: re.search(regex, self.output, re.M), 'expect ' + regex)
        self.output = self.output[re.search(regex, self.output, re.M).end():]

    def send(self, text):
        os.write(self.fd, ast.literal_eval("'" + text.replace("'", "\\'") + "'").encode('latin-1'))

    def size(self, text):
        self.resize(*map(int, text.split()))

    def signal(self, name):
        self.process.send_signal(getattr(signal, 'SIG' + name))

    def settled(self, _):
        self.until(lambda: termios.tcgetattr(self.slave) == self.mode, 'the mode of before')

    def raw(self, _):
        self.until(lambda: not termios.tcgetattr(self.slave)[3] & (termios.ECHO | termios.ICANON), 'raw mode')

    def exits(self, code):
        self.until(lambda: self.process.poll() is not None, 'exits ' + code)
        got = self.process.returncode
        got = 128 - got if got < 0 else got
        if got != int(code):
            raise Failed(f'exit code {got}; output: {self.output!r}')


def main():
    terminal = Terminal(sys.argv[1:])
    try:
        for line in sys.stdin:
            word, _, rest = line.strip('\n').lstrip().partition(' ')
            if word and not word.startswith('#'):
                try:
                    getattr(terminal, word)(rest)
                except Failed as e:
                    sys.exit(f'{line.strip()}: {e}')
    finally:
        if terminal.process.poll() is None:
            terminal.process.kill()
            terminal.process.wait()


if __name__ == '__main__':
    main()
