/* SPDX-License-Identifier: MIT */
/*
 * Parsing of volumes and mounts, docker's notations, into struct mount_spec. Sources are only
 * looked at when the container is prepared.
 */
#include "volume.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/strv.h"

static void mount_spec_done(struct mount_spec *m)
{
	free(m->source);
	free(m->target);
	free(m->data);
}

static int refuse(const char *option, const char *text, const char *why)
{
	return log_refuse(-EINVAL, "--%s: \"%s\": %s", option, text, why);
}

/* Check the target, give defaults, and append *m, whose strings are taken over. */
static int add_mount(struct spec *spec, struct mount_spec *m, const char *option, const char *text)
{
	struct mount_spec *grown;
	char *target;
	int r;

	r = m->target ? path_normalize(m->target, &target) : -EINVAL;
	if (r == -ENOMEM)
		return log_oom();
	if (r < 0)
		return refuse(option, text, "the target must be an absolute path");
	free(m->target);
	m->target = target;
	if (streq(target, "/"))
		return refuse(option, text, "nothing can be mounted over the root");
	for (size_t i = 0; i < spec->n_mounts; i++)
		if (streq(spec->mounts[i].target, target))
			return refuse(option, text, "something is mounted there already");
	grown = reallocarray(spec->mounts, spec->n_mounts + 1, sizeof(*grown));
	if (!grown)
		return log_oom();
	spec->mounts = grown;
	m->attr |= MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	if (!m->propagation)
		m->propagation = MS_PRIVATE;
	grown[spec->n_mounts++] = *m;
	*m = (struct mount_spec){0};
	return 0;
}

/* Take a source as a path of the host (relative ones against our directory) or a volume's name. */
static int set_source(struct mount_spec *m, const char *source, const char *option,
		      const char *text)
{
	auto_free char *joined = NULL, *cwd = NULL;

	if (*source != '/' && *source != '.') {
		if (!name_is_valid(source))
			return refuse(option, text, "not a volume name or an absolute path");
		m->kind = MOUNT_VOLUME;
		m->source = strdup(source);
		return m->source ? 0 : log_oom();
	}
	m->kind = MOUNT_BIND;
	if (*source == '.') {
		cwd = getcwd(NULL, 0);
		joined = cwd ? text_format("%s/%s", cwd, source) : NULL;
		if (!joined)
			return log_fail(-errno, "find the current directory");
		source = joined;
	}
	return path_normalize(source, &m->source) < 0 ? refuse(option, text, "bad source path") : 0;
}

/* The form without r is about the topmost mount only in docker; here those below it, which come
 * along either way, never propagate more than it does. */
static const struct {
	const char *name;
	uint64_t propagation;
} propagations[] = {
	{"private", MS_PRIVATE}, {"rprivate", MS_PRIVATE}, {"slave", MS_SLAVE},
	{"rslave", MS_SLAVE},	 {"shared", MS_SHARED},	   {"rshared", MS_SHARED},
};

static bool take_propagation(struct mount_spec *m, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(propagations); i++) {
		if (!streq(propagations[i].name, name))
			continue;
		m->propagation = propagations[i].propagation;
		return true;
	}
	return false;
}

/* One word of the third part of -v. z and Z relabel for SELinux, which nap does not do; docker
 * ignores them on machines without SELinux too. */
static bool take_volume_option(struct mount_spec *m, const char *word)
{
	if (streq(word, "ro"))
		m->attr |= MOUNT_ATTR_RDONLY;
	else if (streq(word, "noexec"))
		m->attr |= MOUNT_ATTR_NOEXEC;
	else if (streq(word, "nocopy"))
		m->no_copy = true;
	else if (!streq(word, "rw") && !streq(word, "z") && !streq(word, "Z") &&
		 !streq(word, "rbind") && !streq(word, "nosuid") && !streq(word, "nodev"))
		return take_propagation(m, word);
	return true;
}

