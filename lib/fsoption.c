/* SPDX-License-Identifier: MIT */
/* Options of tmpfs and devpts: one table each says which there are and what their values are. */
#include "fsoption.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdint.h>
#include <string.h>

#include "cleanup.h"
#include "parse.h"

enum value { VALUE_BYTES, VALUE_COUNT, VALUE_MODE, VALUE_ID };

struct fs_option {
	const char *name;
	enum value value;
};

static const struct fs_option tmpfs_options[] = {
	{"size", VALUE_BYTES}, {"nr_inodes", VALUE_COUNT}, {"mode", VALUE_MODE},
	{"uid", VALUE_ID},     {"gid", VALUE_ID},
};

static const struct fs_option devpts_options[] = {
	{"uid", VALUE_ID},	  {"gid", VALUE_ID},	{"mode", VALUE_MODE},
	{"ptmxmode", VALUE_MODE}, {"max", VALUE_COUNT},
};

static int parse_value(enum value type, const char *text, uint64_t *ret)
{
	uint32_t v = 0;
	int r;

	switch (type) {
	case VALUE_BYTES:
		return parse_size(text, ret);
	case VALUE_COUNT:
		return parse_u64(text, 0, UINT64_MAX, ret);
	case VALUE_MODE:
		r = parse_mode(text, &v);
		break;
	case VALUE_ID:
		r = parse_u32(text, 0, UINT32_MAX - 1, &v);
		break;
	default:
		return -EINVAL;
	}
	*ret = v;
	return r;
}

/* Append NAME=VALUE, as the kernel reads it. */
static int take_value(const struct fs_option *options, size_t n, struct buf *data, const char *word)
{
	size_t len = strcspn(word, "=");
	uint64_t v;

	for (size_t i = 0; word[len] && i < n; i++) {
		const struct fs_option *o = &options[i];

		if (strlen(o->name) != len || strncmp(o->name, word, len) != 0)
			continue;
		if (parse_value(o->value, word + len + 1, &v) < 0)
			return -EINVAL;
		buf_fmt(data, o->value == VALUE_MODE ? "%s%s=%llo" : "%s%s=%llu",
			data->len ? "," : "", o->name, (unsigned long long)v);
		return 0;
	}
	return -EINVAL;
}

static bool take_flag(struct mount_spec *m, const char *word)
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

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!streq(flags[i].name, word))
			continue;
		m->attr = (m->attr & ~flags[i].clear) | flags[i].set;
		return true;
	}
	return false;
}

int tmpfs_take_option(struct mount_spec *m, struct buf *data, const char *word)
{
	int r;

	if (streq(word, "tmpcopyup") || streq(word, "notmpcopyup")) {
		m->copy_up = *word == 't';
		return 0;
	}
	if (take_flag(m, word))
		return 0;
	r = take_value(tmpfs_options, ARRAY_SIZE(tmpfs_options), data, word);
	if (r == 0 && !startswith(word, "size") && !startswith(word, "nr_inodes"))
		m->own_root = true;
	return r;
}

int devpts_take_option(struct buf *data, const char *word)
{
	return take_value(devpts_options, ARRAY_SIZE(devpts_options), data, word);
}

int tmpfs_finish(struct mount_spec *m, struct buf *data)
{
	if (!data->data || !strstr(data->data, "mode="))
		buf_fmt(data, "%smode=1777", data->len ? "," : "");
	m->kind = MOUNT_TMPFS;
	m->data = buf_take(data);
	return m->data ? 0 : -ENOMEM;
}
