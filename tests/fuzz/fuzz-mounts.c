/* SPDX-License-Identifier: MIT */
/*
 * Volumes, tmpfs, --mount and devices, each in its own notation: what was parsed, written down in
 * the most explicit one, is parsed as the same.
 */
#include "fuzz.h"

#include <errno.h>
#include <linux/mount.h>
#include <sys/mount.h>

#include "lib/cleanup.h"
#include "lib/device.h"
#include "lib/mountspec.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/text.h"

static bool same_text(const char *a, const char *b)
{
	return a && b ? streq(a, b) : a == b;
}

static bool is_clean(const char *path)
{
	auto_free char *again = NULL;

	return path_normalize(path, &again) == 0 && streq(path, again);
}

static void check_sense(const struct mount_spec *m)
{
	REQUIRE(is_clean(m->target) && !streq(m->target, "/"));
	REQUIRE((m->attr & MOUNT_ATTR_NOSUID) && (m->attr & MOUNT_ATTR_NODEV));
	REQUIRE(m->propagation == MS_PRIVATE || m->propagation == MS_SLAVE ||
		m->propagation == MS_SHARED);
	REQUIRE((m->kind == MOUNT_BIND || m->kind == MOUNT_VOLUME) == (m->source != NULL));
	REQUIRE((m->kind == MOUNT_TMPFS || m->kind == MOUNT_DEVPTS) == (m->data != NULL));
	if (m->kind == MOUNT_BIND)
		REQUIRE(is_clean(m->source));
	if (m->kind == MOUNT_VOLUME)
		REQUIRE(name_is_valid(m->source));
	if (m->data) /* is handed to the kernel as it is */
		REQUIRE(m->data[strspn(m->data, "abcdefghijklmnopqrstuvwxyz_0123456789=,")] ==
			'\0');
}

/* As --mount has it; what has no words there is left out. */
static void format(const struct mount_spec *m, struct buf *out)
{
	static const char *const types[] = {
		[MOUNT_BIND] = "bind",	 [MOUNT_VOLUME] = "volume", [MOUNT_ANON] = "volume",
		[MOUNT_TMPFS] = "tmpfs", [MOUNT_DEVPTS] = "devpts",
	};

	buf_fmt(out, "type=%s,target=%s", types[m->kind], m->target);
	if (m->source)
		buf_fmt(out, ",source=%s", m->source);
	buf_fmt(out, ",bind-propagation=%s",
		m->propagation == MS_PRIVATE ? "private"
		: m->propagation == MS_SLAVE ? "slave"
					     : "shared");
	if (m->attr & MOUNT_ATTR_RDONLY)
		buf_str(out, ",ro");
	if (m->attr & MOUNT_ATTR_NOEXEC)
		buf_str(out, ",noexec");
	buf_fmt(out, ",bind-nonrecursive=%d,volume-nocopy=%d", m->no_recurse, m->no_copy);
}

static void check(const struct mount_spec *m)
{
	CLEANUP(mountspec_done)
	struct mount_spec again = {0};
	const char *why = NULL;
	auto_buf text = {0};

	check_sense(m);
	if (m->data || strchr(m->target, ',') || (m->source && strchr(m->source, ',')))
		return; /* cannot be said there */
	format(m, &text);
	REQUIRE(mountspec_parse_mount(text.data, m->copy_up, &again, &why) == 0);
	REQUIRE(again.kind == m->kind && streq(again.target, m->target));
	REQUIRE(same_text(again.source, m->source) && same_text(again.data, m->data));
	REQUIRE(again.attr == m->attr && again.propagation == m->propagation);
	REQUIRE(again.no_recurse == m->no_recurse && again.no_copy == m->no_copy);
}

/* The options of a tmpfs come back as they are. */
static void check_tmpfs(const struct mount_spec *m)
{
	CLEANUP(mountspec_done)
	struct mount_spec again = {0};
	auto_free char *text = NULL;
	const char *why = NULL;

	if (strchr(m->target, ':') || strstr(m->data, "mode="))
		return; /* modes are written in decimal for the kernel */
	text = text_format("%s:%s", m->target, m->data);
	REQUIRE(text && mountspec_parse_tmpfs(text, m->copy_up, &again, &why) == 0);
}

static void check_device(const char *text)
{
	CLEANUP(device_done)
	struct device_spec d = {0};
	const char *why = NULL;

	if (device_parse(text, &d, &why) < 0) {
		REQUIRE(why);
		return;
	}
	REQUIRE(is_clean(d.source) && is_clean(d.target));
	REQUIRE(startswith(d.target, "/dev/") && *d.access);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);

	for (int i = 0; i < 3; i++) {
		CLEANUP(mountspec_done)
		struct mount_spec m = {0};
		const char *why = NULL;
		int r = i == 0	 ? mountspec_parse_volume(text, &m, &why)
			: i == 1 ? mountspec_parse_tmpfs(text, true, &m, &why)
				 : mountspec_parse_mount(text, false, &m, &why);

		REQUIRE(r == 0 || (r == -EINVAL && why) || r == -ENOMEM);
		if (r < 0)
			continue;
		check(&m);
		if (i == 1)
			check_tmpfs(&m);
	}
	check_device(text);
	return 0;
}
