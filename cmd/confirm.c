/* SPDX-License-Identifier: MIT */
/* The question goes to stderr: stdout is for the result. */
#include "confirm.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/log.h"

int confirm(const char *verb, bool force, const char *question)
{
	char answer[16] = "";

	if (force)
		return 0;
	if (!isatty(STDIN_FILENO))
		return log_refuse(ARGS_USAGE,
				  "%s: standard input is no terminal to ask on: say --force", verb);
	(void)fprintf(stderr, "%s\nGo on? [y/N] ", question);
	if (fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y'))
		return 0;
	return log_refuse(-ECANCELED, "%s: nothing was removed", verb);
}
