#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tiny.py OUT NAME: a docker archive with two small layers and one of everything that a layer can hold, so
that a load is short and yet goes everywhere."""
import hashlib
import io
import json
import sys
import tarfile


def member(tar, name, kind=tarfile.REGTYPE, data=b'', **fields):
    m = tarfile.TarInfo(name)
    m.type, m.size, m.mtime = kind, len(data), 1700000000
    m.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    for key, value in fields.items():
        setattr(m, key, value)
    tar.addfile(m, io.BytesIO(data))


def layer(fill):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT) as tar:
        fill(tar)
    return out.getvalue()


def lower(tar):
    member(tar, 'etc', tarfile.DIRTYPE)
    member(tar, 'etc/file', data=b'lower\n', uid=5, gid=6)
    member(tar, 'etc/gone', data=b'gone\n')
    member(tar, 'bin', tarfile.DIRTYPE)
    member(tar, 'bin/tool', data=b'x' * 70000, mode=0o4755)
    member(tar, 'bin/again', tarfile.LNKTYPE, linkname='bin/tool')
    member(tar, 'lib', tarfile.SYMTYPE, linkname='bin')


def upper(tar, name):
    member(tar, 'etc', tarfile.DIRTYPE)
    member(tar, 'etc/name', data=name.encode())
    member(tar, 'etc/.wh.gone')
    member(tar, 'bin', tarfile.DIRTYPE)
    member(tar, 'bin/.wh..wh..opq')
    member(tar, 'lib/more', data=b'more\n',
           pax_headers={'SCHILY.xattr.user.one': 'two'})


def main(path, name):
    layers = [layer(lower), layer(lambda tar: upper(tar, name))]
    ids = ['sha256:' + hashlib.sha256(x).hexdigest() for x in layers]
    config = json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': {},
                         'rootfs': {'type': 'layers', 'diff_ids': ids}}).encode()
    manifest = [{'Config': 'config.json', 'RepoTags': [name + ':1.0'],
                 'Layers': ['0.tar', '1.tar']}]
    with tarfile.open(path, 'w') as tar:
        for name, data in (('0.tar', layers[0]), ('1.tar', layers[1]), ('config.json', config),
                           ('manifest.json', json.dumps(manifest).encode())):
            member(tar, name, data=data)


main(*sys.argv[1:])
