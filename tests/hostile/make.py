#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""make.py OUT CANARY: write wicked archives, and OUT/cases.json with the verdict that each deserves.

A case is a function; its name is the archive's. It returns bytes, or the members of a directory, or
a generator of bytes. The decorator says the verdict: refused (and what the message must contain), or
loads, with the tree of the image (None: whatever it is).
"""
import gzip
import json
import lzma
import os
import sys
import zlib

import archive as a
from archive import (END, GNU, V7, Image, device, directory, docker, dump, entry, hardlink, header, long_name,
                     pad, pax, sha, symlink, tar)

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


# ---- the outer archive

def outer(*more, at_end=True):
    """A good image and further members."""
    good = Image().tar(end=b'')
    return (good + b''.join(more) if at_end else b''.join(more) + good) + END


LAYER = 'blobs/sha256/' + sha(entry('f', b'x') + END)


def without_layer(*more):
    image = Image()
    del image.blobs[LAYER.rsplit('/', 1)[1]]
    return image.tar(end=b'') + b''.join(more) + END


each(refused, '',
     outer_duplicate=lambda: outer(entry('index.json', '{}')),
     outer_duplicate_blob=lambda: outer(entry('./' + LAYER, 'x')),
     outer_duplicate_spelled=lambda: outer(entry('blobs//sha256/./' + LAYER.rsplit('/', 1)[1], 'x')),
     outer_dot_dot=lambda: outer(entry('../canary/file', 'dead')),
     outer_dot_dot_inside=lambda: outer(entry('blobs/../../canary/file', 'dead')),
     outer_absolute=lambda: outer(entry(CANARY + '/file', 'dead')),
     outer_link_outside=lambda: without_layer(symlink(LAYER, CANARY + '/file')),
     outer_link_dot_dot=lambda: without_layer(symlink(LAYER, '../../../../../../etc/passwd')),
     outer_link_loop=lambda: without_layer(symlink(LAYER, 'x'), symlink('blobs/sha256/x', sha(entry('f', b'x') + END))),
     outer_hard_link=lambda: without_layer(hardlink(LAYER, CANARY + '/file')),
     outer_fifo=lambda: without_layer(entry(LAYER, type='6')),
     outer_device=lambda: without_layer(device(LAYER, 1, 5)),
     outer_directory=lambda: without_layer(directory(LAYER)),
     outer_after_end=lambda: without_layer(END, entry(LAYER, entry('f', 'x') + END)),
     outer_size_huge=lambda: outer(header('big', size=a.base256(1 << 62))),
     outer_size_largest=lambda: outer(header('big', size=a.base256((1 << 63) - 512))),
     outer_size_negative=lambda: outer(header('big', size=a.base256(-512))),
     outer_size_overlaps=lambda: outer(header('big', size=a.base256((1 << 64) - 1024))),
     outer_bad_checksum=lambda: outer(header('big', checksum=1)),
     outer_gzip_in_gzip=lambda: gzip.compress(gzip.compress(Image().tar())),
     outer_xz_truncated=lambda: lzma.compress(Image().tar())[:-20],
     outer_gzip_truncated=lambda: gzip.compress(Image().tar())[:-9],
     outer_gzip_crc=lambda: flipped(gzip.compress(Image().tar()), -6),
     outer_gzip_garbage=lambda: gzip.compress(Image().tar()) + b'garbage',
     outer_xz_memory=lambda: lzma.compress(Image().tar(), filters=[{'id': lzma.FILTER_LZMA2, 'dict_size': 512 << 20}]),
     outer_nul_in_pax_path=lambda: without_layer(pax({'path': LAYER + '\0junk'}), entry('x', entry('f', 'x') + END)),
     outer_pax_damaged=lambda: outer(pax(b'9 path=a'), entry('x', 'x')),
     outer_sparse_blob=lambda: without_layer(pax({'GNU.sparse.map': '0,512,1024,512', 'GNU.sparse.size': '2048'}),
                                             entry(LAYER, bytes(1024))),
     outer_many_members=lambda: outer(*[entry(f'm/{i}') for i in range(70000)]),
     outer_cpio=lambda: b'070701' + b'0' * 1000,
     outer_zip=lambda: b'PK\3\4' + bytes(1000),
     outer_only_zeros=lambda: bytes(10240),
     outer_name_70000=lambda: outer(long_name('n' * 70000), entry('x'))[:-1024] + entry('..') + END)
each(loads, F,
     outer_two_ends=lambda: Image().tar() + END,
     outer_after_end_ignored=lambda: Image().tar() + entry('index.json', '{}') + END,
     outer_gzip_members=lambda: b''.join(gzip.compress(x) for x in halves(Image().tar())),
     outer_xz=lambda: lzma.compress(Image().tar()),
     outer_dot_names=lambda: tar({'./' + k: v for k, v in Image().members().items()}),
     outer_deep_name=lambda: outer(long_name('d/' * 30000 + 'f'), entry('x')))


def halves(data):
    return data[:len(data) // 2], data[len(data) // 2:]


def flipped(data, at):
    out = bytearray(data)
    out[at] ^= 0x10
    return bytes(out)


@refused()
def outer_old_sparse_regions():
    """Two million regions in the extension blocks of one member."""
    def block(more):
        return (b'00000000000\0' * 42 + (b'\1' if more else b'\0')).ljust(512, b'\0')
    head = header('x', type='S', magic=GNU, rest=b'\0' * 41 + b'00000000000\0' * 8 + b'\1' + b'00000000000\0')
    return gzip.compress(head + block(True) * 100000 + block(False) + END, 1)


@refused()
def outer_sparse_10_regions():
    n = 900000
    body = b'%d\n' % n + b'0\n0\n' * n
    return pax({'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '0',
                'GNU.sparse.name': 'x'}) + entry('x', body) + END


# ---- names and paths of layers

each(refused, '',
     path_dot_dot=lambda: layers(entry('../canary/file', 'dead')),
     path_dot_dot_last=lambda: layers(directory('a'), directory('a/..')),
     path_dot_dot_middle=lambda: layers(directory('a'), entry('a/../f', 'x')),
     path_dot_dot_far=lambda: layers(entry('../' * 30 + CANARY[1:] + '/file', 'dead')),
     path_dot_dot_pax=lambda: layers(pax({'path': 'a/../../canary/file'}) + entry('ok', 'dead')),
     path_empty=lambda: layers(entry('', 'x')),
     path_nul=lambda: layers(pax({'path': 'a\0/../../b'}) + entry('x', 'x')),
     path_long=lambda: layers(long_name('n' * 70000) + entry('x', 'x')),
     path_component_long=lambda: layers(long_name('n' * 256) + entry('x', 'x')),
     path_deep=lambda: layers(long_name('d/' * 30000 + 'f') + entry('x', 'x')),
     path_root_file=lambda: layers(entry('./', 'x')),
     path_root_link=lambda: layers(symlink('./', CANARY)),
     path_root_device=lambda: layers(device('/', 1, 3)),
     path_root_hard_link=lambda: layers(entry('f', 'x') + hardlink('.', 'f')))
each(loads, {'a': 'd', 'a/f': 'f x'},
     path_absolute=lambda: layers(entry('/a/f', 'x')),
     path_slashes=lambda: layers(entry('.//a////f', 'x')),
     path_dots=lambda: layers(entry('/./a/./f', 'x')),
     path_dots_directory=lambda: layers(directory('./a/.') + entry('a/f', 'x')))


@loads({'a': 'd', 'a/...': 'f x', '..a': 'f y', 'a\\b': 'f z'})
def path_harmless_dots():
    return layers(entry('a/...', 'x') + entry('..a', 'y') + entry('a\\b', 'z'))


# ---- links

INSIDE = CANARY.lstrip('/')


def chain(*names):
    """The directories on the way to a path, as a tree says them."""
    tree, at = {}, ''
    for name in names:
        at = f'{at}/{name}' if at else name
        tree[at] = 'd'
    return tree


CANARY_TREE = chain(*INSIDE.split('/'))
each(loads, {**CANARY_TREE, 'l': 'l ' + CANARY, INSIDE + '/file': 'f dead'},
     link_through_absolute=lambda: layers(symlink('l', CANARY) + entry('l/file', 'dead')),
     link_through_layers=lambda: layers(symlink('l', CANARY), entry('l/file', 'dead')),
     link_replaces_directory=lambda: layers(directory('l') + entry('l/file', 'x') + symlink('l', CANARY)
                                            + entry('l/file', 'dead')),
     link_replaces_across=lambda: layers(directory('l') + entry('l/file', 'x'), symlink('l', CANARY),
                                         entry('l/file', 'dead')))
UP = '../' * 20 + INSIDE
each(loads, {**CANARY_TREE, 'l': 'l ' + UP, INSIDE + '/file': 'f dead'},
     link_through_relative=lambda: layers(symlink('l', UP) + entry('l/file', 'dead')),
     link_through_relative_layers=lambda: layers(symlink('l', UP), entry('l/file', 'dead')))
each(refused, '',
     link_loop=lambda: layers(symlink('a', 'b') + symlink('b', 'a') + entry('a/f', 'x')),
     link_loop_self=lambda: layers(symlink('a', 'a'), entry('a/f', 'x')),
     link_loop_layers=lambda: layers(symlink('a', 'b/c'), symlink('b', 'a/d'), entry('a/f', 'x')),
     link_loop_grows=lambda: layers(symlink('a', 'a/a/a/a'), entry('a/f', 'x')),
     link_empty=lambda: layers(symlink('a', '')),
     link_long=lambda: layers(long_name('t' * 5000, 'K') + symlink('a', 't')),
     hard_link_outside=lambda: layers(hardlink('h', CANARY + '/file')),
     hard_link_dot_dot=lambda: layers(hardlink('h', '../' * 20 + INSIDE + '/file')),
     hard_link_root=lambda: layers(hardlink('h', '/')),
     hard_link_directory=lambda: layers(directory('d') + hardlink('h', 'd')),
     hard_link_directory_below=lambda: layers(directory('d'), hardlink('h', 'd')),
     hard_link_missing=lambda: layers(hardlink('h', 'nowhere')),
     hard_link_itself=lambda: layers(hardlink('h', 'h')),
     hard_link_circle=lambda: layers(hardlink('a', 'b') + hardlink('b', 'a')),
     hard_link_hidden=lambda: layers(entry('f', 'x'), entry('.wh.f') + hardlink('h', 'f')),
     hard_link_through_outside=lambda: layers(symlink('l', CANARY) + hardlink('h', 'l/file')),
     hard_link_below_itself=lambda: layers(entry('f', 'x') + hardlink('f/f', 'f')),
     hard_link_plnk_dot_dot=lambda: layers(hardlink('h', '.wh..wh.plnk/../../../canary/file')),
     hard_link_plnk_deep=lambda: layers(entry('.wh..wh.plnk/1', 'x') + hardlink('h', '.wh..wh.plnk/1/2')),
     hard_link_contents=lambda: layers(header('h', type='1', size=512, link='f') + pad(b'x') + entry('f', 'x')),
     hard_link_contents_v7=lambda: layers(entry('f', 'x') + header('h', type='1', size=512, link='f', magic=V7)
                                          + header('hidden', magic=V7)),
     hard_link_contents_odd_magic=lambda: layers(
         entry('f', 'x') + pax({'comment': 'x'}) + header('h', type='1', size=512, link='f', magic=b'ustarX00')
         + header('hidden')))


@loads({'l': 'l ' + CANARY + '/file', 'h': 'l ' + CANARY + '/file'})
def hard_link_to_symlink():
    return layers(symlink('l', CANARY + '/file') + hardlink('h', 'l'))


@loads({'l': 'l ' + CANARY + '/file', 'h': 'f dead'})
def hard_link_to_symlink_replaced():
    return layers(symlink('l', CANARY + '/file') + hardlink('h', 'l') + entry('h', 'dead'))


@loads({'h': 'f x', 'f': 'f x'})
def hard_link_before_target():
    return layers(hardlink('h', 'f') + entry('f', 'x'))


@refused()
def regular_with_linkpath():
    """A regular file for docker, a hard link for libarchive."""
    return layers(entry('f', 'x') + pax({'linkpath': 'f'}) + entry('g', 'y'))


@refused()
def regular_with_long_link():
    return layers(entry('f', 'x') + long_name('f', 'K') + entry('g', 'y', magic=GNU))


# ---- whiteouts

each(refused, '',
     whiteout_empty=lambda: layers(entry('.wh.')),
     whiteout_dot=lambda: layers(directory('d'), entry('d/.wh..')),
     whiteout_dot_dot=lambda: layers(directory('d'), entry('d/.wh...')),
     whiteout_slash=lambda: layers(entry('f', 'x'), pax({'path': '.wh../../f'}) + entry('x')))
each(loads, {'f': 'f x', 'd': 'd'},
     opaque_directory=lambda: layers(entry('d/old') + entry('f', 'x'), directory('d/.wh..wh..opq')),
     opaque_symlink=lambda: layers(entry('d/old') + entry('f', 'x'), symlink('d/.wh..wh..opq', CANARY)),
     opaque_hard_link=lambda: layers(entry('d/old') + entry('f', 'x'), hardlink('d/.wh..wh..opq', 'f')),
     whiteout_as_directory=lambda: layers(entry('d/old') + entry('f', 'x'), directory('d/.wh.old')),
     whiteout_as_symlink=lambda: layers(entry('d/old') + entry('f', 'x'), symlink('d/.wh.old', CANARY)),
     whiteout_as_hard_link=lambda: layers(entry('d/old') + entry('f', 'x'), hardlink('d/.wh.old', 'f')),
     whiteout_as_device=lambda: layers(entry('d/old') + entry('f', 'x'), device('d/.wh.old', 1, 3)),
     whiteout_of_nothing=lambda: layers(directory('d') + entry('f', 'x'), entry('d/.wh.nothing')),
     whiteout_in_the_same_layer=lambda: layers(directory('d') + entry('f', 'x') + entry('.wh.f')),
     whiteout_meta=lambda: layers(directory('d') + entry('f', 'x') + entry('.wh..wh.aufs', 'x')
                                  + entry('.wh..wh.orph/x', 'x') + entry('.wh..wh..opq/x', 'x')))


@loads({'.wh.f': 'd', '.wh.f/g': 'f y', 'f': 'f x'})
def whiteout_as_parent():
    return layers(entry('f', 'x'), entry('.wh.f/g', 'y'))


@loads({'l': 'l ' + CANARY, **CANARY_TREE})
def whiteout_through_link():
    return layers(symlink('l', CANARY), entry('l/.wh.file'))


@loads({'new': 'f y'})
def opaque_root():
    return layers(entry('old', 'x') + directory('d'), entry('new', 'y') + entry('.wh..wh..opq'))


@refused('entries')
def opaque_roots():
    """Every one makes a whiteout for each entry of the root below: 400 times 1,000 of them."""
    return layers(b''.join(entry(f'f{i}') for i in range(1000)),
                  *[entry('.wh..wh..opq') + entry(f'n{i}') for i in range(100)])


# ---- attributes, devices

each(refused, '',
     device_whiteout=lambda: layers(entry('f', 'x'), device('f', 0, 0)),
     device_whiteout_pax=lambda: layers(pax({'SCHILY.devmajor': '4294967296', 'SCHILY.devminor': '4294967296'})
                                        + device('f', 1, 3)),
     device_huge=lambda: layers(device('f', a.base256((1 << 32) - 1, 8), a.base256((1 << 32) - 1, 8))),
     uid_text=lambda: layers(pax({'uid': 'abc'}) + entry('f', 'x')),
     uid_negative=lambda: layers(pax({'uid': '-1'}) + entry('f', 'x')),
     uid_32=lambda: layers(pax({'uid': '4294967296'}) + entry('f', 'x')),
     uid_last=lambda: layers(pax({'uid': '4294967295'}) + entry('f', 'x')),
     gid_last=lambda: layers(pax({'gid': '4294967295'}) + entry('f', 'x')),
     uid_base256_negative=lambda: layers(entry('f', 'x', uid=a.base256(-1, 8))),
     gid_base256_32=lambda: layers(entry('f', 'x', gid=a.base256(1 << 32, 8))),
     uid_garbage=lambda: layers(entry('f', 'x', uid=b'12x4567\0')),
     mode_negative=lambda: layers(entry('f', 'x', mode=a.base256(-1, 8))),
     size_leading_nul=lambda: layers(header('f', size=b'\0' + b'0000001000\0') + header('hidden')),
     size_blank_minus=lambda: layers(header('f', size=b'-0000001000\0')),
     size_huge=lambda: layers(header('f', size=a.base256(1 << 62))),
     size_pax_huge=lambda: layers(pax({'size': str(1 << 62)}) + entry('f', 'x')),
     size_pax_negative=lambda: layers(pax({'size': '-1'}) + entry('f', 'x')),
     size_pax_text=lambda: layers(pax({'size': '1x'}) + entry('f', 'x')),
     size_pax_larger=lambda: layers(pax({'size': '100000'}) + entry('f', 'x')),
     size_directory=lambda: layers(pax({'size': '512'}) + directory('d') + entry('f', 'x')),
     size_limit=lambda: layers(header('f', size=a.base256(2 << 30))),
     mtime_text=lambda: layers(pax({'mtime': 'yesterday'}) + entry('f', 'x')),
     pax_last=lambda: layers(entry('f', 'x') + pax({'path': 'g'})),
     pax_length_wrong=lambda: layers(pax(b'99 path=g\n') + entry('f', 'x')),
     pax_length_zero=lambda: layers(pax(b'0 path=g\n') + entry('f', 'x')),
     pax_no_equals=lambda: layers(pax(b'7 path\n') + entry('f', 'x')),
     pax_huge=lambda: layers(pax({'comment': 'x' * (2 << 20)}) + entry('f', 'x')),
     pax_many=lambda: layers(pax({'comment': 'x'}) * 20 + entry('f', 'x')),
     pax_twice_sizes=lambda: layers(pax({'size': '0'}) + pax({'size': '512'}) + header('f') + header('hidden')
                                    + header('seen'))[:-1],
     type_unknown=lambda: layers(entry('f', 'x', type='Z')),
     type_volume=lambda: layers(entry('f', 'x', type='V', magic=GNU)),
     type_sparse_posix=lambda: layers(header('f', type='S', size=512, rest=b'\0' * 137 + b'\1') + pad(b'\0') + pad(b'x')),
     header_checksum=lambda: layers(header('f', checksum=7)),
     entries_after_end=lambda: layers(entry('f', 'x') + bytes(512) + entry('g', 'x')),
     end_missing=lambda: Image(entry('f', 'x' * 1000)[:-100], end=b'').tar(),
     sparse_regions=lambda: layers(pax({'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '9',
                                        'GNU.sparse.name': 'f'}) + entry('f', b'1000000\n' + b'0\n0\n' * 1000000)),
     sparse_negative=lambda: layers(pax({'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '9',
                                         'GNU.sparse.name': 'f'}) + entry('f', pad(b'1\n-512\n9\n') + b'x' * 9)),
     sparse_map_negative=lambda: layers(pax({'GNU.sparse.map': '-1,5', 'GNU.sparse.size': '100'}) + entry('f', 'xxxxx')),
     sparse_past_end=lambda: layers(pax({'GNU.sparse.map': '1000,5', 'GNU.sparse.size': '100'}) + entry('f', 'xxxxx')),
     sparse_real_huge=lambda: layers(pax({'GNU.sparse.major': '1', 'GNU.sparse.minor': '0',
                                          'GNU.sparse.realsize': str(1 << 62), 'GNU.sparse.name': 'f'})
                                     + entry('f', pad(b'1\n0\n9\n') + b'x' * 9)),
     sparse_directory=lambda: layers(pax({'GNU.sparse.major': '1', 'GNU.sparse.minor': '0'}) + directory('d')),
     xattr_huge=lambda: layers(pax({'SCHILY.xattr.user.big': 'x' * 70000}) + entry('f', 'x')),
     xattr_many=lambda: layers(pax({f'SCHILY.xattr.user.{i}': 'x' * 20 for i in range(15000)}) + entry('f', 'x')))
each(loads, F,
     xattr_overlay=lambda: layers(
         pax({'SCHILY.xattr.trusted.overlay.redirect': '/etc', 'SCHILY.xattr.user.overlay.whiteout': 'y',
              'SCHILY.xattr.trusted.overlay.whiteout': 'y', 'SCHILY.xattr.user.overlay.metacopy': '',
              'SCHILY.xattr.user.overlay.opaque': 'y', 'SCHILY.xattr.security.selinux': 'x',
              'SCHILY.xattr.system.posix_acl_access': 'x', 'SCHILY.xattr.trusted.x': 'x',
              'LIBARCHIVE.xattr.trusted.overlay.redirect': 'L2V0Yw',
              'SCHILY.fflags': 'immutable,append'}) + entry('f', 'x')),
     mode_type_bits=lambda: layers(entry('f', 'x', mode=0o120644)),
     time_huge=lambda: layers(pax({'mtime': '99999999999999999999'}) + entry('f', 'x')),
     time_negative=lambda: layers(pax({'mtime': '-99999999999.999999999999'}) + entry('f', 'x')),
     global_header=lambda: layers(pax({'path': '../canary/file', 'comment': 'x'}, 'g') + entry('f', 'x')),
     after_end=lambda: Image(entry('f', 'x') + END + entry('g', 'x')).tar())


@loads({'l': 'l x', 'd': 'd', 'd/p': 'p'})
def xattr_elsewhere():
    """security.capability and user.* on what cannot have them."""
    records = pax({'SCHILY.xattr.security.capability': b'\1\0\0\2' + b'\0\x20\0\0' + bytes(12), 'SCHILY.xattr.user.x': 'x'})
    return layers(records + symlink('l', 'x') + records + entry('d/p', type='6'))


@loads({'s': 'f x mode=6755 5:5', 'c': 'f x mode=755 5:5 security.capability'})
def setuid_order():
    return layers(entry('s', 'x', mode=0o6755, uid=5, gid=5)
                  + pax({'SCHILY.xattr.security.capability': b'\1\0\0\2' + b'\0\x20\0\0' + bytes(12)})
                  + entry('c', 'x', mode=0o755, uid=5, gid=5))


@loads({'d': 'd mode=2755 0:7', 'd/f': 'f x', 'd/e': 'd', 'd/e/g': 'f y'})
def setgid_parent():
    return layers(directory('d', mode=0o2755, gid=7), entry('d/f', 'x') + directory('d/e') + entry('d/e/g', 'y'))


@loads({'n': 'c 1:3', 'b': 'b 7:0', 'f': 'p', 'z': 'c 0:1'})
def devices():
    return layers(device('n', 1, 3) + device('b', 7, 0, '4') + entry('f', type='6') + device('z', 0, 1))


# ---- JSON and digests

def raw_config(text):
    image = Image()
    if callable(text):
        text = text(dump(image.config).decode())
    image.config = text.encode('utf-8', 'surrogateescape') if isinstance(text, str) else text
    return image.tar()


def raw_manifest(change):
    image = Image()
    image.manifest['config'] = image.put(image.config, 'config.v1+json')
    image.manifest = change(image.manifest) if not isinstance(change, bytes) else change
    return image.tar()


def raw_index(text):
    return image_with(index=text.encode('utf-8', 'surrogateescape')).tar()


def config_with(**members):
    image = Image()
    image.config.update(members)
    return image.tar()


def inner(**members):
    return config_with(config=members)


def entry_digest(digest, **more):
    image = Image()
    d = dict(image.seal(), digest=digest, **more)
    image.index['manifests'] = [d]
    return image


def layer_with(**changes):
    image = Image()
    image.layer_descriptors[0].update(changes)
    return image.tar()


def config_size(delta):
    image = Image()
    image.manifest['config'] = image.put(image.config, 'config.v1+json')
    image.manifest['config']['size'] += delta
    return image.tar()


def diff_ids(*ids):
    image = Image()
    image.config['rootfs']['diff_ids'] = [image.config['rootfs']['diff_ids'][0] if x is None else x for x in ids]
    return image.tar()


def truncated(digest):
    return digest[:-1]


HEX = sha(b'x')
each(refused, '',
     json_duplicate_keys=lambda: raw_config(lambda t: t[:-1] + ',"os":"linux"}'),
     json_duplicate_index=lambda: raw_index('{"schemaVersion":2,"manifests":[],"manifests":[]}'),
     json_nul=lambda: raw_config(lambda t: t[:-1] + ',"x":"a\\u0000b"}'),
     json_nul_byte=lambda: raw_config(lambda t: t + '\0'),
     json_nul_key=lambda: raw_config(lambda t: t[:-1] + ',"a\\u0000b":1}'),
     json_trailing=lambda: raw_config(lambda t: t + '{}'),
     json_deep=lambda: raw_config(lambda t: t[:-1] + ',"x":' + '[' * 100000 + ']' * 100000 + '}'),
     json_depth_65=lambda: raw_config(lambda t: t[:-1] + ',"x":' + '[' * 64 + ']' * 64 + '}'),
     json_bad_utf8=lambda: raw_config(lambda t: t[:-1] + ',"x":"\udcff"}'),
     json_surrogate=lambda: raw_config(lambda t: t[:-1] + ',"x":"\\ud800"}'),
     json_bom=lambda: raw_config(lambda t: '\ufeff' + t),
     json_nan=lambda: raw_config(lambda t: t[:-1] + ',"x":NaN}'),
     json_number_huge=lambda: raw_index('{"schemaVersion":99999999999999999999999999,"manifests":[]}'),
     json_values=lambda: raw_config(lambda t: t[:-1] + ',"x":[' + '[],' * 1000000 + '[]]}'),
     json_large=lambda: raw_config(lambda t: t[:-1] + ',"x":"' + 'x' * (5 << 20) + '"}'),
     json_index_list=lambda: raw_index('[]'),
     json_config_null=lambda: raw_config('null'),
     json_config_empty=lambda: raw_config(''),
     type_os=lambda: config_with(os=5),
     type_architecture=lambda: config_with(architecture=['amd64']),
     type_config=lambda: config_with(config=[]),
     type_rootfs=lambda: config_with(rootfs=[]),
     type_diff_ids=lambda: config_with(rootfs={'type': 'layers', 'diff_ids': {}}),
     type_rootfs_type=lambda: config_with(rootfs={'type': 'other', 'diff_ids': []}),
     type_env=lambda: inner(Env={'A': 'b'}),
     type_env_element=lambda: inner(Env=[5]),
     type_env_name=lambda: inner(Env=['no equals sign']),
     type_cmd=lambda: inner(Cmd='sh'),
     type_user=lambda: inner(User=0),
     type_volumes=lambda: inner(Volumes=['/a']),
     type_labels=lambda: inner(Labels={'a': 5}),
     type_layout=lambda: image_with(layout={'imageLayoutVersion': 1}).tar(),
     layout_version=lambda: image_with(layout={'imageLayoutVersion': '2.0.0'}).tar(),
     schema_version=lambda: raw_manifest(lambda m: {**m, 'schemaVersion': 1}),
     type_layers=lambda: raw_manifest(lambda m: {**m, 'layers': {}}),
     type_manifest_config=lambda: raw_manifest(lambda m: {**m, 'config': []}),
     type_layer=lambda: raw_manifest(lambda m: {**m, 'layers': ['x']}),
     type_size=lambda: layer_with(size='10'),
     type_size_negative=lambda: layer_with(size=-1),
     type_size_float=lambda: layer_with(size=1.0),
     type_size_huge=lambda: layer_with(size=1 << 62),
     type_annotations=lambda: image_with(name=['x']).tar(),
     digest_path=lambda: layer_with(digest='sha256:../../index.json'),
     digest_path_long=lambda: layer_with(digest='sha256:' + '../' * 21 + 'x'),
     digest_slash=lambda: layer_with(digest='sha256:' + HEX[:31] + '/' + HEX[32:]),
     digest_upper=lambda: layer_with(digest='sha256:' + sha(entry('f', b'x') + END).upper()),
     digest_sha512=lambda: layer_with(digest='sha512:' + HEX * 2),
     digest_short=lambda: layer_with(digest='sha256:' + HEX[:63]),
     digest_long=lambda: layer_with(digest='sha256:' + HEX + '0'),
     digest_none=lambda: layer_with(digest=''),
     digest_bare=lambda: layer_with(digest=HEX),
     digest_newline=lambda: layer_with(digest='sha256:' + HEX[:63] + '\n'),
     digest_escape=lambda: layer_with(digest='\x1b[31m\u202e\u009b:x'),
     digest_missing=lambda: layer_with(digest='sha256:' + HEX),
     digest_manifest_path=lambda: entry_digest('sha256:../../index.json').tar(),
     size_more=lambda: layer_with(size=len(entry('f', 'x') + END) + 1),
     size_less=lambda: layer_with(size=len(entry('f', 'x') + END) - 1),
     size_zero=lambda: layer_with(size=0),
     config_size_more=lambda: config_size(1),
     config_size_less=lambda: config_size(-1),
     diff_id_wrong=lambda: diff_ids('sha256:' + HEX),
     diff_id_path=lambda: diff_ids('sha256:../../../../canary/' + 'x' * 43),
     diff_id_upper=lambda: diff_ids('sha256:' + HEX.upper()),
     diff_id_type=lambda: diff_ids(5),
     diff_ids_none=lambda: diff_ids(),
     diff_ids_more=lambda: diff_ids(None, None),
     media_index_as_manifest=lambda: raw_manifest(lambda m: {'schemaVersion': 2, 'manifests': []}),
     media_both=lambda: raw_manifest(lambda m: {**m, 'manifests': []}),
     media_other_type=lambda: raw_manifest(lambda m: {**m, 'mediaType': a.OCI + 'index.v1+json'}),
     media_manifest_as_config=lambda: manifest_as_config(),
     media_no_type=lambda: untyped_descriptor(a.OCI + 'index.v1+json'),
     media_no_type_artifact=lambda: untyped_descriptor('application/x-other'),
     media_config=lambda: config_media('application/vnd.unknown.config.v1+json'),
     media_layer=lambda: layer_with(mediaType='application/x-other'),
     media_index_is_manifest=lambda: raw_index('{"schemaVersion":2,"manifests":[],"layers":[],"config":{}}'),
     layer_gzip_in_gzip=lambda: Image(entry('f', 'x')).compress(lambda x: gzip.compress(gzip.compress(x))).tar(),
     layer_xz=lambda: Image(entry('f', 'x')).compress(lzma.compress).tar(),
     layer_gzip_tail=lambda: Image(entry('f', 'x')).compress(lambda x: gzip.compress(x) + b'tail').tar(),
     layer_gzip_hidden=lambda: Image(entry('f', 'x')).compress(lambda x: gzip.compress(x) + gzip.compress(b'more')).tar(),
     layers_501=lambda: layers(*[entry('f', 'x')] * 501))
each(loads, F,
     layer_gzip_members=lambda: Image(entry('f', 'x')).compress(
         lambda x: b''.join(gzip.compress(y) for y in halves(x)) + gzip.compress(b'')).tar(),
     json_escapes=lambda: inner(Labels={'\x1b[31m': '\x1b]0;x\x07\u009b31m', 'b': '\u202e\r\x7f'}, User='\x1b[31m',
                                WorkingDir='/\x1b[2J', Env=['A=\x1b[31m']),
     json_escapes_outside=lambda: config_with(author='\x1b[31m', created='\x1b[31m'),
     json_ids_many=lambda: inner(Env=[f'A{i}=b' for i in range(100000)]),
     json_labels_many=lambda: inner(Labels={f'A{i}': 'b' for i in range(100000)}))


def manifest_as_config():
    image = Image()
    image.manifest['config'] = image.put({**image.manifest, 'config': {}}, 'config.v1+json')
    return image.tar()


def untyped_descriptor(own_type):
    image = Image()
    image.manifest['mediaType'] = own_type
    d = image.seal()
    del d['mediaType']
    image.index['manifests'] = [d]
    return image.tar()


def config_media(media_type):
    image = Image()
    image.manifest['config'] = dict(image.put(image.config), mediaType=media_type)
    return image.tar()


# ---- indexes

def index_of(*descriptors):
    return {'schemaVersion': 2, 'mediaType': a.OCI + 'index.v1+json', 'manifests': list(descriptors)}


@refused()
def index_itself():
    """No blob can hold its own digest; index.json can claim to."""
    image = Image()
    image.index['manifests'] = [{'mediaType': a.OCI + 'index.v1+json', 'digest': 'sha256:' + HEX, 'size': 2}]
    image.files['blobs/sha256/' + HEX] = dump(image.index)
    return image.tar()


@refused('nested')
def index_nested():
    image = Image()
    d = image.seal()
    for _ in range(12):
        d = image.put(index_of(d), 'index.v1+json')
    image.index['manifests'] = [d]
    return image.tar()


@refused()
def index_bomb():
    """Eight levels of fifty times the same: as many as grains of sand, and not one image."""
    image = Image()
    d = image.put(index_of({**image.seal(), 'platform': {'os': 'unknown', 'architecture': 'unknown'}}), 'index.v1+json')
    for _ in range(6):
        d = image.put(index_of(*[d] * 50), 'index.v1+json')
    image.index['manifests'] = [d]
    return image.tar()


@refused()
def index_10000():
    image = Image()
    image.index['manifests'] = [image.seal()] * 10000
    return image.tar()


@refused()
def index_same_config():
    """Four thousand times the same manifest, whose config is large."""
    image = Image()
    image.config['config'] = {'Labels': {f'L{i}': 'x' * 30 for i in range(60000)}}
    image.config['os'] = 'plan9'
    d = image.seal()
    image.index['manifests'] = [d] * 4000
    return image.tar()


@refused()
def index_300_images():
    image = Image()
    out = []
    for i in range(300):
        image.config['author'] = str(i)
        image.manifest.pop('config', None)
        image.name = f'hostile:v{i}'
        out.append(image.seal())
    image.index['manifests'] = out
    return image.tar()


# ---- names

def named(name):
    return image_with(name=name).tar()


each(loads, None, layers_repeated=lambda: layers(*[entry('f', 'x')] * 60))
each(loads, F,
     name_escape=lambda: named('\x1b[31mred'),
     name_bidi=lambda: named('a\u202eb'),
     name_dot_dot=lambda: named('../../canary/file'),
     name_dot_dot_inside=lambda: named('a/../../b:1'),
     name_absolute=lambda: named(CANARY + '/file'),
     name_space=lambda: named('a b'),
     name_newline=lambda: named('a\nLoaded image: b'),
     name_upper=lambda: named('UPPER'),
     name_long=lambda: named('a' * 5000),
     name_hex=lambda: named(HEX),
     name_digest=lambda: named('a@sha256:' + HEX),
     name_tag_dots=lambda: named('a:..'),
     name_option=lambda: named('--root=/'),
     name_id=lambda: named('sha256:abc'))
each(loads, F,
     docker_tags=lambda: tar(docker(tags=['../../x', '\x1b[31m', 'a:b:c', '', ':', 'ok:1', 'ok:1', '/etc/passwd'])),
     docker_config_elsewhere=lambda: tar(docker(entry('f', 'x'))))
each(refused, '',
     name_digest_long=lambda: named('a' * 200 + '@sha256:' + HEX),
     docker_tags_type=lambda: tar(docker(RepoTags=[5])),
     docker_tags_many=lambda: tar(docker(tags=[f'n{i}:1' for i in range(100000)])),
     docker_tags_many_bad=lambda: tar(docker(tags=[f'N{i}:1' for i in range(100000)])),
     docker_config_outside=lambda: tar(docker(Config=CANARY + '/file')),
     docker_config_dot_dot=lambda: tar(docker(Config='../canary/file')),
     docker_layer_outside=lambda: tar(docker(Layers=[CANARY + '/file'])),
     docker_layer_dot_dot=lambda: tar(docker(Layers=['0/../../canary/file'])),
     docker_layer_missing=lambda: tar(docker(Layers=['1/layer.tar'])),
     docker_layers_fewer=lambda: tar(docker(Layers=[])),
     docker_config_lies=lambda: config_lies(),
     docker_same_config=lambda: tar({**docker(), 'manifest.json': dump([json.loads(big_docker()['manifest.json'])[0]]
                                                                       * 20000), **big_docker(False)}))


def config_lies():
    members = docker()
    name = next(x for x in members if x.endswith('.json') and x != 'manifest.json')
    members[name] += b' '
    return tar(members)


def big_docker(manifest=True):
    members = docker(config={'architecture': 'none', 'os': 'plan9', 'x': 'x' * (3 << 20)})
    if not manifest:
        del members['manifest.json']
    return members


# ---- bombs; the test lowers the limits

def zeros(bytes_in_mib, wrap=31):
    z = zlib.compressobj(9, zlib.DEFLATED, wrap)
    mib = bytes(1 << 20)
    out = b''.join(z.compress(mib) for _ in range(bytes_in_mib))
    return out + z.flush()


@refused('bomb')
def bomb_outer_gzip():
    return zeros(128)


@refused()
def bomb_outer_xz():
    z = lzma.LZMACompressor(preset=0)
    mib = bytes(1 << 20)
    return b''.join(z.compress(mib) for _ in range(128)) + z.flush()


@refused()
def bomb_outer_zstd():
    """One frame of run-length blocks: 128 KiB for four bytes."""
    block = ((128 << 10) << 3 | 1 << 1).to_bytes(3, 'little') + b'\0'
    return b'\x28\xb5\x2f\xfd' + b'\0' + bytes([7 << 3]) + block * 1024 + b'\1\0\0'


@refused()
def bomb_layer():
    """A file of a gigabyte and a half, of zeros."""
    image = Image()
    data = gzip.compress(header('f', size=1500 << 20), 1) + zeros(1500)
    image.layers, image.blobs = [], {}
    image.manifest['layers'] = [image.put(data, 'layer.v1.tar+gzip')]
    image.config['rootfs']['diff_ids'] = ['sha256:' + HEX]
    return image.tar()


@refused()
def bomb_layer_tail():
    """Zeros behind the end of the archive."""
    image = Image()
    data = gzip.compress(entry('f', 'x') + END) + zeros(128)
    image.blobs = {}
    image.manifest['layers'] = [image.put(data, 'layer.v1.tar+gzip')]
    return image.tar()


@refused('entries')
def bomb_entries():
    image = Image(b''.join(entry(f'{i}') for i in range(5001)))
    return image.compress(lambda x: gzip.compress(x, 1)).tar()


@refused('entries')
def bomb_directories():
    """A thousand entries that imply a quarter of a million directories."""
    image = Image(b''.join(long_name(f'{i}/' + 'd/' * 250 + 'f') + entry('x') for i in range(1000)))
    return image.compress(lambda x: gzip.compress(x, 1)).tar()


@refused('bytes')
def bomb_sparse():
    """Many files of 300 MB that take no space at all."""
    part = b''.join(pax({'GNU.sparse.map': '0,1', 'GNU.sparse.size': str(300 << 20)}) + entry(f'{i}', 'x')
                    for i in range(10))
    return layers(part)


@refused('bytes')
def bomb_copy_up():
    """A sparse file, linked to by layer after layer: each needs a copy."""
    big = pax({'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': str(200 << 20),
               'GNU.sparse.name': 'big'}) + entry('x', pad(b'2\n0\n1\n209715200\n0\n') + b'x')
    return layers(big, *[hardlink(f'h{i}', 'big') for i in range(8)])


@refused()
def bomb_nested():
    """As deep as paths go, by way of symlinks, and then an error: all of it must be removed again."""
    deep = [directory('a')]
    at = 'a'
    for i in range(3):
        deep.append(long_name(at + '/d' * 500) + directory('x'))
        deep.append(long_name(at + '/d' * 500, 'K') + symlink(f's{i}', 'x', magic=GNU))
        at = f's{i}'
    return layers(b''.join(deep) + entry('../x'))


@loads()
def deep_links():
    """Every .. of a symlink starts the walk over."""
    up = 'd/' * 400 + '../' * 399
    out = long_name('d/' * 400) + directory('x')
    out += long_name(up, 'K') + symlink('s', 'x', magic=GNU)
    out += b''.join(entry(f's/{i}/f', 'x') for i in range(200))
    return layers(out)


# ---- layouts that are directories

def laid_out(name, change):
    """A case that is a directory, changed once it is written."""
    def case():
        path = f'{OUT}/{name}'
        for member, data in Image().members().items():
            os.makedirs(os.path.dirname(f'{path}/{member}'), exist_ok=True)
            with open(f'{path}/{member}', 'wb') as f:
                f.write(data)
        os.unlink(f'{path}/{LAYER}')
        change(f'{path}/{LAYER}')
    case.__name__ = name
    return case


def blobs_elsewhere(path):
    """The whole image is there, but behind a link that leads out of the layout."""
    with open(path, 'wb') as f:
        f.write(entry('f', 'x') + END)
    os.rename(os.path.dirname(os.path.dirname(path)), OUT + '/elsewhere')
    os.symlink('../elsewhere', os.path.dirname(os.path.dirname(path)))


for case_name, make in {
        'directory_link_outside': lambda path: os.symlink(CANARY + '/file', path),
        'directory_link_dot_dot': lambda path: os.symlink('../../../../canary/file', path),
        'directory_link_proc': lambda path: os.symlink('/proc/self/fd/0', path),
        'directory_fifo': os.mkfifo,
        'directory_device': lambda path: os.mknod(path, 0o20644, os.makedev(1, 5)),
        'directory_directory': os.mkdir,
        'directory_blobs_outside': blobs_elsewhere}.items():
    refused()(laid_out(case_name, make))


if __name__ == '__main__':
    os.makedirs(OUT, exist_ok=True)
    wanted = os.environ.get('ONLY', '')
    listed = []
    for function, case in CASES:
        name = function.__name__
        if wanted not in name and name != 'honest':
            continue
        data = function()
        if data is not None:
            with open(f'{OUT}/{name}', 'wb') as out:
                out.write(data)
        listed.append({'name': name, **case})
    with open(OUT + '/cases.json', 'w', encoding='utf-8') as f:
        json.dump(listed, f)
