/* SPDX-License-Identifier: MIT */
/* The commands of health checks, in docker's form and in podman's. */
#include "probe.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "quote.h"
#include "strv.h"
#include "text.h"

/* What a command is run by that is a line for the shell. */
static int shell(const char *line, char ***ret)
{
	auto_strv char **argv = NULL;

	if (strv_add(&argv, "/bin/sh") < 0 || strv_add(&argv, "-c") < 0 ||
	    strv_add(&argv, line) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(argv);
	return 0;
}

int probe_from_test(char *const *test, char ***ret)
{
	auto_strv char **argv = NULL;
	size_t n = strv_len(test);

	if (n == 0 || streq(test[0], "NONE") || (n == 2 && !*test[1])) {
		*ret = NULL;
		return 0;
	}
	if (n < 2)
		return -EBADMSG;
	if (streq(test[0], "CMD-SHELL"))
		return n == 2 ? shell(test[1], ret) : -EBADMSG;
	if (!streq(test[0], "CMD"))
		return -EBADMSG;
	if (strv_copy(test + 1, &argv) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(argv);
	return 0;
}

int probe_parse(const char *text, char ***ret, const char **ret_why)
{
	const char *line = startswith(text, "CMD-SHELL ");
	auto_strv char **words = NULL;
	int r;

	*ret = NULL;
	if (strcasecmp(text, "none") == 0)
		return 0;
	if (line)
		return shell(line, ret);
	if (*text != '[' && !startswith(text, "CMD "))
		return shell(text, ret);
	r = quote_split_command(text, &words, ret_why);
	if (r < 0)
		return r;
	*ret_why = "the command is empty";
	if (strv_len(words) == 0 || !*words[0])
		return -EINVAL;
	if (streq(words[0], "CMD") || streq(words[0], "CMD-SHELL") || streq(words[0], "NONE")) {
		r = probe_from_test(words, ret);
		*ret_why = "not one of NONE, CMD with words, CMD-SHELL with a line";
		return r == -EBADMSG ? -EINVAL : r;
	}
	*ret = TAKE_PTR(words);
	return 0;
}
