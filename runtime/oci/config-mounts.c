/* SPDX-License-Identifier: MIT */
/*
 * Mounts: config.md, Mounts, and config-linux.md for their options. What is in no table here is for
 * the file system itself, as mount(8) and the peers have it.
 */
#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "config-reader.h"
#include "config.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/strv.h"
#include "lib/text.h"

#define OFFSET(member) offsetof(struct oci_mount, member)

/* ---- options ---- */

/*
 * MS_* of mount(2) for a new superblock or mount, and MOUNT_ATTR_* for a mount that is there: the
 * latter for this one alone, or with an "r" before the name for all below it.
 */
static const struct flag {
	const char *name;
	uint64_t set, clear, attr_set, attr_clear;
} flags[] = {
	{"async", 0, MS_SYNCHRONOUS, 0, 0},
	{"sync", MS_SYNCHRONOUS, 0, 0, 0},
	{"dirsync", MS_DIRSYNC, 0, 0, 0},
	{"mand", MS_MANDLOCK, 0, 0, 0},
	{"nomand", 0, MS_MANDLOCK, 0, 0},
	{"silent", MS_SILENT, 0, 0, 0},
	{"loud", 0, MS_SILENT, 0, 0},
	{"iversion", MS_I_VERSION, 0, 0, 0},
	{"noiversion", 0, MS_I_VERSION, 0, 0},
	{"lazytime", MS_LAZYTIME, 0, 0, 0},
	{"nolazytime", 0, MS_LAZYTIME, 0, 0},
	{"acl", MS_POSIXACL, 0, 0, 0},
	{"noacl", 0, MS_POSIXACL, 0, 0},
	{"remount", MS_REMOUNT, 0, 0, 0},
	{"bind", MS_BIND, 0, 0, 0},
	{"rbind", MS_BIND | MS_REC, 0, 0, 0},
	{"defaults", 0, 0, 0, 0},
	{0},
};

