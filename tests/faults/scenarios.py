# SPDX-License-Identifier: MIT
"""The verbs that faults.py disturbs: how each is begun, what it must have done to say that it
succeeded, and what has to put right what a fault left of it."""
import array
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import time

from world import processes, store_hash

FAULTS = ('EIO', 'ENOMEM', 'ENOSPC', 'EMFILE', 'EINTR', 'KILL')
# They cannot fail; and what the kernel never says to the last ones, the C library answers by an abort.
IMPOSSIBLE = {'exit', 'exit_group', 'rt_sigreturn', 'umask', 'getpid', 'gettid', 'getppid', 'getuid',
              'geteuid', 'getgid', 'getegid', 'rt_sigaction', 'rt_sigprocmask', 'futex', 'rseq',
              'set_robust_list', 'uname'}
CRASHES = {128 + n: name for n, name in
           {4: 'ILL', 5: 'TRAP', 6: 'ABRT', 7: 'BUS', 8: 'FPE', 11: 'SEGV', 31: 'SYS'}.items()}
HERE = os.path.dirname(os.path.abspath(__file__))
APPS = ('sh', 'payload')  # what runs inside is not ours to disturb


class Outcome:
    """What came of a command under inject."""

    def __init__(self):
        self.status, self.hit, self.late = None, None, []
        self.out = self.err = ''
        self.calls, self.ends, self.messages = [], [], {}
        self.killed, self.pids = False, {}

    def read_trace(self, path):
        with open(path, errors='replace') as f:
            for line in f:
                kind, *rest = line.rstrip('\n').split(' ')
                if kind == 'call':
                    self.calls.append((rest[0], rest[1], int(rest[2])))
                elif kind == 'hit':
                    self.hit = ' '.join(rest).strip()
                elif kind == 'end':
                    self.ends.append((' '.join(rest[:-1]), int(rest[-1])))
                elif kind == 'pid':
                    self.pids[rest[1]] = self.ends[-1][1]
                elif kind == 'over':
                    self.status = int(rest[0])

    def errors(self):
        return [x for x in self.err.splitlines()
                if re.match(r'nap: (?!warning: )|.*error while loading|Fatal glibc|.*libc fatal', x)]


class Scenario:
    success = 0
    told = 1  # lines, at most
    mute = None  # the status that tells all, of who has nobody left to tell

    def __init__(self):
        self.last = None

    def begin(self, world):
        """Make what the command needs."""

    def command(self, world):
        raise NotImplementedError

    def judge(self, world, outcome):
        """What is wrong with what it did."""
        return []

    def recover(self, world, outcome):
        """What a person would do next, and what is wrong with that."""
        return clean(world)

    def environment(self, world):
        return dict(os.environ)

    def enter(self):
        """In the command's process, before it."""

    def wait(self, world, process, outcome, limit):
        pidfd = os.pidfd_open(process.pid)
        try:
            return bool(select.select([pidfd], [], [], limit)[0])
        finally:
            os.close(pidfd)

    def play(self, world, point, limit):
        self.begin(world)
        outcome = self.last = Outcome()
        outcome.killed = bool(point) and point.endswith(':KILL')
        trace, out, err = (f'{world.scratch}/{x}' for x in ('trace', 'out', 'err'))
        inject = [os.environ['INJECT'], '-t', trace]
        for app in APPS:
            inject += ['-i', app]
        if point:
            inject += ['-p', point]
        with open(out, 'wb') as o, open(err, 'wb') as e:
            process = subprocess.Popen(inject + self.command(world), stdin=subprocess.DEVNULL,
                                       stdout=o, stderr=e, env=self.environment(world),
                                       preexec_fn=self.enter)
        if not self.wait(world, process, outcome, limit):
            outcome.late = sorted({name for _, name in processes() if name != 'inject'})
            world.kill_all()
        process.wait()
        if process.returncode == 99:
            sys.exit('inject: ' + open(err).read())
        outcome.read_trace(trace)
        outcome.out, outcome.err = (open(x, errors='replace').read() for x in (out, err))
        return outcome


def clean(world):
    status, text = world.run('clean', 'it')
    return [f'nap clean: {status} {text}'] if status != 0 or text else []


