/* SPDX-License-Identifier: MIT */
/* The parsers of -v, --tmpfs and --mount, which share their options. */
#include "mountspec.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cleanup.h"
#include "fsoption.h"
#include "parse.h"
#include "path.h"
#include "text.h"

void mountspec_done(struct mount_spec *m)
{
	free(m->source);
	free(m->target);
	free(m->data);
	*m = (struct mount_spec){0};
}

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

/* Set the target, give what has not been said its default, and hand *m over. */
static int finish(struct mount_spec *m, const char *target, struct mount_spec *ret,
		  const char **ret_why)
{
	int r = path_normalize(target, &m->target);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return refuse(ret_why, "the target must be an absolute path");
	if (streq(m->target, "/"))
		return refuse(ret_why, "nothing can be mounted over the root");
	m->attr |= MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	if (!m->propagation)
		m->propagation = MS_PRIVATE;
	*ret = *m;
	*m = (struct mount_spec){0};
	return 0;
}

/* ---- -v ---- */

/* Take a source as a path of the host (relative ones against our directory) or a volume's name. */
static int set_source(struct mount_spec *m, const char *source, const char **ret_why)
{
	auto_free char *joined = NULL, *cwd = NULL;

	if (*source != '/' && *source != '.') {
		if (!name_is_valid(source))
			return refuse(ret_why, "not a volume name or an absolute path");
		m->kind = MOUNT_VOLUME;
		m->source = strdup(source);
		return m->source ? 0 : -ENOMEM;
	}
	m->kind = MOUNT_BIND;
	if (*source == '.') {
		cwd = getcwd(NULL, 0);
		if (!cwd)
			return -errno;
		joined = text_format("%s/%s", cwd, source);
		if (!joined)
			return -ENOMEM;
		source = joined;
	}
	return path_normalize(source, &m->source) < 0 ? refuse(ret_why, "bad source path") : 0;
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

static bool is_default(const char *word)
{
	static const char *const defaults[] = {"rw",   "z",	 "Z",	  "rbind",
					       "exec", "nosuid", "nodev", "copy"};

	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (streq(defaults[i], word))
			return true;
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
	else if (streq(word, "noidmap"))
		m->no_idmap = true;
	else if (!is_default(word))
		return take_propagation(m, word);
	return true;
}

int mountspec_anonymous(const char *target, struct mount_spec *ret, const char **ret_why)
{
	CLEANUP(mountspec_done)
	struct mount_spec m = {.kind = MOUNT_ANON};

	if (*target != '/')
		return refuse(ret_why, "not an absolute path");
	return finish(&m, target, ret, ret_why);
}

int mountspec_parse_volume(const char *text, struct mount_spec *ret, const char **ret_why)
{
	CLEANUP(mountspec_done)
	struct mount_spec m = {.make_source = true};
	auto_free char *copy = strdup(text);
	char *target, *options, *word;
	int r;

	if (!copy)
		return -ENOMEM;
	target = strchr(copy, ':');
	if (!target)
		return mountspec_anonymous(text, ret, ret_why);
	*target++ = '\0';
	options = strchr(target, ':');
	if (options)
		*options++ = '\0';
	r = set_source(&m, copy, ret_why);
	if (r < 0)
		return r;
	while ((word = strsep(&options, ",")))
		if (!take_volume_option(&m, word))
			return refuse(ret_why, "unknown option");
	return finish(&m, target, ret, ret_why);
}

/* ---- --tmpfs ---- */

/* docker's tmpfs is noexec unless told otherwise. */
static struct mount_spec new_tmpfs(bool copy_up)
{
	return (struct mount_spec){.attr = MOUNT_ATTR_NOEXEC, .copy_up = copy_up};
}

int mountspec_parse_tmpfs(const char *text, bool copy_up, struct mount_spec *ret,
			  const char **ret_why)
{
	CLEANUP(mountspec_done)
	struct mount_spec m = new_tmpfs(copy_up);
	auto_free char *copy = strdup(text);
	auto_buf data = {0};
	char *options, *word;

	if (!copy)
		return -ENOMEM;
	options = strchr(copy, ':');
	if (options)
		*options++ = '\0';
	while ((word = strsep(&options, ",")))
		if (*word && tmpfs_take_option(&m, &data, word) < 0)
			return refuse(ret_why, "unknown or bad option");
	if (tmpfs_finish(&m, &data) < 0)
		return -ENOMEM;
	return finish(&m, copy, ret, ret_why);
}

/* ---- --mount ---- */

/* The words of --mount that are not yet in the mount. */
struct mount_fields {
	const char *type, *source, *target;
	struct buf data; /* options of a file system */
};

static void mount_fields_done(struct mount_fields *f)
{
	buf_done(&f->data);
}

/* A switch that may stand alone or be given a value. */
static bool take_switch(struct mount_spec *m, const char *name, const char *value, int *ret)
{
	bool on = true;

	if (value && parse_bool(value, &on) < 0)
		*ret = -EINVAL;
	if (streq(name, "readonly") || streq(name, "ro"))
		m->attr = on ? m->attr | MOUNT_ATTR_RDONLY : m->attr & ~(uint64_t)MOUNT_ATTR_RDONLY;
	else if (streq(name, "bind-nonrecursive"))
		m->no_recurse = on;
	else if (streq(name, "volume-nocopy"))
		m->no_copy = on;
	else
		return false;
	return true;
}

/* "type", "source" and "target", by all their names. */
static bool take_field(struct mount_fields *f, const char *name, const char *value)
{
	if (streq(name, "type"))
		f->type = value;
	else if (streq(name, "source") || streq(name, "src"))
		f->source = value;
	else if (streq(name, "target") || streq(name, "dst") || streq(name, "destination"))
		f->target = value;
	else
		return false;
	return true;
}

/* One "key=value" or "key". 0 or -EINVAL. */
static int take_mount_option(struct mount_spec *m, struct mount_fields *f, char *word)
{
	const char *tmpfs_word = startswith(word, "tmpfs-");
	char *value;
	int r = 0;

	if (streq(f->type, "tmpfs") && (tmpfs_word || endswith(word, "tmpcopyup")))
		return tmpfs_take_option(m, &f->data, tmpfs_word ? tmpfs_word : word);
	if (streq(f->type, "devpts") && devpts_take_option(&f->data, word) == 0)
		return 0;
	value = strchr(word, '=');
	if (value)
		*value++ = '\0';
	if (value && take_field(f, word, value))
		return 0;
	if (take_switch(m, word, value, &r))
		return r;
	if (streq(word, "bind-propagation") && value)
		return take_propagation(m, value) ? 0 : -EINVAL;
	if (streq(word, "relabel") && value) /* for SELinux, as z and Z of -v */
		return 0;
	return !value && take_volume_option(m, word) ? 0 : -EINVAL;
}

/* type=bind needs a path, type=volume a name or nothing, the others no source at all. */
static int finish_mount(struct mount_spec *m, struct mount_fields *f, const char **ret_why)
{
	bool tmpfs = streq(f->type, "tmpfs");

	if (tmpfs || streq(f->type, "devpts")) {
		if (f->source)
			return refuse(ret_why, "this type takes no source");
		if (tmpfs)
			return tmpfs_finish(m, &f->data);
		m->kind = MOUNT_DEVPTS;
		m->data = buf_take(&f->data);
		return m->data ? 0 : -ENOMEM;
	}
	if (streq(f->type, "volume")) {
		m->kind = MOUNT_ANON;
		if (f->source && !name_is_valid(f->source))
			return refuse(ret_why, "the source of type=volume must be a name");
		return f->source ? set_source(m, f->source, ret_why) : 0;
	}
	if (!streq(f->type, "bind"))
		return refuse(ret_why, "type must be bind, volume, tmpfs or devpts");
	if (!f->source || (*f->source != '/' && *f->source != '.'))
		return refuse(ret_why, "type=bind needs source= with an absolute path");
	return set_source(m, f->source, ret_why);
}

/* What the other words mean depends on it, wherever it stands. The last one counts. */
static const char *mount_type(const char *text)
{
	static const char *const types[] = {"bind", "volume", "tmpfs", "devpts"};
	const char *found = "volume";

	for (const char *word = text; word; word = strchr(word, ',')) {
		const char *value;

		word += *word == ',';
		value = startswith(word, "type=");
		for (size_t i = 0; value && i < ARRAY_SIZE(types); i++)
			if (strcspn(value, ",") == strlen(types[i]) && startswith(value, types[i]))
				found = types[i];
	}
	return found;
}

int mountspec_parse_mount(const char *text, bool copy_up, struct mount_spec *ret,
			  const char **ret_why)
{
	CLEANUP(mountspec_done)
	struct mount_spec m = {0};
	CLEANUP(mount_fields_done)
	struct mount_fields f = {.type = mount_type(text)};
	auto_free char *copy = strdup(text);
	char *rest = copy, *word;
	int r;

	if (!copy)
		return -ENOMEM;
	if (streq(f.type, "tmpfs"))
		m = new_tmpfs(copy_up);
	while ((word = strsep(&rest, ",")))
		if (take_mount_option(&m, &f, word) < 0)
			return refuse(ret_why, "unknown or bad field");
	if (!f.target)
		return refuse(ret_why, "target= is missing");
	r = finish_mount(&m, &f, ret_why);
	return r < 0 ? r : finish(&m, f.target, ret, ret_why);
}