/* All of these exist with an "r" before them, too. */
static const struct flag attributes[] = {
	{"ro", MS_RDONLY, 0, MOUNT_ATTR_RDONLY, 0},
	{"rw", 0, MS_RDONLY, 0, MOUNT_ATTR_RDONLY},
	{"nosuid", MS_NOSUID, 0, MOUNT_ATTR_NOSUID, 0},
	{"suid", 0, MS_NOSUID, 0, MOUNT_ATTR_NOSUID},
	{"nodev", MS_NODEV, 0, MOUNT_ATTR_NODEV, 0},
	{"dev", 0, MS_NODEV, 0, MOUNT_ATTR_NODEV},
	{"noexec", MS_NOEXEC, 0, MOUNT_ATTR_NOEXEC, 0},
	{"exec", 0, MS_NOEXEC, 0, MOUNT_ATTR_NOEXEC},
	{"nosymfollow", MS_NOSYMFOLLOW, 0, MOUNT_ATTR_NOSYMFOLLOW, 0},
	{"symfollow", 0, MS_NOSYMFOLLOW, 0, MOUNT_ATTR_NOSYMFOLLOW},
	{"nodiratime", MS_NODIRATIME, 0, MOUNT_ATTR_NODIRATIME, 0},
	{"diratime", 0, MS_NODIRATIME, 0, MOUNT_ATTR_NODIRATIME},
	/* one of three, which is why the others are cleared: mount_setattr(2) */
	{"noatime", MS_NOATIME, MS_RELATIME | MS_STRICTATIME, MOUNT_ATTR_NOATIME,
	 MOUNT_ATTR__ATIME},
	{"atime", 0, MS_NOATIME, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
	{"relatime", MS_RELATIME, MS_NOATIME | MS_STRICTATIME, MOUNT_ATTR_RELATIME,
	 MOUNT_ATTR__ATIME},
	{"norelatime", 0, MS_RELATIME, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
	{"strictatime", MS_STRICTATIME, MS_NOATIME | MS_RELATIME, MOUNT_ATTR_STRICTATIME,
	 MOUNT_ATTR__ATIME},
	{"nostrictatime", 0, MS_STRICTATIME, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
	{0},
};

static const struct oci_name propagations[] = {
	{"private", MS_PRIVATE},
	{"rprivate", MS_PRIVATE | MS_REC},
	{"shared", MS_SHARED},
	{"rshared", MS_SHARED | MS_REC},
	{"slave", MS_SLAVE},
	{"rslave", MS_SLAVE | MS_REC},
	{"unbindable", MS_UNBINDABLE},
	{"runbindable", MS_UNBINDABLE | MS_REC},
	{0},
};

static const struct {
	const char *name;
	size_t offset;
} switches[] = {
	{"tmpcopyup", OFFSET(copy_up)},
	{"src-nofollow", OFFSET(src_no_follow)},
	{"dest-nofollow", OFFSET(dest_no_follow)},
	{"copy-symlink", OFFSET(copy_symlink)},
	{"idmap", OFFSET(idmap)},
	{"ridmap", OFFSET(rec_idmap)},
};

/* In the order of the alphabet, as features prints them. */
const char *const oci_mount_options[] = {
	"acl",
	"async",
	"atime",
	"bind",
	"copy-symlink",
	"defaults",
	"dest-nofollow",
	"dev",
	"diratime",
	"dirsync",
	"exec",
	"idmap",
	"iversion",
	"lazytime",
	"loud",
	"mand",
	"noacl",
	"noatime",
	"nodev",
	"nodiratime",
	"noexec",
	"noiversion",
	"nolazytime",
	"nomand",
	"norelatime",
	"nostrictatime",
	"nosuid",
	"nosymfollow",
	"private",
	"ratime",
	"rbind",
	"rdev",
	"rdiratime",
	"relatime",
	"remount",
	"rexec",
	"ridmap",
	"rnoatime",
	"rnodev",
	"rnodiratime",
	"rnoexec",
	"rnorelatime",
	"rnostrictatime",
	"rnosuid",
	"rnosymfollow",
	"ro",
	"rprivate",
	"rrelatime",
	"rro",
	"rrw",
	"rshared",
	"rslave",
	"rstrictatime",
	"rsuid",
	"rsymfollow",
	"runbindable",
	"rw",
	"shared",
	"silent",
	"slave",
	"src-nofollow",
	"strictatime",
	"suid",
	"symfollow",
	"sync",
	"tmpcopyup",
	"unbindable",
	NULL,
};

static const struct flag *find_flag(const struct flag *table, const char *name)
{
	for (; table->name; table++)
		if (streq(table->name, name))
			return table;
	return NULL;
}

static void change(uint64_t set, uint64_t clear, uint64_t *ret_set, uint64_t *ret_clear)
{
	*ret_set = (*ret_set & ~clear) | set;
	*ret_clear = (*ret_clear & ~set) | clear;
}

static bool take_flag(struct oci_mount *m, const char *word)
{
	const struct flag *f = find_flag(flags, word);

	if (!f)
		f = find_flag(attributes, word);
	if (!f)
		return false;
	m->flags = (m->flags & ~f->clear) | f->set;
	change(f->attr_set, f->attr_clear, &m->set, &m->clear);
	return true;
}

static bool take_recursive(struct oci_mount *m, const char *word)
{
	const struct flag *f = *word == 'r' ? find_flag(attributes, word + 1) : NULL;

	if (!f)
		return false;
	change(f->attr_set, f->attr_clear, &m->rec_set, &m->rec_clear);
	return true;
}

static bool take_switch(struct oci_mount *m, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		if (streq(switches[i].name, word)) {
			*(bool *)((char *)m + switches[i].offset) = true;
			return true;
		}
	return false;
}

static int take_propagation(struct oci_reader *rd, struct oci_mount *m, uint64_t propagation)
{
	for (size_t i = 0; i < ARRAY_SIZE(m->propagation); i++)
		if (m->propagation[i] == 0) {
			m->propagation[i] = propagation;
			return 0;
		}
	return oci_bad(rd, "more than %zu kinds of propagation", ARRAY_SIZE(m->propagation));
}

/* ---- mappings in an option: crun's "idmap=uids=0-1000-1#1-2000-10;gids=@0-1-1" ---- */

static int add_mapping(struct oci_reader *rd, const char *word, struct oci_mapping **list,
		       size_t *n)
{
	struct oci_mapping one = {.relative = *word == '@'}, *grown;
	int end = 0;

	word += one.relative || *word == '+'; /* + is what it is without */
	if (sscanf(word, "%u-%u-%u%n", &one.inside, &one.outside, &one.n, &end) < 3 || word[end] ||
	    strspn(word, "0123456789-") != (size_t)end)
		return oci_bad(rd, "\"%s\": not INSIDE-OUTSIDE-SIZE", word);
	grown = reallocarray(*list, *n + 1, sizeof(one));
	if (!grown)
		return log_oom();
	grown[(*n)++] = one;
	*list = grown;
	return 0;
}

static int take_mappings(struct oci_reader *rd, const char *text, struct oci_mapping **list,
			 size_t *n)
{
	auto_free char *copy = strdup(text);
	char *rest = copy, *word;
	int r = 0;

	if (!copy)
		return log_oom();
	while (r >= 0 && (word = strsep(&rest, "#")))
		r = add_mapping(rd, word, list, n);
	return r;
}

/* 1 if it was such an option. */
static int take_idmap(struct oci_reader *rd, struct oci_mount *m, const char *word)
{
	const char *rec = startswith(word, "ridmap="),
		   *text = rec ? rec : startswith(word, "idmap=");
	auto_free char *copy = NULL;
	char *rest, *part;
	int r = 1;

	if (!text)
		return 0;
	*(rec ? &m->rec_idmap : &m->idmap) = true;
	copy = rest = strdup(text);
	if (!copy)
		return log_oom();
	while (r >= 0 && (part = strsep(&rest, ";"))) {
		const char *uids = startswith(part, "uids="), *gids = startswith(part, "gids=");

		if (uids)
			r = take_mappings(rd, uids, &m->uids, &m->n_uids);
		else if (gids)
			r = take_mappings(rd, gids, &m->gids, &m->n_gids);
		else
			r = oci_bad(rd, "\"%s\": not uids= or gids=", part);
	}
	return r < 0 ? r : 1;
}

/* ---- all options ---- */

static int take_option(struct oci_reader *rd, struct oci_mount *m, const char *word,
		       struct buf *data)
{
	const struct oci_name *propagation = oci_find_name(propagations, word);
	int r;

	if (propagation)
		return take_propagation(rd, m, propagation->value);
	if (take_flag(m, word) || take_recursive(m, word) || take_switch(m, word))
		return 0;
	r = take_idmap(rd, m, word);
	if (r != 0)
		return r;
	if (data->len > 0)
		buf_char(data, ',');
	buf_str(data, word);
	return data->error ? log_oom() : 0;
}

static int read_options(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			void *ret)
{
	struct oci_mount *mount = ret;
	auto_strv char **words = NULL;
	auto_buf data = {0};
	int r = oci_read_strings(rd, j, m, &words);

	for (char **word = words; r >= 0 && word && *word; word++)
		if (**word)
			r = take_option(rd, mount, *word, &data);
	if (r < 0 || data.len == 0)
		return r;
	mount->data = buf_take(&data);
	return mount->data ? 0 : log_oom();
}

/* ---- the object ---- */

/* "For compatibility with old tools and configurations, it MAY be a relative path, in which case
 * it MUST be interpreted as relative to "/"." */
static int read_destination(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			    void *ret)
{
	char **destination = ret, *normal;
	auto_free char *absolute = NULL;
	int r = oci_read_string(rd, j, m, ret);

	if (r < 0)
		return r;
	absolute = text_format("/%s", *destination);
	r = absolute ? path_normalize(absolute, &normal) : -ENOMEM;
	if (r == -ENOMEM)
		return log_oom();
	if (r < 0)
		return oci_bad(rd, "\"%s\": %s", *destination, strerror(-r));
	free(*destination);
	*destination = normal;
	return 0;
}

#define MAPPING(member) offsetof(struct oci_mapping, member)

const struct oci_member oci_mapping_members[] = {
	{"containerID", oci_read_u32, MAPPING(inside), .required = true},
	{"hostID", oci_read_u32, MAPPING(outside), .required = true},
	{"size", oci_read_u32, MAPPING(n), NULL, 1, UINT32_MAX, .required = true},
	{0},
};

static const struct oci_list mappings = {
	.table = oci_mapping_members,
	.size = sizeof(struct oci_mapping),
	.n = OCI_LIST_N(struct oci_mount, uids, n_uids),
};

static const struct oci_list group_mappings = {
	.table = oci_mapping_members,
	.size = sizeof(struct oci_mapping),
	.n = OCI_LIST_N(struct oci_mount, gids, n_gids),
};

static const struct oci_member members[] = {
	{"destination", read_destination, OFFSET(destination), .required = true},
	{"type", oci_read_string, OFFSET(type)},
	{"source", oci_read_string, OFFSET(source)},
	{"options", read_options, 0},
	{"uidMappings", oci_read_list, OFFSET(uids), &mappings},
	{"gidMappings", oci_read_list, OFFSET(gids), &group_mappings},
	{0},
};

/* "Path values for bind mounts are either absolute or relative to the bundle." */
static int complete_bind(struct oci_reader *rd, struct oci_mount *m)
{
	char *absolute;

	if (m->flags & MS_REMOUNT)
		return 0;
	if (!m->source)
		return oci_bad(rd, "a bind mount needs a source");
	if (*m->source == '/')
		return 0;
	absolute = text_format("%s/%s", rd->bundle, m->source);
	if (!absolute)
		return log_oom();
	free(m->source);
	m->source = absolute;
	return 0;
}

static int check_mount(struct oci_reader *rd, void *element)
{
	struct oci_mount *m = element;

	if (m->type && streq(m->type, "bind"))
		m->flags |= MS_BIND;
	if (!m->n_uids != !m->n_gids)
		return oci_bad(rd, "uidMappings and gidMappings are only good together");
	if (m->n_uids > 0 && !m->rec_idmap)
		m->idmap = true;
	if ((m->idmap || m->rec_idmap) && !(m->flags & MS_BIND))
		return oci_bad(rd, "only bind mounts can be idmapped");
	if (m->flags & MS_BIND)
		return complete_bind(rd, m);
	if (!m->type && !(m->flags & MS_REMOUNT) && !m->propagation[0])
		return oci_bad_member(rd, "type", "missing");
	return 0;
}

const struct oci_list oci_mount_list = {
	.table = members,
	.size = sizeof(struct oci_mount),
	.n = OCI_LIST_N(struct oci_config, mounts, n_mounts),
	.check = check_mount,
};

void oci_mount_done(struct oci_mount *m)
{
	free(m->destination);
	free(m->type);
	free(m->source);
	free(m->data);
	free(m->uids);
	free(m->gids);
}
