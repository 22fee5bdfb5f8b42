/* SPDX-License-Identifier: MIT */
/* Finding and executing nap-image. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cmd.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/program.h"
#include "lib/strv.h"
#include "lib/text.h"

#define PROGRAM "nap-image"

static int program_argv(const struct settings *settings, char *const *argv, char ***ret)
{
	auto_strv char **v = NULL;
	auto_free char *path = NULL;
	int r;

	r = program_find(PROGRAM, &path);
	if (r < 0)
		return log_fail(r, "find " PROGRAM);
	if (strv_take(&v, TAKE_PTR(path)) < 0 ||
	    strv_take(&v, text_format("--root=%s", settings->root)) < 0 ||
	    strv_take(&v, text_format("--runroot=%s", settings->runroot)) < 0 ||
	    strv_extend(&v, argv) < 0)
		return log_oom();
	*ret = TAKE_PTR(v);
	return 0;
}

int program_self(const struct settings *settings, char ***v)
{
	char *path;
	int r;

	r = fs_readlink(AT_FDCWD, "/proc/self/exe", &path);
	if (r < 0)
		return r;
	if (strv_take(v, path) < 0 || strv_take(v, text_format("--root=%s", settings->root)) < 0 ||
	    strv_take(v, text_format("--runroot=%s", settings->runroot)) < 0)
		return -ENOMEM;
	return 0;
}

int program_run(const struct settings *settings, int argc, char **argv)
{
	auto_strv char **v = NULL;
	int r;

	(void)argc; /* argv ends with NULL */
	r = program_argv(settings, argv, &v);
	if (r < 0)
		return r;
	(void)execv(v[0], v);
	return log_fail(-errno, "execute %s", v[0]);
}

int program_read(const struct settings *settings, char *const *argv, char **ret)
{
	auto_strv char **v = NULL;
	int r;

	r = program_argv(settings, argv, &v);
	if (r < 0)
		return r;
	r = program_output(v, ret);
	if (r < 0)
		return log_fail(r, "execute %s", v[0]);
	if (r > 128)
		return log_refuse(-EIO, "%s was killed by signal %d", v[0], r - 128);
	return r;
}
