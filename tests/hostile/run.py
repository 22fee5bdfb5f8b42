#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""run.py NAP CASES ROOT CANARY SCRATCH: load each wicked archive and say in TAP whether nap withstood it.

A refusal exits 1 with one line that tells why, and leaves the store as it was; a load gives the tree
that the case names, and a unit like any other's. Either way within the limits of time and memory, the
canary is untouched, nothing stays mounted or running, and no terminal would obey what is printed.

SAN=1: nap is built with sanitizers, which take time and
memory; VERBOSE=1 says what each took.
"""
import json
import os
import resource
import shutil
import stat
import subprocess
import sys
import time

from terminal import is_dangerous

SAN = bool(os.environ.get('SAN'))
SECONDS, SECONDS_BOMB, SECONDS_HANG, KIB = (60, 120, 600, 4 << 20) if SAN else (10, 30, 300, 64 << 10)
NAP, CASES, ROOT, CANARY, SCRATCH = sys.argv[1:]
BOMBS = ('bomb', 'opaque_roots', 'deep_links')
FRESH = os.path.dirname(ROOT) + '/fresh'  # on the same file system
PROBE = '/run/nap/apps/probe.app'
LOCKS = ('lock', 'load.lock')


def attributes(path):
    return {k: os.getxattr(path, k, follow_symlinks=False) for k in os.listxattr(path, follow_symlinks=False)}


def content(path, st):
    if stat.S_ISLNK(st.st_mode):
        return os.readlink(path)
    if stat.S_ISREG(st.st_mode):
        with open(path, 'rb') as f:
            return f.read()
    return st.st_rdev if not stat.S_ISDIR(st.st_mode) else ''


def snapshot(top, times=False):
    """All of a tree, byte for byte; the times of the store's own directories are of no account."""
    out = {}
    for where, dirs, files in os.walk(os.fsencode(top)):
        for name in dirs + files:
            path = os.path.join(where, name)
            if os.path.relpath(path, os.fsencode(top)).decode('latin-1') in LOCKS:
                continue
            st = os.lstat(path)
            out[path] = (st.st_mode, st.st_uid, st.st_gid, st.st_nlink if times else 0, st.st_mtime_ns if times else 0,
                         content(path, st), attributes(path))
    return out


def describe(path):
    """An entry of an image as the cases write it: kind, content, and what is unusual."""
    st = os.lstat(path)
    kind = {stat.S_IFDIR: 'd', stat.S_IFREG: 'f', stat.S_IFLNK: 'l', stat.S_IFIFO: 'p', stat.S_IFCHR: 'c',
            stat.S_IFBLK: 'b'}[stat.S_IFMT(st.st_mode)]
    text = kind
    if kind == 'f':
        with open(path, 'rb') as f:
            text += ' ' + (f.read(60).decode('latin-1') if st.st_size <= 60 else f'{st.st_size} bytes')
    elif kind == 'l':
        text += ' ' + os.readlink(path)
    elif kind in 'cb':
        text += f' {os.major(st.st_rdev)}:{os.minor(st.st_rdev)}'
    if kind != 'l' and stat.S_IMODE(st.st_mode) != (0o755 if kind == 'd' else 0o644):
        text += f' mode={stat.S_IMODE(st.st_mode):o}'
    if st.st_uid or st.st_gid:
        text += f' {st.st_uid}:{st.st_gid}'
    names = [x for x in attributes(path) if not x.startswith(('trusted.overlay.', 'user.overlay.'))]
    return text + (' ' + ','.join(sorted(names)) if names else '')


def image_tree(root, image):
    with open(f'{root}/images/{image}/image', encoding='utf-8') as f:
        layers = json.load(f)['layers']
    top, empty = SCRATCH + '/tree', SCRATCH + '/empty'
    for path in (top, empty):
        os.makedirs(path, exist_ok=True)
    lower = ':'.join([f'{x}/fs' for x in reversed(layers)] + [empty])
    subprocess.run(['mount', '-t', 'overlay', '-o', 'ro,lowerdir=' + lower, 'overlay', top], check=True,
                   cwd=root + '/layers')
    tree = {}
    for where, dirs, files in os.walk(top):
        for name in dirs + files:
            path = os.path.join(where, name)
            if os.path.lexists(path):  # overlayfs lists whiteouts of nothing, but does not find them
                tree[os.path.relpath(path, top)] = describe(path)
    subprocess.run(['umount', top], check=True)
    return tree


