/* SPDX-License-Identifier: MIT */
/*
 * Every container says in its state.json which image it was made from: RUNROOT/ID/ while it runs,
 * ROOT/containers/ID/ when it is kept.
 */
#include "in-use.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"

static bool state_names(int dirfd, const char *container, const char *id)
{
	auto_json json_t *state = NULL;
	auto_free char *text = NULL;
	const char *image_id = NULL;
	char path[300], why[160];
	size_t len;
	int r;

	(void)snprintf(path, sizeof(path), "%s/state.json", container);
	r = fs_read_file(dirfd, path, JSON_MAX_BYTES, &text, &len);
	if (r == -ENOENT || r == -ENOTDIR)
		return false;
	/* what cannot be read might use any image */
	if (r < 0 || json_parse(text, len, why, &state) < 0 ||
	    json_get_string(state, "image_id", &image_id) < 0)
		return true;
	return image_id && streq(image_id, id);
}

static bool directory_names(const char *path, const char *id)
{
	auto_dir DIR *dir = opendir(path);
	struct dirent *e;

	if (!dir)
		return errno != ENOENT;
	while ((e = readdir(dir)))
		if (*e->d_name != '.' && state_names(dirfd(dir), e->d_name, id))
			return true;
	return false;
}

bool image_used_by_container(void *data, const char *id)
{
	const struct settings *settings = data;
	auto_free char *kept = text_format("%s/containers", settings->root);

	return !kept || directory_names(settings->runroot, id) || directory_names(kept, id);
}
