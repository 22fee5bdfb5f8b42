#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""power.py [SEED COUNT]: cut the power at every system call of load, tag, rmi and prune that syncs, or
changes what a directory says, or follows one that did; with SEED and COUNT at as many of them.

The store lies in an ext4 file system of its own, whose journal does not commit by itself. nap is killed
at the call, and its disk copied as it is then: that is what was synced, and nothing else. And once more
after the journal was made to commit, as it may at any time: then names are as they were last, and
whatever was written and not synced is missing. Each copy is mounted anew. The store in it must be as
before or as after once a prune is done, and the next load must succeed."""
import os
import random
import subprocess
import sys

import scenarios
from scenarios import SCENARIOS, images, store_hash
from world import World

CALLS = {'fsync', 'fdatasync', 'syncfs', 'renameat', 'renameat2', 'rename', 'symlinkat', 'unlinkat',
         'mkdirat', 'linkat', 'close', 'exit_group', 'ftruncate', 'write'}
SIZE = 32 << 20
LIMIT = 120


class Disk:
    """One file system in a file; the copies lie in memory, where a copy takes no time."""

    def __init__(self, top, name):
        self.image, self.dir = f'{top}/{name}.img', f'{top}/{name}'
        os.makedirs(self.dir)

    def format(self):
        with open(self.image, 'wb') as f:
            f.truncate(SIZE)
        subprocess.run(['mke2fs', '-q', '-t', 'ext4', '-F', self.image], check=True)

    def mount(self):
        subprocess.run(['mount', '-o', 'loop,commit=600', self.image, self.dir], check=True)

    def unmount(self):
        subprocess.run(['umount', self.dir], check=True)

    def copy(self, other):
        subprocess.run(['cp', '--sparse=always', self.image, other.image], check=True)

    def commit(self):
        """The journal, and of the files only one that nobody wants."""
        fd = os.open(self.dir + '/lost+found/commit', os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(fd, b'x')
        os.fsync(fd)
        os.close(fd)


class Cut:
    """One verb on such a disk."""

    def __init__(self, world, scenario, top):
        self.world, self.scenario = world, scenario
        self.master, self.work, self.after = (Disk(f'{top}/{type(scenario).__name__}', x)
                                              for x in ('master', 'work', 'after'))
        self.allowed = set(scenario.hashes(world)) | set(scenario.steps(world))
        self.master.format()
        self.master.mount()
        subprocess.run(['cp', '-a', images(world, *scenario.before)[1], self.master.dir + '/store'],
                       check=True)
        self.master.unmount()

    def play(self, point):
        """The verb on the mounted work disk; that stays mounted."""
        self.master.copy(self.work)
        self.work.mount()
        self.scenario.begin = lambda world: None
        self.scenario.store = self.work.dir + '/store'
        return self.scenario.play(self.world, point, LIMIT)

    def points(self):
        outcome = self.play(None)
        self.work.unmount()
        return [f'{role}:{call}:{n + 1}:KILL' for role, call, times in outcome.calls
                if call in CALLS for n in range(times)]

    def check(self, done):
        """What is wrong with the copy."""
        self.after.mount()
        try:
            store = self.after.dir + '/store'
            status, text = self.world.run(*self.scenario.next, root=store)
            if status != 0:
                return [f'nap {" ".join(self.scenario.next)}: {status} {text}']
            now, rubbish = store_hash(store)
            wrong = [f'left: {rubbish}'] if rubbish else []
            if now not in self.allowed:
                wrong.append('the store is neither as before nor as after')
            if done and now != self.scenario.hashes(self.world)[1]:
                wrong.append('it had said that it was done, and it is not')
            status, text = self.world.run('load', '-q', self.world.scratch + '/tiny.tar', root=store)
            if status != 0 or 'sha256:' not in text:
                wrong.append(f'the next load: {status} {text}')
            return wrong
        finally:
            self.after.unmount()

    def cut(self, point):
        """Both copies at this point: (was it reached, what is wrong)."""
        outcome = self.play(point)
        wrong = []
        try:
            for how in ('as synced', 'committed'):
                if how == 'committed':
                    self.work.commit()
                self.work.copy(self.after)
                wrong += [f'{how}: {x}' for x in self.check(outcome.status == 0)]
        finally:
            self.work.unmount()
        return outcome.hit, wrong


def main():
    world = World()
    scenarios.prepare(world)
    failed, tried, reached = 0, 0, 0
    for name in ('load', 'tag', 'rmi', 'prune'):
        cut = Cut(world, SCENARIOS[name], '/run/power')
        points = cut.points()
        if len(sys.argv) == 3:
            random.Random(sys.argv[1]).shuffle(points)
            points = points[:int(sys.argv[2])]
        for point in points:
            hit, wrong = cut.cut(point)
            tried += 2
            reached += 2 * bool(hit)
            failed += bool(wrong)
            for x in wrong:
                print(f'{name}/{point}: {x} [{hit}]', flush=True)
    print(f'{tried} power cuts, {reached} reached, {failed} findings')
    sys.exit(failed > 0)


main()
