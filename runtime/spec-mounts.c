/* SPDX-License-Identifier: MIT */
/* The mounts of a container: those asked for, the image's volumes, what a read-only root needs, and
 * the time zone; in the order in which they can be made. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/image.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "mounts.h"
#include "origin.h"
#include "spec-parts.h"
#include "volume.h"

#define ZONES "/usr/share/zoneinfo"
#define LOCAL_TIME "/etc/localtime"

static size_t path_depth(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* What is mounted below another mount must come after it; otherwise the order given stays. */
static void sort_mounts(struct spec *spec)
{
	for (size_t i = 1; i < spec->n_mounts; i++) {
		struct mount_spec m = spec->mounts[i];
		size_t at = i;

		for (; at > 0 && path_depth(spec->mounts[at - 1].target) > path_depth(m.target);
		     at--)
			spec->mounts[at] = spec->mounts[at - 1];
		spec->mounts[at] = m;
	}
}

/* What programs expect to be able to write, with what the image has there. */
static int add_writable_places(struct spec *spec, const struct request *q)
{
	static const char *const places[] = {"/run", "/tmp", "/var/tmp"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(places); i++) {
		auto_free char *text = text_format("%s:exec,tmpcopyup", places[i]);

		if (!text)
			return log_oom();
		if (!mounts_have(spec, places[i]))
			r = volume_parse_tmpfs(q, spec, text);
	}
	return r;
}

/* A file of the host's zone database and of nowhere else, which looks like one. */
static int open_zone(const char *name)
{
	auto_fd int dirfd = open(ZONES, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int fd = -1;
	struct stat st;
	char magic[4];

	if (dirfd < 0)
		return -errno;
	fd = fs_openat2(dirfd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0,
			RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    read(fd, magic, sizeof(magic)) != sizeof(magic) || memcmp(magic, "TZif", 4) != 0)
		return -EINVAL;
	return 0;
}

/* The link that most images have there gives way: behind it is a zone, which must stay what it is.
 */
static int add_timezone(struct spec *spec, const struct request *q)
{
	CLEANUP(mountspec_done)
	struct mount_spec m = {.kind = MOUNT_BIND,
			       .attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID |
				       MOUNT_ATTR_NODEV,
			       .propagation = MS_PRIVATE,
			       .try_idmap = true, /* for all to read, wherever it lies */
			       .replace_link = true};
	bool local = streq(q->timezone, "local");

	if (local && access(LOCAL_TIME, F_OK) < 0 && errno == ENOENT)
		return 0; /* UTC then, as without a word (localtime(5)) */
	if (!local && open_zone(q->timezone) < 0)
		return request_refuse(q, "timezone", q->timezone,
				      "not a time zone of this machine (" ZONES ")");
	m.source = local ? strdup(LOCAL_TIME) : text_format(ZONES "/%s", q->timezone);
	m.target = strdup(LOCAL_TIME);
	if (!m.source || !m.target)
		return log_oom();
	return volume_add(q, spec, &m, "timezone", q->timezone);
}

int spec_set_mounts(struct spec *spec, const struct request *q, const struct image_config *c)
{
	int r = 0;

	STRV_FOREACH (s, q->volumes)
		if (r == 0)
			r = volume_parse_v(q, spec, *s);
	STRV_FOREACH (s, q->mounts)
		if (r == 0)
			r = volume_parse_mount(q, spec, *s);
	STRV_FOREACH (s, q->tmpfs)
		if (r == 0)
			r = volume_parse_tmpfs(q, spec, *s);
	if (r == 0 && q->timezone && *q->timezone)
		r = add_timezone(spec, q);
	STRV_FOREACH (s, c->volumes)
		if (r == 0)
			r = volume_add_anonymous(q, spec, *s);
	if (r == 0 && q->read_only && q->read_only_tmpfs)
		r = add_writable_places(spec, q);
	sort_mounts(spec);
	return r;
}
