#!/bin/bash
# SPDX-License-Identifier: MIT
# build.sh OUT: compile the probe, with the names of the system calls that the C library's headers know.
set -euo pipefail
here=$(dirname "$0")
names=$(mktemp -d)
trap 'rm -rf "$names"' EXIT
echo '#include <sys/syscall.h>' | ${CC:-cc} -E -dM - |
	sed -nE 's/^#define __NR_([a-z0-9_]+) .*/\t{__NR_\1, "\1"},/p' >"$names/names.h"
# what the list of newer ones in syscalls.c has, older headers have not
sed -i -E '/"(cachestat|fchmodat2|map_shadow_stack|futex_(wake|wait|requeue))"/d' "$names/names.h"
${CC:-cc} -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -Wno-missing-field-initializers -static -I "$names" -o "$1" "$here"/*.c
