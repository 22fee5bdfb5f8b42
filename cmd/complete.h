/* SPDX-License-Identifier: MIT */
/*
 * Completion in shells: what may stand at the end of a command line, from the tables that parse it.
 *
 *     nap complete -- WORD...      (the words after "nap", the last one as far as it is typed)
 *
 * prints a candidate per line, with its help after a tab; ":files" and ":directories" stand for
 * those that the shell knows itself. The scripts in completions/ beside it pass this on.
 */
#pragma once

struct settings;
struct verb;

/* Print what a placeholder of the tables ("IMAGE") may be, as far as it begins with prefix. */
typedef void (*complete_source)(const struct settings *settings, const char *placeholder,
				const char *prefix);

/* The run function of a verb "complete" over these verbs; source may be NULL. */
int complete_run(const struct verb *const *verbs, complete_source source,
		 const struct settings *settings, int argc, char **argv);
/* Print word if it begins with prefix; help may be NULL. */
void complete_print(const char *prefix, const char *word, const char *help);