int volume_parse_v(struct spec *spec, const char *text)
{
	CLEANUP(mount_spec_done)
	struct mount_spec m = {.make_source = true};
	auto_free char *copy = strdup(text);
	char *source, *target, *options, *word;
	int r;

	if (!copy)
		return log_oom();
	source = copy;
	target = strchr(copy, ':');
	if (!target)
		return volume_add_anonymous(spec, text);
	*target++ = '\0';
	options = strchr(target, ':');
	if (options)
		*options++ = '\0';
	r = set_source(&m, source, "volume", text);
	if (r < 0)
		return r;
	m.target = strdup(target);
	if (!m.target)
		return log_oom();
	while ((word = strsep(&options, ",")))
		if (!take_volume_option(&m, word))
			return refuse("volume", text, "unknown option");
	return add_mount(spec, &m, "volume", text);
}

/* "size=64m" and "mode=1777" for the file system, the rest are flags of the mount. */
static int take_tmpfs_option(struct mount_spec *m, struct buf *data, const char *word)
{
	static const struct {
		const char *name;
		uint64_t set, clear;
	} flags[] = {
		{"ro", MOUNT_ATTR_RDONLY, 0},
		{"rw", 0, MOUNT_ATTR_RDONLY},
		{"noexec", MOUNT_ATTR_NOEXEC, 0},
		{"exec", 0, MOUNT_ATTR_NOEXEC},
		{"nosuid", 0, 0},
		{"nodev", 0, 0},
		{"noatime", MOUNT_ATTR_NOATIME, 0},
	};
	const char *value;
	uint64_t bytes;
	uint32_t id;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (streq(flags[i].name, word)) {
			m->attr = (m->attr & ~flags[i].clear) | flags[i].set;
			return 0;
		}
	}
	value = strchr(word, '=');
	if (!value)
		return -EINVAL;
	value++;
	if (startswith(word, "size=") || startswith(word, "tmpfs-size=")) {
		if (parse_size(value, &bytes) < 0)
			return -EINVAL;
		buf_fmt(data, "%ssize=%llu", data->len ? "," : "", (unsigned long long)bytes);
	} else if (startswith(word, "mode=") || startswith(word, "tmpfs-mode=")) {
		if (parse_mode(value, &id) < 0)
			return -EINVAL;
		buf_fmt(data, "%smode=%o", data->len ? "," : "", id);
	} else if (startswith(word, "uid=") || startswith(word, "gid=")) {
		if (parse_u32(value, 0, UINT32_MAX - 1, &id) < 0)
			return -EINVAL;
		buf_fmt(data, "%s%.4s%u", data->len ? "," : "", word, id);
	} else if (startswith(word, "nr_inodes=")) {
		if (parse_u64(value, 0, UINT64_MAX, &bytes) < 0)
			return -EINVAL;
		buf_fmt(data, "%snr_inodes=%s", data->len ? "," : "", value);
	} else {
		return -EINVAL;
	}
	return 0;
}

int volume_parse_tmpfs(struct spec *spec, const char *text)
{
	/* docker's --tmpfs is noexec unless told otherwise, and world-writable */
	CLEANUP(mount_spec_done)
	struct mount_spec m = {.kind = MOUNT_TMPFS, .attr = MOUNT_ATTR_NOEXEC};
	auto_free char *copy = strdup(text);
	auto_buf data = {0};
	char *options, *word;

	if (!copy)
		return log_oom();
	options = strchr(copy, ':');
	if (options)
		*options++ = '\0';
	m.target = strdup(copy);
	while ((word = strsep(&options, ",")))
		if (*word && take_tmpfs_option(&m, &data, word) < 0)
			return refuse("tmpfs", text, "unknown or bad option");
	if (!data.data || !strstr(data.data, "mode="))
		buf_fmt(&data, "%smode=1777", data.len ? "," : "");
	m.data = buf_take(&data);
	if (!m.data || !m.target)
		return log_oom();
	return add_mount(spec, &m, "tmpfs", text);
}

