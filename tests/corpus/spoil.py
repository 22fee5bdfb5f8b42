#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""spoil.py LAYOUT OUT HOW [ARGUMENT]: copy an OCI layout, broken in one way.

    flip BLOB OFFSET    one bit of index, manifest, config or layer (offset below 0: from the end)
    remove BLOB         the blob is missing
    cut BLOB            the blob is shorter than its descriptor says
    size BLOB           its descriptor tells another size (everything above is correct again)
    diff-id             the config tells the hash of another layer
    few-diff-ids        the config has a layer less than the manifest
    text BLOB TEXT      the blob's content is TEXT, hashes are correct
"""
import hashlib
import json
import os
import shutil
import sys


class Layout:
    def __init__(self, root):
        self.root = root
        self.index = self.read_json(root + '/index.json')
        self.descriptor = self.index['manifests'][0]
        self.manifest = self.read_json(self.path(self.descriptor))
        self.config = self.read_json(self.path(self.manifest['config']))

    @staticmethod
    def read_json(path):
        with open(path, 'rb') as f:
            return json.load(f)

    def path(self, descriptor):
        return f"{self.root}/blobs/{descriptor['digest'].replace(':', '/')}"

    def find(self, name):
        """Path of a blob, and the descriptor that names it."""
        if name == 'index':
            return self.root + '/index.json', None
        d = {'manifest': self.descriptor, 'config': self.manifest['config'], 'layer': self.manifest['layers'][-1]}[name]
        return self.path(d), d

    def put(self, descriptor, data):
        descriptor['digest'] = 'sha256:' + hashlib.sha256(data).hexdigest()
        descriptor['size'] = len(data)
        with open(self.path(descriptor), 'wb') as f:
            f.write(data)

    def rewrite(self, config=None, manifest=None):
        """Write config, manifest and index anew, so that every hash above a change is right."""
        self.put(self.manifest['config'], config or json.dumps(self.config).encode())
        self.put(self.descriptor, manifest or json.dumps(self.manifest).encode())
        with open(self.root + '/index.json', 'w') as f:
            json.dump(self.index, f)


def flip(layout, name, offset):
    path, _ = layout.find(name)
    with open(path, 'r+b') as f:
        f.seek(int(offset), os.SEEK_END if int(offset) < 0 else os.SEEK_SET)
        byte = f.read(1)[0]
        f.seek(-1, os.SEEK_CUR)
        f.write(bytes([byte ^ 0x10]))


def remove(layout, name):
    os.unlink(layout.find(name)[0])


def cut(layout, name):
    path, _ = layout.find(name)
    os.truncate(path, os.path.getsize(path) - 10)


def size(layout, name):
    _, descriptor = layout.find(name)
    if name == 'layer':
        descriptor['size'] += 1
        layout.rewrite()
        return
    layout.rewrite()
    descriptor['size'] += 1
    if name == 'config':
        layout.put(layout.descriptor, json.dumps(layout.manifest).encode())
    with open(layout.root + '/index.json', 'w') as f:
        json.dump(layout.index, f)


def diff_id(layout):
    layout.config['rootfs']['diff_ids'][-1] = 'sha256:' + hashlib.sha256(b'other').hexdigest()
    layout.rewrite()


def few_diff_ids(layout):
    layout.config['rootfs']['diff_ids'].pop()
    layout.rewrite()


def text(layout, name, content):
    if name == 'index':
        with open(layout.root + '/index.json', 'w') as f:
            f.write(content)
    else:
        layout.rewrite(**{name: content.encode()})


if __name__ == '__main__':
    source, out, how, *arguments = sys.argv[1:]
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(source, out)
    globals()[how.replace('-', '_')](Layout(out), *arguments)
