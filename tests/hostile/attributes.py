# SPDX-License-Identifier: MIT
"""Attributes, devices, and the headers that say them."""
import archive as a
from archive import *
from case import *

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


CAP = b'\1\0\0\2' + b'\0\x20\0\0' + bytes(12)
each(refused, '',
     device_major_4096=lambda: layers(device('f', a.base256(4096, 8), 0)),
     device_block_whiteout=lambda: layers(device('f', 0, 0, '4')),
     device_text=lambda: layers(entry('f', type='3', dev=(b'12x\0', 1))),
     mtime_infinite=lambda: layers(pax({'mtime': 'inf'}) + entry('f', 'x')),
     mtime_exponent=lambda: layers(pax({'mtime': '1e5'}) + entry('f', 'x')),
     mtime_empty=lambda: layers(pax({'mtime': ''}) + entry('f', 'x')),
     uid_empty=lambda: layers(pax({'uid': ''}) + entry('f', 'x')),
     uid_plus=lambda: layers(pax({'uid': '+5'}) + entry('f', 'x')),
     uid_float=lambda: layers(pax({'uid': '5.0'}) + entry('f', 'x')),
     uid_64=lambda: layers(pax({'uid': str((1 << 64) + 5)}) + entry('f', 'x')),
     uid_hex=lambda: layers(entry('f', 'x', uid=b'0x10\0')),
     size_text=lambda: layers(header('f', size=b'zzzzzzzzzzz\0')),
     size_signed=lambda: layers(header('f', size=b'+0000000001\0')),
     size_pax_empty=lambda: layers(pax({'size': ''}) + entry('f', 'x')),
     size_pax_space=lambda: layers(pax({'size': ' 1'}) + entry('f', 'x')),
     size_pax_twice=lambda: layers(pax(record('size', '700') + record('size', '1')) + entry('f', 'x')),
     size_pax_replaced=lambda: layers(pax({'size': '700'}) + pax({'size': '1'}) + entry('f', 'x')),
     size_pax_hides=lambda: layers(pax(record('size', '0') + record('size', '512')) + header('f') + header('hidden')),
     size_pax_shows=lambda: layers(pax(record('size', '512') + record('size', '0')) + header('f') + header('hidden')),
     size_past_end=lambda: layers(header('f', size=1 << 20)),
     pax_not_a_number=lambda: layers(pax(b'x7 path=g\n') + entry('f', 'x')),
     pax_no_newline=lambda: layers(pax(b'8 path=gx') + entry('f', 'x')),
     pax_negative=lambda: layers(pax(b'-8 path=g\n') + entry('f', 'x')),
     pax_empty_key=lambda: layers(pax(b'6 =xx\n') + entry('f', 'x')),
     pax_nul_key=lambda: layers(pax(b'11 pa\0th=g\n') + entry('f', 'x')),
     pax_length_overlong=lambda: layers(pax(b'00000000000000000008 a=b\n') + entry('f', 'x')),
     pax_of_pax=lambda: layers(pax(pax({'path': '../x'})) + entry('f', 'x')),
     pax_endless=lambda: layers(header('p', type='x', size=a.base256(1 << 62))),
     type_solaris_acl=lambda: layers(entry('f', 'x', type='A')),
     type_dumpdir=lambda: layers(entry('f', 'Yx\0\0', type='D', magic=GNU)),
     type_multivolume=lambda: layers(entry('f', 'x', type='M', magic=GNU)),
     type_old_names=lambda: layers(entry('f', 'Rename a to ../b\n', type='N', magic=GNU)),
     type_inode=lambda: layers(entry('f', 'x', type='I')),
     type_high=lambda: layers(entry('f', 'x', type=b'\xff')),
     sparse_map_odd=lambda: layers(pax({'GNU.sparse.map': '0,1,2', 'GNU.sparse.size': '100'}) + entry('f', 'xxxxx')),
     sparse_map_text=lambda: layers(pax({'GNU.sparse.map': 'a,b', 'GNU.sparse.size': '100'}) + entry('f', 'xxxxx')),
     sparse_map_overlap=lambda: layers(pax({'GNU.sparse.map': '0,3,1,2', 'GNU.sparse.size': '2'}) + entry('f', 'xxxxx')),
     sparse_offsets_many=lambda: layers(pax(record('GNU.sparse.offset', '0') * 70000) + entry('f', 'x')),
     sparse_map_many=lambda: layers(pax({'GNU.sparse.map': ','.join(['0'] * 140000)}) + entry('f', 'x')),
     sparse_old_many=lambda: layers(header('f', type='S', magic=GNU, rest=b'\0' * 41 + b'00000000000\0' * 8 + b'\1'
                                           + b'00000000000\0')
                                    + ((b'00000000000\0' * 42 + b'\1').ljust(512, b'\0')) * 4000
                                    + (b'00000000000\0' * 42).ljust(512, b'\0')),
     sparse_old_huge=lambda: layers(header('f', type='S', magic=GNU, size=512, rest=b'\0' * 41 + a.base256(1 << 60)
                                           + b'00000001000\0' + bytes(72) + b'\0' + a.base256(1 << 61)) + pad(b'x')),
     xattr_name_long=lambda: layers(pax({'SCHILY.xattr.user.' + 'n' * 300: 'x'}) + entry('f', 'x')),
     xattr_capability_bad=lambda: layers(pax({'SCHILY.xattr.security.capability': 'bad'}) + entry('f', 'x')),
     root_file_xattr=lambda: layers(pax({'SCHILY.xattr.user.x': 'x'}) + entry('.', 'x')))
