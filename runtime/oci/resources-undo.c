/* SPDX-License-Identifier: MIT */
/* Limits as they were before an update that came to nothing: noted as what is to be written to have
 * them again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup-parts.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "resources-parts.h"

/* Files with a line for each device, and how one that has none is asked for. */
static const struct {
	const char *file, *none;
} keyed[] = {
	{"io.max", "rbps=max wbps=max riops=max wiops=max"},
	{"io.weight", "default"},
	{"io.bfq.weight", "default"},
	{"rdma.max", "hca_handle=max hca_object=max"},
	{"blkio.weight_device", "0"},
	{"blkio.leaf_weight_device", "0"},
	{"blkio.throttle.read_bps_device", "0"},
	{"blkio.throttle.write_bps_device", "0"},
	{"blkio.throttle.read_iops_device", "0"},
	{"blkio.throttle.write_iops_device", "0"},
	{"net_prio.ifpriomap", "0"},
};

/* The line of that key, whole. */
static char *find_line(const char *text, const char *key, size_t n, const char *none)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, key, n) == 0 && line[n] == ' ')
			return strndup(line, strcspn(line, "\n"));
	return text_format("%.*s %s", (int)n, key, none);
}

char *oci_resources_old(const char *file, const char *text, const char *value)
{
	const char *oom = startswith(text, "oom_kill_disable "); /* memory.oom_control of v1 */
	size_t n = strcspn(value, " ");

	if (oom)
		return strndup(oom, strcspn(oom, "\n"));
	for (size_t i = 0; i < ARRAY_SIZE(keyed); i++) {
		if (!streq(keyed[i].file, file))
			continue;
		return value[n] ? find_line(text, value, n, keyed[i].none)
				: find_line(text, "default", strlen("default"), "100");
	}
	/* a write of nothing would not be one */
	return *text && *text != '\n' ? strndup(text, strcspn(text, "\n")) : strdup("\n");
}

/* Add what is in a file now; nothing, if that cannot be read. */
static int note(int dirfd, const char *file, const char *value, char ***old)
{
	auto_free char *text = NULL, *was = NULL;

	if (cgroup_read(dirfd, file, &text) < 0)
		return 0; /* it is not there, or can only be written: memory.reclaim */
	was = oci_resources_old(file, text, value);
	return was ? strv_take(old, text_format("%s=%s", file, was)) : -ENOMEM;
}

/* A group that becomes idle loses its weight, which is to come back after that. */
static int note_weight(int dirfd, char ***old)
{
	auto_free char *idle = NULL;
	int r;

	if (cgroup_read(dirfd, "cpu.idle", &idle) < 0 || *idle != '0')
		return 0;
	r = note(dirfd, "cpu.shares", "", old);
	return r == 0 ? note(dirfd, "cpu.weight", "", old) : r;
}

/* What could not be written is as it was. */
int oci_resources_write(int dirfd, const char *file, const char *value, char ***old)
{
	auto_strv char **was = NULL;
	int r = old && streq(file, "cpu.idle") ? note_weight(dirfd, &was) : 0;

	if (old && r == 0)
		r = note(dirfd, file, value, &was);
	if (r == 0)
		r = cgroup_write(dirfd, file, value);
	return r == 0 ? strv_extend(old, was) : r;
}

/* A file (CONTROLLER.NAME) is in one of the directories: no controller is with both versions. */
static int put_back(const struct oci_cgroup *g, const char *old)
{
	size_t n = strcspn(old, "=");
	auto_free char *file = strndup(old, n);
	auto_fd int fd = -1;
	int r;

	if (!file)
		return -ENOMEM;
	if (!strchr(file, '.'))
		return cgroup_scope_put_back(g, old);
	fd = g->dir ? open(g->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	r = fd >= 0 ? cgroup_write(fd, file, old + n + 1) : -ENOENT;
	return r == -ENOENT ? cgroup_v1_write(g->v1, file, old + n + 1, NULL) : r;
}

/* Last first: a limit may be above another only as long as that is not back. */
void oci_resources_undo(const struct oci_cgroup *g, char *const *old)
{
	for (size_t n = strv_len(old); n > 0; n--) {
		int r = put_back(g, old[n - 1]);

		if (r < 0)
			log_warn("%s is not as it was before: %s", old[n - 1], strerror(-r));
	}
}
