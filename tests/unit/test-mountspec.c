/* SPDX-License-Identifier: MIT */
/* docker's three notations of mounts: what they come to, and what is refused. */
#include "test.h"

#include <errno.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/mountspec.h"
#include "lib/text.h"

static int parse_tmpfs(const char *text, struct mount_spec *ret, const char **ret_why)
{
	return mountspec_parse_tmpfs(text, false, ret, ret_why);
}

static int parse_mount(const char *text, struct mount_spec *ret, const char **ret_why)
{
	return mountspec_parse_mount(text, false, ret, ret_why);
}

typedef int (*parser)(const char *text, struct mount_spec *ret, const char **ret_why);

/* "KIND SOURCE TARGET DATA FLAGS" */
static void describe(const struct mount_spec *m, struct buf *out)
{
	static const char *const kinds[] = {"bind", "volume", "anonymous", "tmpfs", "devpts"};
	static const struct {
		uint64_t attr;
		const char *name;
	} flags[] = {
		{MOUNT_ATTR_RDONLY, "ro"},
		{MOUNT_ATTR_NOEXEC, "noexec"},
		{MOUNT_ATTR_NOATIME, "noatime"},
	};

	buf_fmt(out, "%s %s %s %s", kinds[m->kind], m->source ? m->source : "-", m->target,
		m->data ? m->data : "-");
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (m->attr & flags[i].attr)
			buf_fmt(out, " %s", flags[i].name);
	if (m->propagation != MS_PRIVATE)
		buf_str(out, m->propagation == MS_SLAVE ? " slave" : " shared");
	buf_str(out, m->no_recurse ? " alone" : "");
	buf_str(out, m->no_copy ? " nocopy" : "");
	buf_str(out, m->copy_up ? " copyup" : "");
	buf_str(out, m->own_root ? " own" : "");
}

static const struct {
	parser parse;
	const char *text, *want; /* NULL: refused */
} cases[] = {
	{mountspec_parse_volume, "/x", "anonymous - /x -"},
	{mountspec_parse_volume, "data:/x", "volume data /x -"},
	{mountspec_parse_volume, "/a/../b/:/x//y/.", "bind /b /x/y -"},
	{mountspec_parse_volume, "/a:/x:ro,noexec,nocopy,rslave",
	 "bind /a /x - ro noexec slave nocopy"},
	{mountspec_parse_volume, "/a:/x:rw,z,Z,rbind,exec,nosuid,nodev,copy", "bind /a /x -"},
	{mountspec_parse_volume, "/a:/x:shared", "bind /a /x - shared"},
	{mountspec_parse_volume, "./a:/x", "bind /tmp/a /x -"},
	{mountspec_parse_volume, "x", NULL},
	{mountspec_parse_volume, "", NULL},
	{mountspec_parse_volume, "/", NULL},
	{mountspec_parse_volume, "/a:", NULL},
	{mountspec_parse_volume, ":/a", NULL},
	{mountspec_parse_volume, "/a:x", NULL},
	{mountspec_parse_volume, "/a:/..", NULL},
	{mountspec_parse_volume, "A:/x", NULL},
	{mountspec_parse_volume, "/a:/x:", NULL},
	{mountspec_parse_volume, "/a:/x:ro,", NULL},
	{mountspec_parse_volume, "/a:/x:ro:rw", NULL},
	{parse_tmpfs, "/x", "tmpfs - /x mode=1777 noexec"},
	{parse_tmpfs, "/x:", "tmpfs - /x mode=1777 noexec"},
	{parse_tmpfs, "/x:size=64m,mode=700,exec,ro", "tmpfs - /x size=67108864,mode=700 ro own"},
	{parse_tmpfs, "/x:uid=1,gid=2,nr_inodes=9,noatime,tmpcopyup",
	 "tmpfs - /x uid=1,gid=2,nr_inodes=9,mode=1777 noexec noatime copyup own"},
	{parse_tmpfs, "x", NULL},
	{parse_tmpfs, "/", NULL},
	{parse_tmpfs, "/x:size", NULL},
	{parse_tmpfs, "/x:size=-1", NULL},
	{parse_tmpfs, "/x:mode=8", NULL},
	{parse_tmpfs, "/x:uid=4294967295", NULL},
	{parse_tmpfs, "/x:size=1,huge=always", NULL},
	{parse_mount, "target=/x", "anonymous - /x -"},
	{parse_mount, "src=data,dst=/x,volume-nocopy", "volume data /x - nocopy"},
	{parse_mount, "type=bind,source=/a,destination=/x,readonly", "bind /a /x - ro"},
	{parse_mount, "type=bind,source=./a,target=/x", "bind /tmp/a /x -"},
	{parse_mount, "type=bind,source=/a,target=/x,ro=false", "bind /a /x -"},
	{parse_mount, "type=bind,src=/a,dst=/x,bind-propagation=rshared,bind-nonrecursive",
	 "bind /a /x - shared alone"},
	{parse_mount, "target=/x,tmpfs-size=1k,type=tmpfs",
	 "tmpfs - /x size=1024,mode=1777 noexec"},
	{parse_mount, "type=devpts,target=/x,max=9,mode=620", "devpts - /x max=9,mode=620"},
	{parse_mount, "", NULL},
	{parse_mount, "type=bind,target=/x", NULL},
	{parse_mount, "type=bind,source=a,target=/x", NULL},
	{parse_mount, "type=volume,source=/a,target=/x", NULL},
	{parse_mount, "type=tmpfs,source=/a,target=/x", NULL},
	{parse_mount, "type=bind,source=/a,target=/x,tmpfs-size=1", NULL},
	{parse_mount, "type=image,source=a,target=/x", NULL},
	{parse_mount, "type,target=/x", NULL},
	{parse_mount, "target=/x,ro=maybe", NULL},
	{parse_mount, "target=/x,bind-propagation=far", NULL},
	{parse_mount, "target=/x,", NULL},
};

int main(void)
{
	CHECK(chdir("/tmp") == 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(mountspec_done)
		struct mount_spec m = {0};
		const char *why = NULL;
		auto_buf got = {0};
		int r = cases[i].parse(cases[i].text, &m, &why);

		if (r == 0)
			describe(&m, &got);
		if (!CHECK_STREQ(got.data, cases[i].want))
			(void)printf("\t%s\n", cases[i].text);
		CHECK(r == 0 || (r == -EINVAL && why && !m.target));
		CHECK(r < 0 || (m.attr & MOUNT_ATTR_NOSUID && m.attr & MOUNT_ATTR_NODEV));
	}
	return test_report();
}
