# SPDX-License-Identifier: MIT
"""The outer archive."""
import gzip
import lzma
import os

import archive as a
from archive import *
from case import *

def outer(*more, at_end=True):
    """A good image and further members."""
    good = Image().tar(end=b'')
    return (good + b''.join(more) if at_end else b''.join(more) + good) + END




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
     outer_pax_size_twice=lambda: outer(pax(record('size', '512') + record('size', '0')), header('x'),
                                        header('index.json')),
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


# ---- polyglots, streams within streams

def zstd_frame(data):
    """One frame of raw blocks: what any encoder could have written."""
    out = b'\x28\xb5\x2f\xfd' + b'\x00' + bytes([7 << 3])
    for at in range(0, len(data), 65536):
        piece = data[at:at + 65536]
        out += (len(piece) << 3 | (at + 65536 >= len(data))).to_bytes(3, 'little') + piece
    return out


def skippable(data):
    return b'\x50\x2a\x4d\x18' + len(data).to_bytes(4, 'little') + data


def gzip_named(data, name):
    """A gzip member whose header carries a name, a comment and an extra field."""
    plain = gzip.compress(data)
    return plain[:3] + b'\x1c' + plain[4:10] + b'\x04\0evil' + name + b'\0comment\0' + plain[10:]


each(loads, F,
     stream_zstd=lambda: zstd_frame(Image().tar()),
     stream_zstd_frames=lambda: b''.join(zstd_frame(x) for x in halves(Image().tar())),
     stream_zstd_skippable_before=lambda: skippable(b'size') + zstd_frame(Image().tar()),
     stream_zstd_skippable_any=lambda: b'\x5f' + skippable(b'')[1:] + zstd_frame(Image().tar()),
     stream_zstd_skippable_layer=lambda: Image().compress(lambda x: skippable(b'size') + zstd_frame(x)).tar(),
     stream_xz_padding=lambda: bytes(8).join(lzma.compress(x) for x in halves(Image().tar())) + bytes(4),
     stream_zstd_skippable_after=lambda: zstd_frame(Image().tar()) + skippable(b'table of contents'),
     stream_zstd_skippable_between=lambda: skippable(b'x' * 70000).join(zstd_frame(x) for x in halves(Image().tar())),
     stream_gzip_named=lambda: gzip_named(Image().tar(), b'../../../../../etc/cron.d/evil'),
     stream_gzip_empty_members=lambda: gzip.compress(b'') * 1000 + gzip.compress(Image().tar()) + gzip.compress(b''),
     stream_xz_twice=lambda: b''.join(lzma.compress(x) for x in halves(Image().tar())),
     stream_concatenated=lambda: Image().tar() + Image(entry('other', 'x'), name='other:1').tar(),
     outer_global_header=lambda: pax({'path': 'index.json', 'size': '0', 'linkpath': '/etc/passwd'}, 'g') + Image().tar(),
     outer_old_directory=lambda: outer(header('blobs/', type='\0', magic=V7)),
     outer_pax_size_same=lambda: without_layer(pax({'path': LAYER, 'size': str(len(entry('f', 'x') + END))}),
                                               entry('x', entry('f', 'x') + END)),
     outer_symlink_chain=lambda: without_layer(symlink(LAYER, '../../a'), symlink('a', 'b/./c'),
                                               entry('b/c', entry('f', 'x') + END)),
     outer_unused_device=lambda: outer(device('sda', 8, 0), entry('fifo', type='6')))
