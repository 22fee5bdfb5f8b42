#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""make.py OUT CANARY: write wicked archives, and OUT/cases.json with the verdict that each deserves.

The cases are in the modules beside this one; case.py says what a case is. In the environment, ONLY=TEXT
picks those with TEXT in their names, QUICK=N one in N, always the same ones.
"""
import json
import os
import zlib

from case import CASES, OUT
import outer  # each adds its cases to CASES
import paths
import attributes
import metadata
import names
import bombs
import layouts

if __name__ == '__main__':
    os.makedirs(OUT, exist_ok=True)
    wanted, quick = os.environ.get('ONLY', ''), int(os.environ.get('QUICK', 1))
    listed = []
    for function, case in CASES:
        name = function.__name__
        if name != 'honest' and (wanted not in name or zlib.crc32(name.encode()) % quick):
            continue
        data = function()
        if data is not None:
            with open(f'{OUT}/{name}', 'wb') as out:
                out.write(data)
        listed.append({'name': name, **case})
    with open(OUT + '/cases.json', 'w', encoding='utf-8') as f:
        json.dump(listed, f)
