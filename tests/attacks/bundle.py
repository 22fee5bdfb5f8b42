#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""bundle.py RUNTIME IMAGES run|exec [OPTION...]: docker's command line, as far as attacks.sh speaks it, for an
OCI runtime alone (crun, runc).

IMAGES/NAME is what umoci unpacked; each container gets a copy and umoci's configuration, changed only where an
option asks for it. What is an engine's work (volumes with names, users with names) is refused with 125.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

RUNTIME, IMAGES, VERB = sys.argv[1:4]
STATE = ['--root', IMAGES + '/.state']


def options():
    p = argparse.ArgumentParser()
    p.add_argument('-w')
    p.add_argument('-u')
    p.add_argument('-v', action='append', default=[])
    p.add_argument('-e', action='append', default=[])
    p.add_argument('-it', action='store_true')
    p.add_argument('--sysctl', action='append', default=[])
    p.add_argument('--name')
    p.add_argument('--rootfs', action='store_true')
    p.add_argument('what')
    p.add_argument('command', nargs=argparse.REMAINDER)
    return p.parse_args(sys.argv[4:])


def not_ours(what):
    print(f'bundle.py: {what}: the work of an engine', file=sys.stderr)
    sys.exit(125)


def user_of(text):
    ids = text.split(':')
    if not all(x.lstrip('-').isdigit() for x in ids):
        not_ours(text)
    return {'uid': int(ids[0]), 'gid': int(ids[-1]) if len(ids) > 1 else 0}


def mount_of(text):
    source, target = text.split(':')[:2]
    if not source.startswith('/'):
        not_ours(text)
    return {'destination': target, 'type': 'bind', 'source': source, 'options': ['rbind', 'rw']}


def configure(config, o):
    process = config['process']
    process.update(terminal=o.it, args=o.command or process['args'], cwd=o.w or '/')
    process['env'] += o.e
    if o.u:
        process['user'] = user_of(o.u)
    config['mounts'] += [mount_of(x) for x in o.v]
    config['linux'].setdefault('sysctl', {}).update(x.split('=') for x in o.sysctl)
    config['linux']['maskedPaths'] += ['/proc/kallsyms', '/proc/keys']  # what the attacker looks for
    del config['linux']['resources']  # there are no cgroup controllers in a test's world


def run(o):
    image = 'attacked' if o.rootfs else o.what.split(':')[0]
    with open(f'{IMAGES}/{image}/config.json', encoding='utf-8') as f:
        config = json.load(f)
    configure(config, o)
    bundle = tempfile.mkdtemp(dir=IMAGES + '/.bundles')
    if o.rootfs:
        config['root']['path'] = o.what
    else:
        subprocess.run(['cp', '-a', f'{IMAGES}/{image}/rootfs', bundle], check=True)
    with open(bundle + '/config.json', 'w', encoding='utf-8') as f:
        json.dump(config, f)
    name = o.name or os.path.basename(bundle)
    code = subprocess.run([RUNTIME, *STATE, 'run', '--bundle', bundle, name], check=False).returncode
    subprocess.run([RUNTIME, *STATE, 'delete', '-f', name], check=False, stderr=subprocess.DEVNULL)
    shutil.rmtree(bundle, ignore_errors=True)
    return code


def execute(o):
    return subprocess.run([RUNTIME, *STATE, 'exec', *(['-t'] if o.it else []), *(['--cwd', o.w] if o.w else []),
                           o.what, *o.command], check=False).returncode


sys.exit((run if VERB == 'run' else execute)(options()))