each(refused, '',
     stream_bzip2=lambda: b'BZh91AY&SY' + bytes(1000),
     stream_zstd_skippable_huge=lambda: b'\x50\x2a\x4d\x18' + b'\xff' * 4 + zstd_frame(Image().tar()),
     stream_xz_padding_odd=lambda: lzma.compress(Image().tar()) + bytes(7),
     stream_xz_padding_first=lambda: bytes(4) + lzma.compress(Image().tar()),
     stream_lz4=lambda: b'\x04\x22\x4d\x18' + bytes(1000),
     stream_compress=lambda: b'\x1f\x9d\x90' + bytes(1000),
     stream_lzip=lambda: b'LZIP\1' + bytes(1000),
     stream_7z=lambda: b"7z\xbc\xaf'\x1c" + bytes(1000),
     stream_rar=lambda: b'Rar!\x1a\7\0' + bytes(1000),
     stream_iso=lambda: bytes(32768) + b'\1CD001\1' + bytes(4096),
     stream_ar=lambda: b'!<arch>\n' + bytes(1000),
     stream_mtree=lambda: b'#mtree\n/set type=file\nf type=file contents=/etc/passwd\n',
     stream_warc=lambda: b'WARC/1.0\r\n' + bytes(1000),
     stream_shar=lambda: b'#!/bin/sh\ntouch ' + CANARY.encode() + b'/dead\n',
     stream_json=lambda: b'{"mediaType":"application/vnd.oci.image.index.v1+json"}',
     stream_zip_polyglot=lambda: b'PK\3\4' + bytes(508) + Image().tar(),
     stream_gzip_then_plain=lambda: gzip.compress(halves(Image().tar())[0]) + halves(Image().tar())[1],
     stream_gzip_length=lambda: flipped(gzip.compress(Image().tar()), -2),
     stream_gzip_method=lambda: flipped(gzip.compress(Image().tar()), 2),
     stream_gzip_only_header=lambda: gzip.compress(b'')[:10],
     stream_gzip_of_nothing=lambda: gzip.compress(b''),
     stream_gzip_deep=lambda: nested_gzip(Image().tar(), 40),
     stream_zstd_truncated=lambda: zstd_frame(Image().tar())[:-9],
     stream_zstd_window=lambda: b'\x28\xb5\x2f\xfd' + b'\x00' + bytes([31 << 3]) + b'\1\0\0',
     stream_zstd_size_lie=lambda: b'\x28\xb5\x2f\xfd' + b'\xe0' + b'\xff' * 8 + b'\1\0\0',
     stream_zstd_dictionary=lambda: b'\x28\xb5\x2f\xfd' + b'\x03' + bytes([7 << 3]) + b'\1\2\3\4' + b'\1\0\0',
     stream_zstd_skippable_only=lambda: skippable(b'x' * 1000),
     stream_zstd_skippable_long=lambda: zstd_frame(Image().tar()) + b'\x50\x2a\x4d\x18\xff\xff\xff\xff' + b'x',
     stream_xz_garbage=lambda: lzma.compress(Image().tar()) + b'garbage',
     stream_xz_check=lambda: flipped(lzma.compress(Image().tar()), -20),
     stream_lzma_alone=lambda: lzma.compress(Image().tar(), format=lzma.FORMAT_ALONE),
     stream_empty=lambda: b'',
     stream_one_byte=lambda: b'x',
     stream_one_block=lambda: header('index.json', size=2),
     stream_half_header=lambda: Image().tar()[:300])


def nested_gzip(data, depth):
    for _ in range(depth):
        data = gzip.compress(data)
    return data


each(refused, '',
     outer_two_names=lambda: outer(long_name('index.json'), pax({'path': 'other'}), entry('x', '{}')),
     outer_two_links=lambda: outer(long_name('a', 'K'), pax({'linkpath': 'b'}), symlink('l', 'c')),
     outer_prefix_dot_dot=lambda: outer(entry('x', 'x', rest=b'../../canary')),
     outer_type_multivolume=lambda: outer(entry('x', 'x', type='M', magic=GNU)),
     outer_type_dumpdir=lambda: outer(entry('x', 'Yx\0\0', type='D', magic=GNU)),
     outer_type_sun=lambda: outer(entry('x', record('path', 'index.json'), type='X')),
     outer_long_name_endless=lambda: outer(header('x', type='L', size=a.base256(1 << 60), magic=GNU)),
     outer_pax_endless=lambda: outer(header('x', type='x', size=a.base256(1 << 60))),
     outer_pax_size_more=lambda: outer(pax({'size': str(1 << 50)}), entry('x', 'x')),
     outer_long_names=lambda: outer(*[long_name('n' * 900000)] * 9, entry('x', 'x')),
     outer_link_as_manifest=lambda: tar({'manifest.json': b'[]'})[:-1024] + symlink('oci-layout', '/etc/passwd') + END,
     outer_index_link_outside=lambda: tar({'oci-layout': b'{"imageLayoutVersion":"1.0.0"}'})[:-1024]
     + symlink('index.json', CANARY + '/file') + END,
     outer_index_hard_link=lambda: tar({'oci-layout': b'{"imageLayoutVersion":"1.0.0"}'})[:-1024]
     + hardlink('index.json', CANARY + '/file') + END,
     outer_symlink_up=lambda: without_layer(symlink(LAYER, '../../../x'), entry('x', 'x')),
     outer_tail_missing=lambda: Image().tar(end=b'')[:-100],
     outer_one_zero_block=lambda: Image().tar(end=bytes(512)) + entry('index.json', '{}') + END)


# ---- what must be a regular file itself: only a layer may be somewhere else in the archive

def behind_link(members, name):
    """The members, with name a symlink to where its contents are."""
    return b''.join(symlink(n, 'elsewhere') + entry(os.path.join(os.path.dirname(n), 'elsewhere'), data)
                    if n == name else entry(n, data) for n, data in members.items()) + END


def of_kind(members, kind):
    return next(n for n, data in members.items() if kind in raw(data))


for member, archive in {'manifest.json': docker(), 'index.json': Image().members(), 'oci-layout': Image().members()}.items():
    each(refused, '', **{f'outer_link_{member.replace(".", "_").replace("-", "_")}':
                         lambda member=member, archive=archive: behind_link(archive, member)})
each(refused, '',
     outer_link_config=lambda: behind_link(docker(), of_kind(docker(), b'diff_ids')),
     outer_link_manifest_blob=lambda: behind_link(Image().members(), 'blobs/sha256/' + Image().seal()['digest'][7:]))
each(loads, F,
     outer_link_layer=lambda: behind_link(docker(), '0/layer.tar'))
