# SPDX-License-Identifier: MIT
"""Layouts that are directories."""
import os

import archive as a
from archive import *
from case import *

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


def whole(name, change):
    """A layout directory, whole, given to change."""
    def case():
        path = f'{OUT}/{name}'
        for member, data in Image().members().items():
            os.makedirs(os.path.dirname(f'{path}/{member}'), exist_ok=True)
            with open(f'{path}/{member}', 'wb') as f:
                f.write(data)
        change(path)
    case.__name__ = name
    return case


def replace(member, make):
    def change(path):
        os.unlink(f'{path}/{member}')
        make(f'{path}/{member}')
    return change


def endless(path):
    """A terabyte that takes no space."""
    with open(path, 'wb') as f:
        f.truncate(1 << 40)


def long_tail(path):
    with open(f'{path}/{LAYER}', 'ab') as f:
        f.truncate(1 << 40)


for case_name, change_layout in {
        'directory_index_fifo': replace('index.json', os.mkfifo),
        'directory_index_endless': replace('index.json', endless),
        'directory_index_directory': replace('index.json', os.mkdir),
        'directory_index_device': replace('index.json', lambda path: os.mknod(path, 0o20644, os.makedev(1, 5))),
        'directory_index_outside': replace('index.json', lambda path: os.symlink(CANARY + '/file', path)),
        'directory_index_itself': replace('index.json', lambda path: os.symlink('index.json', path)),
        'directory_index_proc': replace('index.json', lambda path: os.symlink('/proc/self/fd/0', path)),
        'directory_layout_fifo': replace('oci-layout', os.mkfifo),
        'directory_layout_missing': replace('oci-layout', lambda path: None),
        'directory_layer_endless': replace(LAYER, endless),
        'directory_layer_tail': long_tail,
        'directory_layer_empty': replace(LAYER, lambda path: open(path, 'wb').close()),
        'directory_blobs_loop': lambda path: (os.rename(path + '/blobs', path + '/b'), os.symlink('blobs', path + '/blobs')),
}.items():
    refused()(whole(case_name, change_layout))
for case_name, change_layout in {
        'directory_links_inside': lambda path: (os.rename(path + '/blobs', path + '/b'), os.symlink('b', path + '/blobs')),
        'directory_extra': lambda path: (os.mkfifo(path + '/fifo'), os.symlink('/etc/shadow', path + '/blobs/x')),
}.items():
    loads(F)(whole(case_name, change_layout))
