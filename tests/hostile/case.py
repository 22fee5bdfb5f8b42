# SPDX-License-Identifier: MIT
"""What a case is: a function that makes an archive, and the verdict that it deserves.

Its name is the archive's. It returns bytes, or the members of a directory, or a generator of bytes.
The decorator says the verdict: refused (and what the message must contain), or loads, with the tree
of the image (None: whatever it is).
"""
import sys

from archive import END, Image, entry, sha

OUT, CANARY = sys.argv[1:]
CASES = []
F = {'f': 'f x'}


def refused(why=''):
    def note(function):
        CASES.append((function, {'verdict': 'refused', 'why': why}))
        return function
    return note


def loads(tree=None):
    def note(function):
        CASES.append((function, {'verdict': 'loads', 'tree': tree}))
        return function
    return note


def layers(*contents, **kw):
    return Image(*contents, **kw).tar()


def each(verdict, argument, **variants):
    """A family of cases that differ in one layer or one outer archive."""
    for name, data in variants.items():
        def case(data=data):
            return data() if callable(data) else data
        case.__name__ = name
        verdict(argument)(case) if argument is not ... else verdict()(case)


def image_with(**changes):
    """An image with members of Image set."""
    image = Image()
    for key, value in changes.items():
        setattr(image, key, value)
    return image


@loads({'honest': 'f h'})
def honest():
    """Shares no layer with the others: one that is in the store is not looked at again."""
    return layers(entry('honest', 'h'), name='honest:1')


LAYER = 'blobs/sha256/' + sha(entry('f', b'x') + END)
HEX = sha(b'x')


def halves(data):
    return data[:len(data) // 2], data[len(data) // 2:]


def flipped(data, at):
    out = bytearray(data)
    out[at] ^= 0x10
    return bytes(out)
