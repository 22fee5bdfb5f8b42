#!/bin/bash
# SPDX-License-Identifier: MIT
# Attacks from inside a container, and by images made to mislead: what others were broken by, and what
# this runtime's own design invites.
. "$(dirname "$0")/lib.sh"
needs jq
corpus payload
load payload/oci-gz
run() { nap run --network none "$@"; }
run payload:1.0 true
before=$(world)

# ---- PID 1 carries no filter of the app's, so nobody may take it over
ready='until grep -q Seccomp:.2 /proc/1/status; do :; done'
out=$(run payload:1.0 sh -c "$ready"'; /payload write /proc/1/mem; cat /proc/1/status; ls -l /proc/1/root; cat /proc/1/environ' 2>&1)
like "the memory of PID 1 cannot be written" "$out" 'write./proc/1/mem=E(ACCES|PERM)'
like "PID 1 has a filter" "$out" $'Seccomp:\t2'
like "and no capability" "$out" $'CapEff:\t0000000000000000'
out=$(run --cap-add SYS_PTRACE --security-opt seccomp=unconfined payload:1.0 sh -c "$ready; grep ^Seccomp: /proc/1/status")
is "its filter does not depend on the app's" "$out" $'Seccomp:\t2'

same_world "nothing is left" "$before"
finish
