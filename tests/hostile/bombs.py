# SPDX-License-Identifier: MIT
"""Bombs; the test lowers the limits."""
import gzip
import lzma
import zlib

import archive as a
from archive import *
from case import *

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
    """A file of 400 MB, of zeros."""
    image = Image()
    data = gzip.compress(header('f', size=400 << 20), 1) + zeros(400)
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
    out += b''.join(entry(f's/{i}/f', 'x') for i in range(40))
    return layers(out)


def dense(n):
    return b''.join(entry(f'{i:07}') for i in range(n))


@refused('entries')
def bomb_dense():
    """More entries than the limit in so few bytes that they are counted before they are made."""
    return Image(dense(100000)).compress(lambda x: gzip.compress(x, 1)).tar()


@refused('entries')
def bomb_dense_same():
    """One name, again and again: each takes the place of the one before."""
    return Image(entry('f') * 200000).compress(lambda x: gzip.compress(x, 9)).tar()


@loads(None)
def bomb_dense_honest():
    """As dense, but not too many: counted, and then made from the start."""
    return Image(entry('first', 'x') + entry('f') * 4500 + entry('last', 'y')).compress(lambda x: gzip.compress(x, 9)).tar()


@refused('entangled')
def bomb_entangled():
    """Links to links to links, each through a long path, and entries behind them."""
    depth = 250
    out = long_name('d/' * depth) + directory('x')
    for i in range(35):
        target = ('d/' * depth + '../' * (depth - 1)) * 2
        out += long_name(target + (f's{i - 1}' if i else ''), 'K') + symlink(f'd/s{i}', 'x', magic=GNU)
    out += b''.join(entry(f'd/s34/{i}/f', 'x') for i in range(3000))
    return layers(out)


@refused()
def bomb_tail_plain():
    """Nothing but zeros after the end, not even compressed."""
    image = Image()
    image.compress(lambda x: zeros_after(x, 100))
    return gzip.compress(image.tar(), 1)


def zeros_after(data, mib):
    return data + bytes(mib << 20)


@refused()
def bomb_ratio_small_files():
    """Each file is harmless."""
    part = gzip.compress(b''.join(header(f'{i}', size=1 << 20) + bytes(1 << 20) for i in range(200)), 9)
    image = Image()
    image.blobs = {}
    image.manifest['layers'] = [image.put(part, 'layer.v1.tar+gzip')]
    image.config['rootfs']['diff_ids'] = ['sha256:' + HEX]
    return image.tar()


@refused()
def bomb_layers_total():
    """Ten layers of 200 MB, in parallel."""
    return layers(*[pax({'GNU.sparse.map': '0,1', 'GNU.sparse.size': str(200 << 20)}) + entry(f'{i}', 'x')
                    for i in range(10)])


@refused()
def bomb_layers_many():
    """Layers without end, all the same."""
    image = Image()
    image.manifest['layers'] = image.layer_descriptors * 20000
    image.config['rootfs']['diff_ids'] *= 20000
    return image.tar()


@refused()
def bomb_zstd_layer():
    block = ((128 << 10) << 3 | 1 << 1).to_bytes(3, 'little') + b'\0'
    frame = b'\x28\xb5\x2f\xfd' + b'\0' + bytes([7 << 3]) + block * 4096 + b'\1\0\0'
    image = Image()
    image.blobs = {}
    image.manifest['layers'] = [image.put(frame, 'layer.v1.tar+zstd')]
    image.config['rootfs']['diff_ids'] = ['sha256:' + HEX]
    return image.tar()


@refused()
def bomb_quine_levels():
    """Zeros in gzip in gzip in gzip."""
    return gzip.compress(gzip.compress(zeros(128)))


@refused()
def bomb_pax():
    """Extended headers of a megabyte, of which the last has no entry."""
    return Image((pax({'comment': 'x' * 900000}) + entry('f', 'x')) * 60 + pax({'comment': 'x' * 900000})).compress().tar()


@loads(None)
def bomb_pax_entries():
    return Image((pax({'comment': 'x' * 900000}) + entry('f', 'x')) * 60).compress().tar()


@refused()
def bomb_xattrs():
    """More attributes than an inode has room for, on many files."""
    out = pax({f'SCHILY.xattr.user.{i}': 'x' * 900 for i in range(1000)})
    return Image(b''.join(out + entry(f'{i}', 'x') for i in range(20))).compress().tar()


@loads(None)
def bomb_links():
    """Four thousand names of one file."""
    return Image(entry('f', 'x') + b''.join(hardlink(f'h{i}', 'f') for i in range(4000))).compress().tar()


@refused()
def bomb_late_links():
    """Links before their target, each to the next one: further than anybody goes."""
    return layers(b''.join(hardlink(f'h{i}', f'h{i + 1}') for i in range(40)) + entry('h40', 'x'))


@refused()
def bomb_late_links_missing():
    return layers(b''.join(hardlink(f'h{i}', f'nowhere{i}') for i in range(4000)))


@loads(None)
def bomb_whiteouts():
    return layers(entry('d/f'), b''.join(entry(f'd/.wh.{i}') for i in range(3000)))


@loads(None)
def bomb_replaced():
    """A deep tree, replaced by a file, again and again."""
    return Image((long_name('a/' * 120) + directory('x') + entry('a', 'x')) * 30).compress().tar()


@refused()
def bomb_directories_many():
    """Implied directories that no limit of entries would stop in time."""
    return Image(b''.join(long_name(f'{i}/' * 400 + 'f') + entry('x') for i in range(100))).compress().tar()


@refused()
def bomb_index_names():
    """Thousands of names for one manifest."""
    image = Image()
    d = image.seal()
    image.index['manifests'] = [{**d, 'annotations': {'org.opencontainers.image.ref.name': f'n{i}:1'}}
                                for i in range(5000)]
    return image.tar()


@refused()
def bomb_manifests():
    """Manifests that all have to be read for their platform, and are large."""
    image = Image()
    image.config['os'] = 'plan9'
    out = []
    for i in range(40):
        image.manifest['annotations'] = {'x': str(i) + 'x' * 1000000}
        out.append(image.seal())
    image.index['manifests'] = out
    return gzip.compress(image.tar(), 1)
