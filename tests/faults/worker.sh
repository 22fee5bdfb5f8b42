#!/bin/bash
# SPDX-License-Identifier: MIT
# [WORKER=power.py] worker.sh ARGUMENT...: faults.py (or that) in a world of its own. INJECT names the program of inject.c.
. "$(dirname "$0")/../integration/lib.sh"
needs python3 nft
corpus payload
load payload/oci-gz.tar
export NAP T ROOT RUNROOT TEST_CGROUP CORPUS INJECT NAP_APPS_PATH=$T/apps
export PYTHONDONTWRITEBYTECODE=1 LC_ALL=C
python3 "$TOP/tests/faults/${WORKER:-faults.py}" "$@"