each(loads, F,
     xattr_acl=lambda: layers(pax({'SCHILY.acl.access': 'user::rwx,user:0:rwx', 'SCHILY.acl.default': 'user::rwx',
                                   'RHT.security.selinux': 'system_u:object_r:shadow_t:s0',
                                   'MSWINDOWS.rawsd': 'AQAAgA==', 'SCHILY.fflags': 'sappnd,schg',
                                   'SCHILY.dev': '1', 'SCHILY.ino': '1', 'SCHILY.nlink': '9',
                                   'LIBARCHIVE.symlinktype': 'dir', 'LIBARCHIVE.creationtime': '1',
                                   'SCHILY.xattr.security.ima': 'x', 'SCHILY.xattr.security.evm': 'x',
                                   'SCHILY.xattr.security.SMACK64': 'x', 'SCHILY.xattr.btrfs.compression': 'x',
                                   'SCHILY.xattr.system.nfs4_acl': 'x', 'SCHILY.xattr.': 'x',
                                   'SCHILY.xattr.trusted.': 'x'}) + entry('f', 'x')),
     xattr_acl_bad=lambda: layers(pax({'SCHILY.acl.access': 'nonsense:::'}) + entry('f', 'x')),
     pax_empty_path=lambda: layers(pax({'path': ''}) + entry('f', 'x')),
     size_pax_twice_same=lambda: layers(pax(record('size', '1') * 2) + entry('f', 'x')),
     pax_unknown=lambda: layers(pax({'VENDOR.key': '\0\xff' * 100, 'comment': '\x1b[31m'}) + entry('f', 'x')),
     pax_binary=lambda: layers(pax({'hdrcharset': 'BINARY', 'comment': 'x'}) + entry('f', 'x')),
     pax_then_global=lambda: layers(pax({'size': '5'}, 'g') + entry('f', 'x')))


@loads({'d': 'd', 'd/old': 'f ', 'd/new': 'f '})
def xattr_overlay_directory():
    """Attributes that would hide, or redirect, what lower layers have."""
    evil = {f'SCHILY.xattr.{ns}.overlay.{x}': v for ns in ('trusted', 'user') for x, v in (
        ('opaque', 'y'), ('redirect', CANARY), ('origin', 'x'), ('impure', 'y'), ('metacopy', ''), ('whiteout', 'y'),
        ('whiteouts', 'y'), ('xwhiteouts', 'y'), ('upper', 'x'), ('nlink', 'U+1'), ('protattr', 'x'))}
    return layers(entry('d/old'), pax(evil) + directory('d') + pax(evil) + entry('d/new'))


@loads({'d': 'd', 'd/old': 'f '})
def xattr_overlay_root():
    evil = {f'SCHILY.xattr.{ns}.overlay.opaque': 'y' for ns in ('trusted', 'user')}
    return layers(entry('d/old'), pax(evil) + directory('./') + pax(evil) + directory('d'))


@loads({'f': 'f x user.same'})
def xattr_user():
    return layers(pax(record('SCHILY.xattr.user.same', 'one') + record('SCHILY.xattr.user.same', 'two')) + entry('f', 'x'))


@loads({'mem': 'c 1:1', 'sda': 'b 8:0 mode=666', 'kmsg': 'c 1:11 mode=4777 5:6'})
def devices_of_the_host():
    """Nothing that could be opened: the store is seen through mounts with nodev alone."""
    return layers(device('mem', 1, 1) + device('sda', 8, 0, '4', mode=0o666)
                  + device('kmsg', 1, 11, mode=0o4777, uid=5, gid=6))


# ---- sparse files: regions in order, none over another, and all of their contents