def nap(root, *arguments):
    """Exit status, output, messages, seconds, those of them on a CPU, and KiB. A signal is a negative status."""
    with open(SCRATCH + '/out', 'w+b') as out, open(SCRATCH + '/err', 'w+b') as err:
        start = time.monotonic()
        child = subprocess.Popen(['timeout', '-s', 'KILL', str(SECONDS_HANG), NAP, '--root', root, '--runroot',
                                  SCRATCH + '/run', *arguments], stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        took = time.monotonic() - start
        out.seek(0)
        err.seek(0)
        return child.returncode, out.read(), err.read(), (took, usage.ru_utime + usage.ru_stime), usage.ru_maxrss


def check_refused(case, status, err, before):
    lines = [x for x in err.split(b'\n') if x]
    messages = [x for x in lines if not x.startswith(b'hint: ')]
    if status != 1:
        yield f'exit status {status}'
    if len(messages) != 1 or len(lines) > 2 or not messages[0].startswith(b'nap: load '):
        yield f'{len(messages)} messages in {len(lines)} lines'
    if before != snapshot(ROOT):
        yield 'the store has changed'
    if case.get('why') and case['why'].encode() not in err:
        yield f'the message does not say "{case["why"]}"'


def check_loaded(case, status, out, root):
    if status != 0:
        yield f'exit status {status}'
        return
    image = out.decode().strip().split('\n')[0].removeprefix('sha256:')
    if case.get('tree') is not None:
        tree = image_tree(root, image)
        for path in sorted(set(tree) | set(case['tree'])):
            if tree.get(path) != case['tree'].get(path):
                yield f'{path!r}: {tree.get(path)!r} instead of {case["tree"].get(path)!r}'
    if os.listdir(root + '/tmp'):
        yield 'it left something in tmp/'
    for verb in (['images'], ['images', '--digests', '--no-trunc'], ['images', '--json'], ['inspect', image]):
        r, text, err, _, _ = nap(root, *verb)
        if r != 0 or is_dangerous(text + err):
            yield f'nap {verb[0]}: {r} {text + err!r:.300}'
    if unit_of(root, image) != unit:
        yield 'its unit is not like that of others'


def unit_of(root, image):
    """The unit of an app with this image; nothing of what the image says is in it."""
    with open(PROBE, 'w', encoding='utf-8') as f:
        f.write(f'[Container]\nImage=sha256:{image}\n')
    r, text, err, _, _ = nap(root, 'unit', 'probe')
    return r, text.replace(image.encode(), b'ID').replace(root.encode(), b'ROOT'), err


def surroundings():
    """Mounts and processes that a load could leave behind."""
    with open('/proc/self/mountinfo', encoding='utf-8') as f:
        mounts = [x.split()[4] for x in f]
    return sorted(mounts), sum(name.isdigit() for name in os.listdir('/proc'))


def surroundings_at_rest():
    """The shell that is PID 1 here may have processes to reap."""
    end = time.monotonic() + 30
    while (now := surroundings()) != around and time.monotonic() < end:
        time.sleep(0.02)
    return now


def run(case):
    refused = case['verdict'] == 'refused'
    root = ROOT if refused else FRESH
    before = snapshot(ROOT) if refused else None
    if not refused:
        shutil.rmtree(root, ignore_errors=True)
        os.mkdir(root, 0o700)
    status, out, err, took, kib = nap(root, 'load', '-q', f'{CASES}/{case["name"]}')
    found = list(check_refused(case, status, err, before) if refused else check_loaded(case, status, out, root))
    if is_dangerous(out + err):
        found.append('what it prints is not escaped')
    if b'Sanitizer' in err or b'runtime error' in err:
        found.append('a finding of the sanitizers: ' + err.decode(errors='replace')[:3000])
    took, busy = took
    limit = SECONDS_BOMB if case['name'].startswith(BOMBS) else SECONDS
    if took > limit and busy > limit / 4:  # less than a quarter of a CPU is not for it to answer for
        found.append(f'took {took:.1f} s')
    if kib > KIB:
        found.append(f'took {kib >> 10} MiB')
    if snapshot(CANARY, True) != canary:
        found.append('THE CANARY IS DEAD')
    if (now := surroundings_at_rest()) != around:
        found.append(f'something stays: {now} instead of {around}')
    if refused and found:  # the next case starts from the store as it was
        shutil.rmtree(ROOT)
        subprocess.run(['cp', '-a', ROOT + '.honest', ROOT], check=True)
    print(f'{"not ok" if found else "ok"} - {case["name"]}: {case["verdict"]}')
    if found or os.environ.get('VERBOSE'):
        print(f'#   {took:.1f} s, {kib >> 10} MiB, said: {out + err!r:.400}')
    for x in found:
        print('#  ', x)
    sys.stdout.flush()
    return not found


if __name__ == '__main__':
    # the descriptors that a service starts with
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    os.makedirs(SCRATCH, exist_ok=True)
    os.makedirs(os.path.dirname(PROBE), exist_ok=True)
    canary, around = snapshot(CANARY, True), surroundings()
    unit = unit_of(ROOT, os.listdir(ROOT + '/images')[0])
    assert unit[0] == 0, unit
    subprocess.run(['cp', '-a', ROOT, ROOT + '.honest'], check=True)
    with open(CASES + '/cases.json', encoding='utf-8') as f:
        cases = json.load(f)
    sys.exit(not all([run(case) for case in cases]))
