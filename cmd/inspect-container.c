/* SPDX-License-Identifier: MIT */
/* Containers as nap inspect shows them: their state. */
#include <errno.h>
#include <fcntl.h>

#include "cmd.h"
#include "inspect.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/parse.h"

int inspect_container(const struct settings *settings, const char *name, bool security,
		      struct buf *out)
{
	auto_free char *path = NULL, *text = NULL;
	int r;

	(void)security;
	if (!name_is_valid(name))
		return -ENOENT;
	path = text_format("%s/%s/state.json", settings->runroot, name);
	if (!path)
		return log_oom();
	r = fs_read_file(AT_FDCWD, path, JSON_MAX_BYTES, &text, NULL);
	if (r == -ENOENT)
		return r;
	if (r < 0)
		return log_fail(r, "read %s", path);
	buf_str(out, text);
	return 0;
}
