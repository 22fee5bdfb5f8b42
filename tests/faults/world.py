# SPDX-License-Identifier: MIT
"""What there is in the world of a test (tests/integration/lib.sh makes it) besides the test itself:
taken before and after, and compared."""
import glob
import hashlib
import os
import re
import socket
import subprocess
import time

IDLE = {'bash', 'python3', 'timeout', 'sleep'}


def processes():
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/comm') as f:
                name = f.read().strip()
        except OSError:
            continue
        if name not in IDLE:
            found.append((int(pid), name))
    return found


def is_dead(pid):
    """Dead or gone: only who waits for it is missing."""
    try:
        with open(f'/proc/{pid}/stat') as f:
            return f.read().rpartition(') ')[2][0] == 'Z'
    except OSError:
        return True


def tree(top, skip=()):
    found = set()
    for directory, directories, files in os.walk(top):
        directories[:] = [d for d in directories if os.path.join(directory, d) not in skip]
        found.update(os.path.join(directory, name) for name in directories + files)
    return found


def elements():
    """Elements of nap's sets and maps, the parts that containers come and go with."""
    listing = subprocess.run(['nft', 'list', 'table', 'inet', 'nap'], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True, check=False).stdout
    return {line.strip() for line in listing.splitlines() if 'comment' in line}


class World:
    def __init__(self):
        self.nap = os.environ['NAP']
        self.scratch = os.environ['T']
        self.root = os.environ['ROOT']
        self.runroot = os.environ['RUNROOT']
        self.cgroup = '/sys/fs/cgroup/' + os.environ['TEST_CGROUP']
        self.base = None

    def command(self, *args, root=None):
        runroot = self.scratch + '/run-of-stores' if root else self.runroot
        return [self.nap, '--root', root or self.root, '--runroot', runroot, *args]

    def run(self, *args, root=None, limit=120):
        """nap, undisturbed: (exit status, both outputs)."""
        try:
            r = subprocess.run(self.command(*args, root=root), stdin=subprocess.DEVNULL, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit,
                               errors='replace', check=False)
        except subprocess.TimeoutExpired:
            return 124, 'took too long'
        return r.returncode, r.stdout

    def take(self):
        with open('/proc/self/mountinfo') as f:
            mounts = {m for m in f.read().splitlines() if self.scratch in m}
        return {
            'processes': {name for _, name in processes()},
            'mounts': mounts,
            'cgroups': {d for d in tree(self.cgroup) if os.path.isdir(d)},
            'links': {name for _, name in socket.if_nameindex()},
            'state': tree(self.runroot),
            'store': tree(self.root, skip={self.root + '/layers', self.root + '/ids'}),
            'elements': elements(),
        }

    def remember(self):
        self.base = self.take()

    def left(self):
        """What is there now and was not, and the other way round: a line each."""
        now = self.take()
        return [f'{kind}: {sign}{what}' for kind, was in self.base.items()
                for sign, things in (('', now[kind] - was), ('missing ', was - now[kind]))
                for what in sorted(things)]

    def settled(self, limit):
        """The same, once nothing is left or the time is over."""
        end = time.monotonic() + limit
        while True:
            left = self.left()
            if not left or time.monotonic() > end:
                return left
            time.sleep(0.01)

    def kill_all(self):
        for _ in range(3000):
            alive = [pid for pid, _ in processes() if not is_dead(pid)]
            for pid in alive:
                try:
                    os.kill(pid, 9)
                except ProcessLookupError:
                    pass
            if not alive:
                return
            time.sleep(0.01)


def store_hash(top):
    """The store without times and locks, as one number; and apart what is rubbish for the next prune:
    what lies in its tmp, and layers that no image has. A directory of names says nothing by itself."""
    digest, staged, needed = hashlib.sha256(), [], set()
    for image in glob.glob(top + '/images/*/image'):
        with open(image, 'rb') as f:
            needed.update(re.findall(rb'[0-9a-f]{64}', re.findall(rb'"layers":\[[^]]*', f.read())[0]))
    for directory, directories, files in os.walk(top):
        directories.sort()
        for name in sorted(directories + files):
            path = os.path.join(directory, name)
            short = path[len(top):]
            if short in ('/lock', '/load.lock') or short.startswith('/ids/'):
                continue
            if short.startswith('/tmp/'):
                staged.append(short)
                continue
            layer = re.match('/layers/([0-9a-f]{64})', short)
            if layer and layer.group(1).encode() not in needed:
                staged.append(short)
                continue
            st = os.lstat(path)
            if short.startswith('/names/') and not os.path.islink(path):
                continue
            digest.update(f'{short} {st.st_mode} {st.st_uid} {st.st_gid} '.encode())
            if os.path.islink(path):
                digest.update(os.readlink(path).encode())
            elif os.path.isfile(path):
                digest.update(content(path))
    return digest.hexdigest()[:16], staged


def content(path):
    with open(path, 'rb') as f:
        data = f.read()
    if path.endswith('/image'):  # it says when it was loaded
        return b','.join(p for p in data.split(b',') if b'"loaded"' not in p)
    return data
