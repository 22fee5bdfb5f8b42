#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Write container images by hand: what skopeo and buildah cannot be asked to write.

    mkimage.py edge DIR                       the layers of the image of odd entries, DIR/N.tar
    mkimage.py many DIR N                     N tiny layers
    mkimage.py oci OUT REF CONFIG LAYER...    an OCI layout of plain layers; CONFIG is JSON
    mkimage.py docker RAW GZ DIR NAME         `docker save` in its three shapes, from OCI layouts
    mkimage.py layers RAW DIR                 the layers of a layout as DIR/NN.tar
    mkimage.py multi OUT ARM64 AMD64          a nested multi-arch index of two layouts
"""
import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile

TIME = 1700000000
OCI = 'application/vnd.oci.image.'


# ---- layers

class Layer:
    def __init__(self, path, fmt=tarfile.PAX_FORMAT):
        self.tar = tarfile.open(path, 'w', format=fmt, encoding='utf-8', errors='surrogateescape')

    def add(self, name, data=b'', type=tarfile.REGTYPE, mode=None, uid=0, gid=0, mtime=TIME, link='',
            pax=None, dev=(0, 0)):
        info = tarfile.TarInfo(name)
        info.type, info.uid, info.gid, info.mtime, info.linkname = type, uid, gid, mtime, link
        info.mode = mode if mode is not None else 0o755 if type == tarfile.DIRTYPE else 0o644
        info.devmajor, info.devminor = dev
        info.pax_headers = pax or {}
        if type == tarfile.REGTYPE:
            info.size = len(data)
        self.tar.addfile(info, io.BytesIO(data))

    def dir(self, name, **kw):
        self.add(name, type=tarfile.DIRTYPE, **kw)

    def link(self, name, target, **kw):
        self.add(name, type=tarfile.LNKTYPE, link=target, **kw)

    def symlink(self, name, target, **kw):
        self.add(name, type=tarfile.SYMTYPE, link=target, mode=0o777, **kw)

    def close(self):
        self.tar.close()


def edge_base(out):
    """What one layer can hold: attributes, links, names, times, duplicates."""
    # VFS_CAP_REVISION_2, effective, cap_net_raw
    cap = struct.pack('<IIIII', 0x02000001, 1 << 13, 0, 0, 0).decode('latin-1')
    a = Layer(f'{out}/1.tar')
    a.dir('./')
    a.dir('./dir_ro', mode=0o555, mtime=TIME - 1000)
    a.add('./dir_ro/f', b'ro\n')
    a.add('./big_uid', b'x', uid=3000000000, gid=2500000)
    a.add('./suid', b'#!', mode=0o4755, uid=33, gid=33)
    a.add('./sgid_dir/f', b'parent entry missing\n')
    a.dir('./sticky', mode=0o1777)
    a.add('./cap', b'cap', mode=0o755, uid=5, gid=5, pax={'SCHILY.xattr.security.capability': cap})
    a.add('./uxattr', b'u', pax={'SCHILY.xattr.user.foo': 'bar', 'mtime': '1600000000.123456789'})
    a.add('./hl_a', b'hardlinked\n')
    a.link('./hl_b', './hl_a')
    a.link('./hl_abs', '/hl_a')
    a.symlink('./sym_rel', 'hl_a', mtime=TIME - 5)
    a.symlink('./sym_esc', '../../../../etc/passwd')
    a.symlink('./sym_dangle', '/nonexistent')
    a.link('./hl_sym', './sym_dangle')
    a.add('./fifo', type=tarfile.FIFOTYPE)
    a.add('./null', type=tarfile.CHRTYPE, mode=0o666, dev=(1, 3))
    a.add('./blk', type=tarfile.BLKTYPE, dev=(7, 0))
    a.add('./' + 'n' * 255, b'255\n')
    deep = './deep'
    for i in range(30):
        deep += '/' + chr(97 + i % 26) * 120
        a.dir(deep)
    a.add(deep + '/leaf', b'3600-byte path\n')
    a.add('./' + b'latin1-\xe9\xff'.decode('utf-8', 'surrogateescape'), b'nonutf8\n')
    a.add('./utf8-\u00e9\u4e16\u754c', b'utf8\n')
    a.add('./nl\nname', b'nl\n')
    a.add('./old', b'1969\n', mtime=-86400)
    a.add('./empty')
    a.add('./future', b'y\n', mtime=4102444800 + 2**32)
    a.dir('./usr')
    a.dir('./usr/lib')
    a.add('./usr/lib/x', b'x\n')
    a.symlink('./lib', 'usr/lib')
    a.add('./f2d', b'file\n')
    for name in ('opq', 'd2f', 'd2s', 'wh', 'keep'):
        a.dir('./' + name, mode=0o750, uid=7, gid=8, mtime=TIME - 77)
        for k in range(3):
            a.add(f'./{name}/{k}', b'%d\n' % k)
    a.add('./dup', b'first\n', mode=0o600)
    a.add('./dup', b'second\n')
    a.add('./abs1', b'1')
    a.add('/abs_path', b'absolute\n')
    a.link('./wh/hl', './wh/0')
    a.close()


def edge_sparse(out):
    """Both sparse encodings, by GNU tar itself."""
    for n, fmt in ((2, 'gnu'), (3, 'posix')):
        name = 'sparse_gnu' if fmt == 'gnu' else 'sparse_pax'
        with open(f'{out}/{name}', 'wb') as f:
            f.truncate(64 << 20)
            f.seek(1 << 20)
            f.write(b'A' * 4096)
            f.seek(33 << 20)
            f.write(b'B' * 10000)
        subprocess.check_call(['tar', '-C', out, f'--format={fmt}', '--sparse', '--owner=0', '--group=0',
                               '--mode=0644', f'--mtime=@{TIME}', '-cf', f'{out}/{n}.tar', name])
        os.unlink(f'{out}/{name}')


def edge_changes(out):
    """What later layers do to earlier ones."""
    b = Layer(f'{out}/4.tar')
    b.add('opq/.wh..wh..opq')  # before the directory's own entry
    b.add('opq/new', b'new\n')
    b.dir('opq', mode=0o700, mtime=TIME - 3)
    b.add('keep/added', b'no entry for keep: it stays 0750 7:8\n')
    b.add('.wh.wh')
    b.add('f2d/f', b'now a dir\n')
    b.add('d2f', b'now a file\n')
    b.symlink('d2s', 'keep')
    b.link('hl_c', 'hl_a')  # to a lower layer's file
    b.add('.wh.nonexistent')
    b.add('lib/through_symlink', b'lands in usr/lib\n')
    b.add('readded', b'old\n')
    b.add('.wh.readded')
    b.add('.wh.suid')
    b.add('suid', b'back\n')
    b.add('.wh..wh.plnk/77')
    b.add('.wh..wh.aufs')
    b.close()
    c = Layer(f'{out}/5.tar', tarfile.USTAR_FORMAT)
    c.add('usr/bin/a', b'implicit parents\n')
    c.dir('keep')
    c.add('.wh.hl_a')
    c.link('hl_d', 'hl_b')
    c.add('opq/.wh.new')
    c.close()
    g = Layer(f'{out}/6.tar', tarfile.GNU_FORMAT)  # long names, base-256 ids
    g.add('g/' + 'L' * 200 + '/' + 'M' * 250, b'@LongLink\n')
    g.add('g/uid', b'b256\n', uid=2**31 + 5, gid=2**21 + 1)
    g.symlink('g/ll', 'z' * 300)
    g.close()


def edge(out):
    os.makedirs(out, exist_ok=True)
    edge_base(out)
    edge_sparse(out)
    edge_changes(out)


def many(out, n):
    os.makedirs(out, exist_ok=True)
    for i in range(int(n)):
        layer = Layer(f'{out}/{i:03d}.tar')
        layer.add(f'layers/{i}', b'%d\n' % i)
        layer.add('last', b'%d\n' % i)
        layer.close()


# ---- layouts

def dump(o):
    return json.dumps(o, separators=(',', ':')).encode()


def sha256(path):
    with open(path, 'rb') as f:
        return hashlib.file_digest(f, 'sha256').hexdigest()


def blob(root, digest):
    return f"{root}/blobs/{digest.replace(':', '/')}"


def put(root, data, media_type):
    """Store a blob; gives its descriptor."""
    digest = 'sha256:' + hashlib.sha256(data).hexdigest()
    with open(blob(root, digest), 'wb') as f:
        f.write(data)
    return {'mediaType': OCI + media_type, 'digest': digest, 'size': len(data)}


def start(root):
    os.makedirs(root + '/blobs/sha256', exist_ok=True)
    with open(root + '/oci-layout', 'w') as f:
        f.write('{"imageLayoutVersion":"1.0.0"}')


def write_index(root, descriptor, **annotations):
    names = {k.replace('_', '.'): v for k, v in annotations.items()}
    with open(root + '/index.json', 'wb') as f:
        f.write(dump({'schemaVersion': 2, 'mediaType': OCI + 'index.v1+json',
                      'manifests': [dict(descriptor, annotations=names)]}))


def oci(root, ref, config, *tars):
    start(root)
    layers = []
    for tar in tars:
        digest = 'sha256:' + sha256(tar)
        shutil.copy(tar, blob(root, digest))
        layers.append({'mediaType': OCI + 'layer.v1.tar', 'digest': digest, 'size': os.path.getsize(tar)})
    machine = {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(os.uname().machine, os.uname().machine)
    image = {'created': '2023-11-14T22:13:20Z', 'architecture': machine, 'os': 'linux',
             'config': json.loads(config),
             'rootfs': {'type': 'layers', 'diff_ids': [x['digest'] for x in layers]}}
    manifest = {'schemaVersion': 2, 'mediaType': OCI + 'manifest.v1+json',
                'config': put(root, dump(image), 'config.v1+json'), 'layers': layers}
    write_index(root, put(root, dump(manifest), 'manifest.v1+json'), org_opencontainers_image_ref_name=ref)


def read_json(path):
    with open(path, 'rb') as f:
        return json.load(f)


def read_layout(root):
    """Descriptor, manifest and config of the only image of a layout."""
    descriptor = read_json(root + '/index.json')['manifests'][0]
    manifest = read_json(blob(root, descriptor['digest']))
    return descriptor, manifest, read_json(blob(root, manifest['config']['digest']))


def add_file(tar, name, data):
    info = tarfile.TarInfo(name)
    info.mtime, info.size = TIME, len(data)
    tar.addfile(info, io.BytesIO(data))


def add_path(tar, name, path):
    info = tarfile.TarInfo(name)
    info.mtime, info.size = TIME, os.path.getsize(path)
    with open(path, 'rb') as f:
        tar.addfile(info, f)


def add_dir(tar, name):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.mtime = tarfile.DIRTYPE, 0o755, TIME
    tar.addfile(info)


def docker_legacy(raw, path, name):
    """docker save before 25: a chain of v1 ids, ID/layer.tar, a repeated layer is a symlink."""
    _, manifest, config = read_layout(raw)
    image_id = manifest['config']['digest'].removeprefix('sha256:')
    first, paths, parent = {}, [], ''
    with tarfile.open(path, 'w') as tar:
        add_path(tar, image_id + '.json', blob(raw, manifest['config']['digest']))
        for layer, diff_id in zip(manifest['layers'], config['rootfs']['diff_ids']):
            v1 = hashlib.sha256((parent + diff_id).encode()).hexdigest()
            add_dir(tar, v1 + '/')
            add_file(tar, v1 + '/VERSION', b'1.0')
            add_file(tar, v1 + '/json', dump({'id': v1, 'os': 'linux', **({'parent': parent} if parent else {})}))
            if diff_id in first:
                info = tarfile.TarInfo(v1 + '/layer.tar')
                info.type, info.linkname = tarfile.SYMTYPE, '../' + first[diff_id]
                tar.addfile(info)
            else:
                add_path(tar, v1 + '/layer.tar', blob(raw, layer['digest']))
                first[diff_id] = v1 + '/layer.tar'
            paths.append(v1 + '/layer.tar')
            parent = v1
        add_file(tar, 'manifest.json',
                 dump([{'Config': image_id + '.json', 'RepoTags': [f'corpus/{name}:1.0'], 'Layers': paths}]))
        add_file(tar, 'repositories', dump({'corpus/' + name: {'1.0': parent}}))


def docker_oci(root, path, name):
    """docker save since 25: an OCI layout with a manifest.json beside it."""
    descriptor, manifest, _ = read_layout(root)
    tag = f'corpus/{name}:1.0'
    descriptor = dict(descriptor, annotations={'io.containerd.image.name': 'docker.io/' + tag,
                                               'org.opencontainers.image.ref.name': '1.0'})
    digests = [manifest['config']['digest']] + [x['digest'] for x in manifest['layers']]
    paths = ['blobs/' + d.replace(':', '/') for d in digests]
    with tarfile.open(path, 'w') as tar:
        add_dir(tar, 'blobs/')
        add_dir(tar, 'blobs/sha256/')
        for digest in sorted({descriptor['digest'], *digests}):
            add_path(tar, 'blobs/' + digest.replace(':', '/'), blob(root, digest))
        add_file(tar, 'index.json', dump({'schemaVersion': 2, 'mediaType': OCI + 'index.v1+json',
                                          'manifests': [descriptor]}))
        add_file(tar, 'manifest.json', dump([{'Config': paths[0], 'RepoTags': [tag], 'Layers': paths[1:]}]))
        add_file(tar, 'oci-layout', b'{"imageLayoutVersion":"1.0.0"}')
        add_file(tar, 'repositories', b'{}')


def docker(raw, gz, out, name):
    docker_legacy(raw, f'{out}/docker-legacy.tar', name)
    docker_oci(raw, f'{out}/docker-oci.tar', name)
    docker_oci(gz, f'{out}/docker-oci-gz.tar', name)


def layers(raw, out):
    os.makedirs(out, exist_ok=True)
    _, manifest, _ = read_layout(raw)
    for n, layer in enumerate(manifest['layers']):
        os.link(blob(raw, layer['digest']), f'{out}/{n:02d}.tar')


def multi(out, arm64, amd64):
    """An index in an index: two platforms, and an attestation that is no image."""
    start(out)
    manifests = []
    for source, platform in ((arm64, {'architecture': 'arm64', 'os': 'linux', 'variant': 'v8'}),
                             (amd64, {'architecture': 'amd64', 'os': 'linux'})):
        _, manifest, config = read_layout(source)
        for layer in manifest['layers']:
            shutil.copy(blob(source, layer['digest']), out + '/blobs/sha256/')
        config['architecture'] = platform['architecture']
        manifest['config'] = put(out, dump(config), 'config.v1+json')
        manifests.append(dict(put(out, dump(manifest), 'manifest.v1+json'), platform=platform))
    manifests.append(dict(manifests[1], platform={'architecture': 'unknown', 'os': 'unknown'},
                          annotations={'vnd.docker.reference.type': 'attestation-manifest',
                                       'vnd.docker.reference.digest': manifests[1]['digest']}))
    index = dump({'schemaVersion': 2, 'mediaType': OCI + 'index.v1+json', 'manifests': manifests})
    write_index(out, put(out, index, 'index.v1+json'), org_opencontainers_image_ref_name='multi:1.0')


if __name__ == '__main__':
    commands = {f.__name__: f for f in (edge, many, oci, docker, layers, multi)}
    if len(sys.argv) < 3 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](*sys.argv[2:])