def common(outcome, scenario, point):
    """What holds for all of them."""
    wrong = [f'crash: {role}: SIG{CRASHES[s]}' for role, s in outcome.ends if s in CRASHES]
    fault = point.rsplit(':', 1)[1]
    n = len(outcome.errors())
    if outcome.status == scenario.success:
        pass  # it may say what it had to try twice
    elif outcome.late or (fault == 'KILL' and outcome.status in (137, scenario.mute)):
        pass  # it was itself killed, or the app was, or who would have told
    elif n == 0:
        wrong.append(f'silent: status {outcome.status}, it says {outcome.err!r}')
    elif outcome.status == 0:
        wrong.append(f'silent success: {outcome.err!r}')
    elif n > scenario.told:
        wrong.append(f'{n} lines: {outcome.errors()}')
    return wrong


def difference(got, want):
    got, want = got.splitlines(), want.splitlines()
    return [x for x in got if x not in want] + ['missing: ' + x for x in want if x not in got]


# ---- containers

class Run(Scenario):
    success = 3
    wanted = None

    def command(self, world):
        return world.command('run', '--name', 'it', '-v', f'{world.scratch}/app:/app:ro',
                             '--tmpfs', '/scratch', '-p', '8080:80', 'payload:1.0', 'sh', '/app/probe')

    def judge(self, world, outcome):
        if outcome.status != self.success:
            return []
        if self.wanted is None:
            self.wanted = outcome.out
        wrong = difference(outcome.out, self.wanted)
        return [f'silent: the container differs: {wrong}'] if wrong else []


class Refused(Scenario):
    """A start that fails by itself: the faults are its undoing's."""
    success = 127
    told = 2  # its own reason, and the fault's

    def command(self, world):
        return world.command('run', '--name', 'it', '-p', '8080:80', 'payload:1.0', 'nosuch')


