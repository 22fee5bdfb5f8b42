# SPDX-License-Identifier: MIT
"""Tar headers, layers and images written byte by byte: what no library would agree to write."""
import gzip
import hashlib
import json
import os

TIME = 1700000000
OCI = 'application/vnd.oci.image.'
ARCH = {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(os.uname().machine, os.uname().machine)
END = bytes(1024)
POSIX, GNU, V7 = b'ustar\x0000', b'ustar  \0', bytes(8)


def raw(s):
    return s if isinstance(s, bytes) else s.encode('utf-8', 'surrogateescape')


def octal(n, width):
    return n if isinstance(n, bytes) else b'%0*o\0' % (width - 1, n)


def base256(n, width=12):
    return (n & ((1 << 8 * width) - 1) | 1 << (8 * width - 1)).to_bytes(width, 'big')


def pad(data):
    return data + bytes(-len(data) % 512)


def header(name, type='0', size=0, mode=0o644, uid=0, gid=0, mtime=TIME, link='', magic=POSIX,
           dev=(0, 0), rest=b'', checksum=None):
    """One block; numbers may be given as the bytes of the field. rest: from the prefix on."""
    parts = [raw(name).ljust(100, b'\0')[:100]]
    for n, width in ((mode, 8), (uid, 8), (gid, 8), (size, 12), (mtime, 12)):
        parts.append(octal(n, width).ljust(width, b'\0'))
    parts += [b' ' * 8, raw(type), raw(link).ljust(100, b'\0')[:100], magic, bytes(64)]
    parts += [octal(n, 8).ljust(8, b'\0') for n in dev]
    block = b''.join(parts + [rest]).ljust(512, b'\0')
    total = sum(block) if checksum is None else checksum
    return block[:148] + b'%06o\0 ' % total + block[156:]


def entry(name, data=b'', type='0', **kw):
    data = raw(data)
    kw.setdefault('size', len(data))
    return header(name, type, **kw) + pad(data)


def directory(name, **kw):
    return entry(name, type='5', mode=kw.pop('mode', 0o755), **kw)


def symlink(name, target, **kw):
    return entry(name, type='2', link=target, mode=0o777, **kw)


def hardlink(name, target, **kw):
    return entry(name, type='1', link=target, **kw)


def device(name, major, minor, type='3', **kw):
    return entry(name, type=type, dev=(major, minor), **kw)


def pax(records, type='x'):
    """A pax header; records is a dict, or the bytes of its body."""
    body = records if isinstance(records, bytes) else b''.join(record(k, v) for k, v in records.items())
    return entry('pax', body, type=type)


def record(key, value):
    text = b' ' + raw(key) + b'=' + raw(value) + b'\n'
    n = len(text)
    while len(b'%d' % n + text) != n:
        n = len(b'%d' % n + text)
    return b'%d' % n + text


def long_name(name, type='L'):
    return entry('././@LongLink', raw(name) + b'\0', type=type, magic=GNU)


# ---- images

def sha(data):
    return hashlib.sha256(data).hexdigest()


def dump(o):
    return o if isinstance(o, bytes) else json.dumps(o, separators=(',', ':')).encode()


def descriptor(data, kind, **more):
    return {'mediaType': OCI + kind if kind else '', 'digest': 'sha256:' + sha(data), 'size': len(data), **more}


class Image:
    """An OCI layout of one image: change what you like, then tar()."""

    def __init__(self, *layers, end=END, name='hostile:1'):
        self.blobs, self.name = {}, name
        self.layers = [layer + end for layer in layers] or [entry('f', b'x') + END]
        self.layer_descriptors = [self.put(x, 'layer.v1.tar') for x in self.layers]
        self.config = {'architecture': ARCH, 'os': 'linux', 'config': {},
                       'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + sha(x) for x in self.layers]}}
        self.manifest = {'schemaVersion': 2, 'mediaType': OCI + 'manifest.v1+json',
                         'layers': self.layer_descriptors}
        self.index = {'schemaVersion': 2, 'mediaType': OCI + 'index.v1+json'}
        self.layout = {'imageLayoutVersion': '1.0.0'}
        self.files = {}  # beside the layout

    def put(self, data, kind='', **more):
        data = dump(data)
        self.blobs[sha(data)] = data
        return descriptor(data, kind, **more)

    def compress(self, with_what=gzip.compress):
        """All layers anew."""
        for i, layer in enumerate(self.layers):
            del self.blobs[sha(layer)]
            self.layer_descriptors[i] = self.put(with_what(layer), 'layer.v1.tar+gzip')
        self.manifest['layers'] = self.layer_descriptors
        return self

    def seal(self):
        """The descriptor of the manifest, with all above it correct."""
        if isinstance(self.manifest, dict) and 'config' not in self.manifest:
            self.manifest['config'] = self.put(self.config, 'config.v1+json')
        return self.put(self.manifest, 'manifest.v1+json',
                        annotations={'org.opencontainers.image.ref.name': self.name})

    def members(self):
        if isinstance(self.index, dict) and 'manifests' not in self.index:
            self.index['manifests'] = [self.seal()]
        out = {'oci-layout': dump(self.layout), 'index.json': dump(self.index)}
        for digest, data in self.blobs.items():
            out['blobs/sha256/' + digest] = data
        out.update(self.files)
        return out

    def tar(self, end=END):
        return b''.join(entry(name, data) for name, data in self.members().items()) + end


def docker(*layers, tags=('hostile:1',), config=None, **item):
    """The members of an archive as docker save made it before 25."""
    tars = [layer + END for layer in layers or [entry('f', b'x')]]
    config = dump(config or {'architecture': ARCH, 'os': 'linux', 'config': {}, 'rootfs': {
        'type': 'layers', 'diff_ids': ['sha256:' + sha(x) for x in tars]}})
    names = [f'{i}/layer.tar' for i in range(len(tars))]
    manifest = [{'Config': sha(config) + '.json', 'RepoTags': list(tags), 'Layers': names, **item}]
    return {**dict(zip(names, tars)), sha(config) + '.json': config, 'manifest.json': dump(manifest)}


def tar(members):
    return b''.join(entry(name, data) for name, data in members.items()) + END
