/* SPDX-License-Identifier: MIT */
/* nap's further programs: found beside nap itself (a build tree) or in NAP_LIBEXECDIR, and
 * executed. Nothing here reports. */
#pragma once

/* The path of the program called name, allocated. */
int program_find(const char *name, char **ret);
/*
 * Execute argv[0] (a path) as a child with our stderr, wait for it, and give what it wrote to
 * stdout (at most 64 KiB) in *ret, which the caller frees. Its exit code; 128+n if a signal ended
 * it; negative errno, -ENOEXEC if it could not be executed.
 */
int program_output(char *const *argv, char **ret);