def sparse_10(regions, data, size=200):
    """GNU's version 1.0: the map is the first blocks of the contents."""
    text = f'{len(regions)}\n' + ''.join(f'{offset}\n{n}\n' for offset, n in regions)
    return pax({'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'f',
                'GNU.sparse.realsize': str(size)}) + entry('x', pad(raw(text)) + raw(data))


def sparse_01(regions, data, size=200, count=None):
    return pax({'GNU.sparse.size': str(size), 'GNU.sparse.map': ','.join(f'{o},{n}' for o, n in regions),
                'GNU.sparse.numblocks': str(len(regions) if count is None else count)}) + entry('f', data)


def sparse_00(regions, data, size=200, count=None):
    records = [('size', size), ('numblocks', len(regions) if count is None else count)]
    for offset, n in regions:
        records += [('offset', offset), ('numbytes', n)]
    return pax(b''.join(record('GNU.sparse.' + k, str(v)) for k, v in records)) + entry('f', data)


def sparse_old(regions, data, size=200):
    fields = b''.join(b'%011o\0%011o\0' % region for region in regions)
    return header('f', type='S', magic=GNU, size=len(data),
                  rest=bytes(41) + fields.ljust(96, b'\0') + b'\0' + b'%011o\0' % size) + pad(raw(data))


for make_sparse in sparse_10, sparse_01, sparse_00, sparse_old:
    def sparse(*arguments, make=make_sparse, **kw):
        return lambda: layers(make(*arguments, **kw) + entry('seen'))
    kind = make_sparse.__name__
    each(loads, {'f': 'f 200 bytes', 'seen': 'f '},
         **{kind + '_whole': sparse([(0, 4), (100, 4)], 'xxxxyyyy'), kind + '_hole': sparse([(200, 0)], '')})
    each(refused, '',
         **{kind + '_overlaps': sparse([(0, 4), (2, 4)], 'xxxxyyyy'),
            kind + '_backwards': sparse([(100, 4), (0, 4)], 'xxxxyyyy'),
            kind + '_past_the_size': sparse([(0, 4), (198, 4)], 'xxxxyyyy'),
            kind + '_wraps': sparse([(0, 4), ((1 << 33) - 2, 4)], 'xxxxyyyy'),
            kind + '_short': sparse([(0, 4), (100, 90)], 'xxxxyyyy')})
each(refused, '',
     sparse_01_count=lambda: layers(sparse_01([(0, 4)], 'xxxx', count=7)),
     sparse_00_count=lambda: layers(sparse_00([(0, 4)], 'xxxx', count=7)),
     sparse_real_size_of_star=lambda: layers(pax({'SCHILY.realsize': '200'}) + entry('f', 'x')),
     sparse_10_count_missing=lambda: layers(pax({'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'f',
                                                 'GNU.sparse.realsize': '9'}) + entry('x', pad(b'7'))),
     sparse_10_digits=lambda: layers(pax({'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'f',
                                          'GNU.sparse.realsize': '9'}) + entry('x', b'1\n' + b'0' * 5000 + b'\n4\nxxxx')),
     mtime_plus=lambda: layers(pax({'mtime': '+1'}) + entry('f', 'x')),
     mtime_minus=lambda: layers(pax({'mtime': '-'}) + entry('f', 'x')),
     mtime_minus_dot=lambda: layers(pax({'mtime': '-.'}) + entry('f', 'x')),
     pax_global_damaged=lambda: layers(pax(b'99 path=g\n', 'g') + entry('f', 'x')),
     pax_global_no_equals=lambda: layers(pax(b'7 path\n', 'g') + entry('f', 'x')),
     name_long_twice=lambda: layers(long_name('g') + long_name('f') + entry('x', 'x', magic=GNU)),
     link_long_twice=lambda: layers(long_name('x', 'K') + long_name('y', 'K') + symlink('l', 'z', magic=GNU)))
each(loads, F,
     name_long_no_nul=lambda: layers(entry('././@LongLink', 'f', type='L', magic=GNU) + entry('x', 'x', magic=GNU)),
     pax_global_xattr=lambda: layers(pax({'SCHILY.xattr.trusted.overlay.opaque': 'y', 'uid': '7', 'size': '9'}, 'g')
                                     + entry('f', 'x')),
     xattr_overlay_encoded=lambda: layers(pax({'LIBARCHIVE.xattr.trusted%2Eoverlay%2Eopaque': 'eQ==',
                                               'LIBARCHIVE.xattr.user%2Eoverlay%2Ewhiteout': 'eQ==',
                                               'SCHILY.xattr.user.overlay.overlay.whiteout': 'y'}) + entry('f', 'x')))
