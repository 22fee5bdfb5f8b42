#!/bin/bash
# SPDX-License-Identifier: MIT
# app.sh [N]: what a service costs more as an app of nap, in a machine booted with systemd: from
# `systemctl start` to active, N times, paired with a plain service of the same program and with podman in
# a unit; a thousand app files; two hundred apps at once. Prints a table (app/guest.sh measures).
export TREE_PACKAGES=podman,crun
VM_CACHE=${VM_CACHE:-${B:-$(cd "$(dirname "$0")/../.." && pwd)/build}/vm-podman}
# shellcheck source=tests/systemd/machine.sh
. "$(dirname "$0")/../systemd/machine.sh"

# crun makes a keyring for each container
machine_options=(--system-call-filter=@keyring)
tree=$T/tree
machine_make "$tree"
cp "$TOP/tests/bench/app/guest.sh" "$tree/tests/bench.sh"
cp "$TOP"/tests/systemd/apps/*.app "$tree/tests"
echo "${1:-30}" >"$tree/tests/rounds"
machine_boot "$tree" /tests/bench.sh
machine_output "$tree" | grep -v '^# '
finish