/* One "key=value" or "key" of --mount. 0 or -EINVAL. */
static int take_mount_option(struct mount_spec *m, struct buf *data, const char **type,
			     const char **source, const char **target, char *word)
{
	char *value = strchr(word, '=');
	bool on = true;

	if (startswith(word, "tmpfs-"))
		return take_tmpfs_option(m, data, word);
	if (value)
		*value++ = '\0';
	if (streq(word, "type") && value) {
		*type = value;
	} else if ((streq(word, "source") || streq(word, "src")) && value) {
		*source = value;
	} else if ((streq(word, "target") || streq(word, "dst") || streq(word, "destination")) &&
		   value) {
		*target = value;
	} else if (streq(word, "readonly") || streq(word, "ro")) {
		if (value && parse_bool(value, &on) < 0)
			return -EINVAL;
		m->attr = on ? m->attr | MOUNT_ATTR_RDONLY : m->attr & ~(uint64_t)MOUNT_ATTR_RDONLY;
	} else if (streq(word, "bind-propagation") && value) {
		return take_propagation(m, value) ? 0 : -EINVAL;
	} else if (streq(word, "bind-nonrecursive")) {
		if (value && parse_bool(value, &on) < 0)
			return -EINVAL;
		m->no_recurse = on;
	} else if (streq(word, "volume-nocopy")) {
		if (value && parse_bool(value, &on) < 0)
			return -EINVAL;
		m->no_copy = on;
	} else {
		return -EINVAL;
	}
	return 0;
}

/* type=bind needs a path, type=volume a name or nothing, type=tmpfs no source at all. */
static int finish_mount(struct mount_spec *m, const char *type, const char *source,
			struct buf *data, const char *text)
{
	if (streq(type, "tmpfs")) {
		if (source)
			return refuse("mount", text, "type=tmpfs takes no source");
		m->kind = MOUNT_TMPFS;
		m->attr |= MOUNT_ATTR_NOEXEC; /* as docker does, with --mount as with --tmpfs */
		if (!data->data || !strstr(data->data, "mode="))
			buf_fmt(data, "%smode=1777", data->len ? "," : "");
		m->data = buf_take(data);
		return m->data ? 0 : log_oom();
	}
	if (data->len > 0)
		return refuse("mount", text, "tmpfs-size and tmpfs-mode are for type=tmpfs");
	if (streq(type, "volume")) {
		m->kind = MOUNT_ANON;
		if (source && !name_is_valid(source))
			return refuse("mount", text, "the source of type=volume must be a name");
		return source ? set_source(m, source, "mount", text) : 0;
	}
	if (!streq(type, "bind"))
		return refuse("mount", text, "type must be bind, volume or tmpfs");
	if (!source || *source != '/')
		return refuse("mount", text, "type=bind needs source= with an absolute path");
	return set_source(m, source, "mount", text);
}

int volume_parse_mount(struct spec *spec, const char *text)
{
	CLEANUP(mount_spec_done)
	struct mount_spec m = {0};
	const char *type = "volume", *source = NULL, *target = NULL;
	auto_free char *copy = strdup(text);
	char *rest = copy, *word;
	auto_buf data = {0};
	int r;

	if (!copy)
		return log_oom();
	while ((word = strsep(&rest, ",")))
		if (take_mount_option(&m, &data, &type, &source, &target, word) < 0)
			return refuse("mount", text, "unknown or bad field");
	if (!target)
		return refuse("mount", text, "target= is missing");
	m.target = strdup(target);
	if (!m.target)
		return log_oom();
	r = finish_mount(&m, type, source, &data, text);
	if (r < 0)
		return r;
	return add_mount(spec, &m, "mount", text);
}

int volume_add_anonymous(struct spec *spec, const char *target)
{
	CLEANUP(mount_spec_done)
	struct mount_spec m = {.kind = MOUNT_ANON};
	auto_free char *clean = NULL;

	if (path_normalize(target, &clean) < 0)
		return refuse("volume", target, "not an absolute path");
	for (size_t i = 0; i < spec->n_mounts; i++)
		if (streq(spec->mounts[i].target, clean))
			return 0;
	m.target = TAKE_PTR(clean);
	return add_mount(spec, &m, "volume", target);
}
