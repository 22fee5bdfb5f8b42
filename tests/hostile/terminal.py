# SPDX-License-Identifier: MIT
"""What a terminal makes of the text of others."""


def is_dangerous(text):
    """Would a terminal obey it, or show something else than is there?"""
    for c in text.decode('utf-8', 'replace'):
        if (ord(c) < 32 and c != '\n') or 127 <= ord(c) < 160 or 0x202a <= ord(c) <= 0x202e or \
                0x2066 <= ord(c) <= 0x2069:
            return True
    return False
