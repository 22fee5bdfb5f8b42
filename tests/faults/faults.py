#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""faults.py plan FILE | run FILE RESULTS SHARD SHARDS | sample SEED SECONDS | one CASE... | count RESULTS...

Every system call of nap's verbs, by every process of theirs, fails once in each way, and is once the
last one before SIGKILL. In a world of its own (worker.sh). A case is SCENARIO/ROLE:CALL:N:FAULT, as
inject.c has it. After each: it ended in time, nobody crashed, what succeeded is really done, what
failed says why, and after nap clean (of a store: the next command) nothing is left of it."""
import collections
import itertools
import json
import os
import random
import sys
import time

import scenarios
from scenarios import FAULTS, IMPOSSIBLE, SCENARIOS
from world import World

LIMIT = 5  # seconds
SETTLE = 30  # the kernel may take its time: what is left is still there then
ROUNDS = 3  # traces: which calls a process makes differs a little from one to the next
UNCLEAN = 3  # exit status: this world cannot be used any more


def plan(world, rounds):
    """All cases, from what undisturbed runs call."""
    cases = []
    for name, scenario in SCENARIOS.items():
        counts = collections.Counter()
        for _ in range(rounds):
            outcome = scenario.play(world, None, LIMIT * 4)
            complaints = scenario.judge(world, outcome)
            if complaints or outcome.status != scenario.success:
                sys.exit(f'{name}: fails undisturbed: {outcome.status} {complaints} {outcome.err}')
            scenario.recover(world, outcome)
            for role, call, n in outcome.calls:
                counts[role, call] = max(counts[role, call], n)
        left = world.settled(SETTLE)
        if left:
            sys.exit(f'{name}: leaves something undisturbed: {left}')
        for (role, call), n in sorted(counts.items()):
            for i in range(1, n + 1):
                cases += [f'{name}/{role}:{call}:{i}:{fault}' for fault in FAULTS
                          if fault == 'KILL' or call not in IMPOSSIBLE]
    return cases


def play(world, case):
    """One case: (was it reached, what is wrong)."""
    name, point = case.split('/', 1)
    scenario = SCENARIOS[name]
    outcome = scenario.play(world, point, LIMIT)
    if outcome.late:  # the machine may be busy: a hang is one twice as long, too
        scenario.recover(world, outcome)
        outcome = scenario.play(world, point, LIMIT * 2)
    complaints = []
    if outcome.late:
        complaints.append(f'hang: after {LIMIT} s there are {outcome.late}')
    complaints += scenarios.common(outcome, scenario, point)
    complaints += scenario.judge(world, outcome)
    complaints += scenario.recover(world, outcome)
    left = world.settled(SETTLE)
    complaints += [f'left: {x}' for x in left]
    if left:
        world.kill_all()
        world.run('prune', '-f')
        if world.settled(SETTLE):
            return outcome.hit, complaints, True
    return outcome.hit, complaints, False


def tell(case, hit, complaints):
    for complaint in complaints:
        print(f'{case}: {complaint}' + (f' [{hit}]' if hit else ''), flush=True)


def run(world, path, results, shard, shards):
    with open(path) as f:
        cases = f.read().split('\n')[:-1]
    done = set()
    if os.path.exists(results):
        with open(results) as f:
            done = {json.loads(line)['case'] for line in f}
    with open(results, 'a', buffering=1) as out:
        for case in cases[shard::shards]:
            if case in done:
                continue
            hit, complaints, unclean = play(world, case)
            tell(case, hit, complaints)
            out.write(json.dumps({'case': case, 'hit': hit, 'complaints': complaints}) + '\n')
            if unclean:
                sys.exit(UNCLEAN)


def sample(world, seed, seconds):
    """As many cases as there is time for, of all scenarios alike."""
    by_scenario = collections.defaultdict(list)
    cases = plan(world, 1)
    random.Random(seed).shuffle(cases)
    for case in cases:
        by_scenario[case.split('/')[0]].append(case)
    turns = [case for turn in itertools.zip_longest(*by_scenario.values()) for case in turn if case]
    end, done, failed = time.monotonic() + seconds, 0, 0
    for case in turns:
        if time.monotonic() > end:
            break
        hit, complaints, unclean = play(world, case)
        done += 1
        failed += bool(complaints)
        tell(case, hit, complaints)
        if unclean:
            break
    print(f'{done} faults, {failed} findings')
    sys.exit(failed > 0)


def count(paths):
    """A line for each scenario: faults that were tried, that were reached, kills among these."""
    total = collections.Counter()
    for path in paths:
        with open(path) as f:
            for line in f:
                result = json.loads(line)
                name, kill = result['case'].split('/')[0], result['case'].endswith(':KILL')
                for who in (name, 'all'):
                    total[who, 'faults'] += 1
                    total[who, 'reached'] += bool(result['hit'])
                    total[who, 'kills'] += bool(result['hit']) and kill
                    total[who, 'findings'] += bool(result['complaints'])
                tell(result['case'], result['hit'], result['complaints'])
    for name in (*SCENARIOS, 'all'):
        print(f'{name:8}' + ''.join(f'{total[name, what]:7} {what}' for what in
                                    ('faults', 'reached', 'kills', 'findings')))
    sys.exit(total['all', 'findings'] > 0)


def one(world, cases):
    failed = 0
    for case in cases:
        hit, complaints, _ = play(world, case)
        scenario = SCENARIOS[case.split('/')[0]]
        print(f'{case}: status {scenario.last.status}, hit {hit}')
        print(scenario.last.err, end='')
        tell(case, None, complaints)
        failed += bool(complaints)
    sys.exit(failed > 0)


def main():
    what, *args = sys.argv[1:]
    if what == 'count':
        count(args)
    world = World()
    scenarios.prepare(world)
    world.remember()
    if what == 'plan':
        with open(args[0], 'w') as f:
            f.writelines(case + '\n' for case in plan(world, ROUNDS))
    elif what == 'run':
        run(world, args[0], args[1], int(args[2]), int(args[3]))
    elif what == 'sample':
        sample(world, args[0], float(args[1]))
    else:
        one(world, args)


main()
