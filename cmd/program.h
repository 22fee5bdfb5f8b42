/* SPDX-License-Identifier: MIT */
/* nap-image, the second program: found beside nap itself (a build tree) or in LIBEXECDIR. */
#pragma once

struct settings;

/* Append how nap itself is to be called to see what we see: its path, the store and the state.
 * -ENOMEM, or an error of readlink(2). */
int program_self(const struct settings *settings, char ***v);
/* The run function of verbs that live in nap-image: replaces this process. */
int program_run(const struct settings *settings, int argc, char **argv);
/* Run nap-image with argv (argv[0] is the verb) as a child and read its stdout, at most 64 KiB,
 * into *ret, which the caller frees. Its exit code, or negative errno. Reports. */
int program_read(const struct settings *settings, char *const *argv, char **ret);