class Launch(Scenario):
    """As systemd's ExecStart=, with its cgroup and its socket; ExecStopPost= is what follows."""
    wanted = None
    lines = ''

    def begin(self, world):
        with open(os.environ['NAP_APPS_PATH'] + '/it.app', 'w') as f:
            f.write(f'[Container]\nImage=payload:1.0\nExec=sh /app/probe\nTmpfs=/scratch\n'
                    f'Volume={world.scratch}/app:/app:ro\nPublishPort=8080:80\n{self.lines}')
        self.cgroup = world.cgroup + '/app@it.service'
        os.makedirs(self.cgroup, exist_ok=True)
        self.path = world.scratch + '/notify'
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)

    def command(self, world):
        return world.command('launch', 'it')

    def environment(self, world):
        return dict(os.environ, NOTIFY_SOCKET=self.path)

    def enter(self):
        with open(self.cgroup + '/cgroup.procs', 'w') as f:
            f.write('0')

    def receive(self, outcome):
        data, ancillary, _, _ = self.socket.recvmsg(65536, socket.CMSG_SPACE(64))
        for _, _, content in ancillary:
            for fd in array.array('i', content[:len(content) // 4 * 4]):
                os.close(fd)  # which answers a barrier
        for line in data.decode(errors='replace').splitlines():
            key, _, value = line.partition('=')
            outcome.messages[key] = value

    def wait(self, world, process, outcome, limit):
        """What is left of a start that failed, systemd ends."""
        pidfd, end, ready = os.pidfd_open(process.pid), time.monotonic() + limit, []
        while pidfd not in ready and time.monotonic() < end:
            ready = select.select([pidfd, self.socket], [], [], max(0, end - time.monotonic()))[0]
            if self.socket in ready:
                self.receive(outcome)
        while select.select([self.socket], [], [], 0)[0]:
            self.receive(outcome)
        os.close(pidfd)
        self.socket.close()
        with open(world.scratch + '/trace') as f:
            over = any(line.startswith('over') for line in f)
        with open(self.cgroup + '/cgroup.kill', 'w') as f:
            f.write('1')
        return over

    def judge(self, world, outcome):
        if outcome.status != 0:
            return [] if outcome.status is None or outcome.status > 128 or \
                outcome.messages.get('STATUS') or re.search('nap.conf|standard streams', outcome.err) else \
                ['systemd is not told why']
        if outcome.killed and outcome.pids.get(outcome.messages.get('MAINPID')) == 137:
            return []  # the process that it named was: so systemd hears
        wrong = [f'silent: no {x}' for x in ('MAINPID', 'READY') if x not in outcome.messages]
        app = [status for role, status in outcome.ends if role.endswith('>sh')]
        if self.wanted is None:
            self.wanted = outcome.out
        if app != [3]:
            wrong.append(f'silent: the app ended with {app}')
        differs = difference(outcome.out, self.wanted)
        return wrong + ([f'silent: the container differs: {differs}'] if differs else [])

    def recover(self, world, outcome):
        for _ in range(3000):
            try:
                os.rmdir(self.cgroup)
                break
            except OSError:
                time.sleep(0.01)
        return clean(world)


class LaunchInPlace(Launch):
    """Without a PID namespace: nap itself becomes the app."""
    success = 3
    lines = 'PidMode=host\n'
    mute = 226

    def judge(self, world, outcome):
        if outcome.status != self.success:
            return []
        if self.wanted is None:
            self.wanted = outcome.out
        differs = difference(outcome.out, self.wanted)
        return [f'silent: the container differs: {differs}'] if differs else []


class Beside(Scenario):
    """Of what is done to a container that runs."""
    owner = None

    def begin(self, world):
        with open(world.scratch + '/ready', 'wb') as f:
            self.owner = subprocess.Popen(world.command(
                'run', '--name', 'it', '-p', '8080:80', 'payload:1.0', '/payload', 'sleep'),
                stdin=subprocess.DEVNULL, stdout=f, stderr=f)
        for _ in range(12000):
            with open(world.scratch + '/ready') as f:
                if 'ready' in f.read():
                    return
            time.sleep(0.005)
        sys.exit('the container does not start')

    def recover(self, world, outcome):
        status, text = world.run('rm', '-f', 'it')
        wrong = [f'nap rm -f: {status} {text}'] if status != 0 and 'no such' not in text else []
        self.owner.wait()
        return wrong + clean(world)


class Exec(Beside):
    success = 3
    wanted = None

    def command(self, world):
        return world.command('exec', '-e', 'A=b', 'it', 'sh', '-c', EXEC_PROBE)

    def judge(self, world, outcome):
        wrong = []
        if outcome.status == self.success:
            if self.wanted is None:
                self.wanted = outcome.out
            wrong = difference(outcome.out, self.wanted)
        if not any(name == 'payload' for _, name in processes()) and not outcome.late:
            wrong.append('the container has ended')
        return wrong


class Stop(Beside):
    def command(self, world):
        return world.command('stop', '-t', '1', 'it')

    def judge(self, world, outcome):
        if outcome.status == 0 and any(name == 'payload' for _, name in processes()):
            return ['silent: it still runs']
        return []


class Clean(Beside):
    """After everything of a container was killed."""

    def begin(self, world):
        super().begin(world)
        world.kill_all()
        self.owner.wait()

    def command(self, world):
        return world.command('clean', 'it')

    def judge(self, world, outcome):
        if outcome.status != 0:
            return []
        return [f'silent: left {x}' for x in world.settled(3)]  # it may linger

    def recover(self, world, outcome):
        return clean(world)


EXEC_PROBE = """id
grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Sig(Ign|Blk))' /proc/self/status
cat /proc/self/limits /proc/self/oom_score_adj /proc/sys/kernel/hostname
for ns in cgroup ipc mnt net pid uts user; do
	[ "$(readlink /proc/self/ns/$ns)" = "$(readlink /proc/1/ns/$ns)" ] || echo $ns differs
done
pwd; umask; env | grep -v SHLVL; ls /proc/self/fd; echo well; exit 3"""


# ---- the store

def images(world, *names):
    """A store that holds these, its hash and the directory."""
    path = f'{world.scratch}/stores/{"-".join(names) or "none"}'
    if not os.path.exists(path):
        os.makedirs(path, mode=0o700)
        for name in [x for x in names if x[0] != '+'] or ['tiny']:
            status, text = world.run('load', '-q', f'{world.scratch}/{name}.tar', root=path)
            if status != 0:
                sys.exit(f'cannot load {name}: {text}')
        if '+tag' in names:
            world.run('tag', 'other:1.0', 'registry.example:5000/a/b:c', root=path)
        if not names:
            world.run('prune', '-f', '-a', root=path)
    return store_hash(path)[0], path


class Store(Scenario):
    """Before, or after, and never between: at once for what fails, and after the next command for
    what was killed. Then a load."""
    before = after = ()
    wanted = None  # what it prints
    next = ('prune', '-f')

    def begin(self, world):
        self.store = world.scratch + '/store'
        shutil.rmtree(self.store, ignore_errors=True)
        subprocess.run(['cp', '-a', images(world, *self.before)[1], self.store], check=True)

    def lines(self, outcome):
        """What it says is done; how many bytes that were is no promise."""
        return sorted(x for x in outcome.out.splitlines() if not x.startswith('Total'))

    def steps(self, world):
        """What else is whole, for what does several things."""
        return []

    def hashes(self, world):
        return images(world, *self.before)[0], images(world, *self.after)[0]

    def judge(self, world, outcome):
        before, after = self.hashes(world)
        now, staged = store_hash(self.store)
        wrong = []
        if outcome.status == 0:
            if self.wanted is None:
                self.wanted = self.lines(outcome)
            if self.lines(outcome) != self.wanted:
                wrong.append(f'silent: it says {outcome.out!r}')
            if now != after:
                wrong.append('silent: not done')
        elif outcome.status and outcome.status < 128 and not outcome.killed:
            if now not in (before, after, *self.steps(world)):
                wrong.append('between: the store is neither as before nor as after')
        places = [x for x in staged if x.startswith('/tmp/')]
        if places and outcome.status == 1:
            wrong.append(f'staging left: {places}')
        return wrong

    def recover(self, world, outcome):
        status, text = world.run(*self.next, root=self.store)
        wrong = [f'nap {" ".join(self.next)}: {status} {text}'] if status != 0 else []
        now, staged = store_hash(self.store)
        if now not in self.hashes(world):
            wrong.append('between: after a prune the store is neither as before nor as after')
        if staged:
            wrong.append(f'left: {staged}')
        status, text = world.run('load', '-q', world.scratch + '/tiny.tar', root=self.store)
        if status != 0 or 'sha256:' not in text:
            wrong.append(f'the next load: {status} {text}')
        return wrong


class Load(Store):
    before, after = ('other',), ('other', 'tiny')

    def command(self, world):
        return world.command('load', '-q', world.scratch + '/tiny.tar', root=self.store)


class Tag(Store):
    before, after = ('other',), ('other', '+tag')

    def command(self, world):
        return world.command('tag', 'other:1.0', 'registry.example:5000/a/b:c', root=self.store)


class Remove(Store):
    before, after = ('other', 'tiny'), ('other',)

    def command(self, world):
        return world.command('rmi', 'tiny:1.0', root=self.store)


class Prune(Store):
    before, after = ('other', 'tiny'), ()
    next = ('prune', '-f', '-a')

    def command(self, world):
        return world.command('prune', '-f', '-a', root=self.store)

    def steps(self, world):
        return [images(world, name)[0] for name in self.before]


SCENARIOS = {'load': Load(), 'run': Run(), 'launch': Launch(), 'place': LaunchInPlace(),
             'refused': Refused(), 'exec': Exec(), 'stop': Stop(),
             'clean': Clean(), 'tag': Tag(), 'rmi': Remove(), 'prune': Prune()}


def is_quiet():
    """Nothing of a container is on its way out: what the world is compared with must not have it."""
    return not processes() and not any(name.startswith('v') for _, name in socket.if_nameindex())


def prepare(world):
    app = world.scratch + '/app'
    os.makedirs(app)
    os.makedirs(os.environ['NAP_APPS_PATH'])
    shutil.copy(HERE + '/probe.sh', app + '/probe')
    for kind in ('cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts', 'user'):
        with open(f'{app}/outside.{kind}', 'w') as f:
            f.write(os.readlink('/proc/self/ns/' + kind))
    for name in ('tiny', 'other'):
        subprocess.run([sys.executable, HERE + '/tiny.py', f'{world.scratch}/{name}.tar', name],
                       check=True)
    # what is made once is made now
    world.run('run', '-p', '8080:80', 'payload:1.0', 'true')
    end = time.monotonic() + 60
    while not is_quiet() and time.monotonic() < end:
        time.sleep(0.01)
