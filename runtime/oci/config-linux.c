/* SPDX-License-Identifier: MIT */
/* The object "linux": config-linux.md, but for the resources. */
#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>

#include "config-reader.h"
#include "config.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/strv.h"
#include "lib/sysctl.h"
#include "lib/text.h"

#define OFFSET(member) offsetof(struct oci_config, member)

/* ---- namespaces ---- */

const struct oci_namespace_name oci_namespace_names[] = {
	{"cgroup", "cgroup", CLONE_NEWCGROUP},
	{"ipc", "ipc", CLONE_NEWIPC},
	{"mount", "mnt", CLONE_NEWNS},
	{"network", "net", CLONE_NEWNET},
	{"pid", "pid", CLONE_NEWPID},
	{"time", "time", CLONE_NEWTIME},
	{"user", "user", CLONE_NEWUSER},
	{"uts", "uts", CLONE_NEWUTS},
	{0},
};

const struct oci_namespace *oci_namespace(const struct oci_config *c, uint64_t type)
{
	for (size_t i = 0; i < c->n_namespaces; i++)
		if (c->namespaces[i].type == type)
			return &c->namespaces[i];
	return NULL;
}

static int read_namespace_type(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			       void *ret)
{
	const char *s = json_string_value(j);

	(void)m;
	for (const struct oci_namespace_name *n = oci_namespace_names; n->name; n++)
		if (s && streq(n->name, s)) {
			*(uint64_t *)ret = n->type;
			return 0;
		}
	return oci_bad(rd, "\"%s\": unknown namespace", s ? s : "");
}

static const struct oci_member namespace_members[] = {
	{"type", read_namespace_type, offsetof(struct oci_namespace, type), .required = true},
	{"path", oci_read_path, offsetof(struct oci_namespace, path)},
	{0},
};

/* "If a namespaces field contains duplicated namespaces with same type, the runtime MUST generate
 * an error." */
static int check_namespace(struct oci_reader *rd, void *element)
{
	const struct oci_namespace *ns = element;

	if (rd->namespaces & ns->type)
		return oci_bad(rd, "a second namespace of the same type");
	rd->namespaces |= ns->type;
	return 0;
}

static const struct oci_list namespaces = {
	.table = namespace_members,
	.size = sizeof(struct oci_namespace),
	.n = OCI_LIST_N(struct oci_config, namespaces, n_namespaces),
	.check = check_namespace,
};

static const struct oci_list uids = {
	.table = oci_mapping_members,
	.size = sizeof(struct oci_mapping),
	.n = OCI_LIST_N(struct oci_config, uids, n_uids),
};

static const struct oci_list gids = {
	.table = oci_mapping_members,
	.size = sizeof(struct oci_mapping),
	.n = OCI_LIST_N(struct oci_config, gids, n_gids),
};

/* ---- time ---- */

static const struct oci_member offset_members[] = {
	{"secs", oci_read_i64, offsetof(struct oci_time_offset, sec)},
	{"nanosecs", oci_read_u32, offsetof(struct oci_time_offset, nsec), .max = 999999999},
	{0},
};

static int read_offset(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
		       void *ret)
{
	struct oci_time_offset *offset = ret;

	(void)m;
	offset->given = true;
	return oci_read_members(rd, j, offset_members, offset);
}

static const struct oci_member time_members[] = {
	{"monotonic", read_offset, OFFSET(monotonic)},
	{"boottime", read_offset, OFFSET(boottime)},
	{0},
};

/* ---- devices ---- */

#define DEVICE(member) offsetof(struct oci_device, member)

static int read_device_type(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			    void *ret)
{
	const char *s = json_string_value(j);

	(void)m;
	if (!s || !*s || !strchr("bcup", *s) || s[1])
		return oci_bad(rd, "not \"b\", \"c\", \"u\" or \"p\"");
	*(char *)ret = *s;
	return 0;
}

/* By its path it is told from the default devices. */
static int read_device_path(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			    void *ret)
{
	char **path = ret, *normal;
	int r = oci_read_path(rd, j, m, ret);

	if (r < 0)
		return r;
	if (path_normalize(*path, &normal) < 0)
		return log_oom(); /* it is absolute, and not too long */
	free(*path);
	*path = normal;
	return 0;
}

/* Some tools hand on all of st_mode. */
static int read_mode(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	uint32_t mode;
	int r = oci_read_u32(rd, j, m, &mode);

	if (r >= 0)
		*(mode_t *)ret = mode & 07777;
	return r;
}

static const struct oci_member device_members[] = {
	{"type", read_device_type, DEVICE(type), .required = true},
	{"path", read_device_path, DEVICE(path), .required = true},
	{"major", oci_read_i64, DEVICE(major), NULL, 0, UINT32_MAX},
	{"minor", oci_read_i64, DEVICE(minor), NULL, 0, UINT32_MAX},
	{"fileMode", read_mode, DEVICE(mode)},
	{"uid", oci_read_u32, DEVICE(uid), .max = UINT32_MAX - 1},
	{"gid", oci_read_u32, DEVICE(gid), .max = UINT32_MAX - 1},
	{0},
};

static const struct oci_list devices = {
	.table = device_members,
	.initial = &(const struct oci_device){.mode = 0666},
	.size = sizeof(struct oci_device),
	.n = OCI_LIST_N(struct oci_config, devices, n_devices),
};

/* ---- network devices ---- */

static const struct oci_member netdev_members[] = {
	{"name", oci_read_string, offsetof(struct oci_netdev, inside)},
	{0},
};

/* It keeps its name unless it is given another. */
static int check_netdev(struct oci_reader *rd, void *element)
{
	struct oci_netdev *d = element;

	if (!d->inside && text_set(&d->inside, d->name) < 0)
		return log_oom();
	if (!interface_name_is_valid(d->name))
		return oci_bad(rd, "not the name of a network interface");
	if (!interface_name_is_valid(d->inside))
		return oci_bad_member(rd, "name", "\"%s\": not the name of a network interface",
				      d->inside);
	return 0;
}

static const struct oci_list netdevs = {
	.table = netdev_members,
	.size = sizeof(struct oci_netdev),
	.n = OCI_LIST_N(struct oci_config, netdevs, n_netdevs),
	.check = check_netdev,
};

/* ---- kernel parameters ---- */

/* Only now it is known which namespaces there are. */
static int check_sysctls(struct oci_reader *rd, struct oci_config *c)
{
	STRV_FOREACH (s, c->sysctls) {
		const char *why = "";
		char *path = NULL;
		int r = sysctl_parse(*s, rd->namespaces, &path, &why);

		if (r == -ENOMEM)
			return log_oom();
		if (r < 0)
			return oci_bad_member(rd, "linux.sysctl", "\"%.*s\": %s",
					      (int)strcspn(*s, "="), *s, why);
		free(*s);
		*s = path;
	}
	return 0;
}

/* ---- the rest ---- */

static const struct oci_name propagations[] = {
	{"private", MS_PRIVATE | MS_REC},
	{"rprivate", MS_PRIVATE | MS_REC},
	{"shared", MS_SHARED | MS_REC},
	{"rshared", MS_SHARED | MS_REC},
	{"slave", MS_SLAVE | MS_REC},
	{"rslave", MS_SLAVE | MS_REC},
	{"unbindable", MS_UNBINDABLE | MS_REC},
	{"runbindable", MS_UNBINDABLE | MS_REC},
	{0},
};

static const struct oci_name domains[] = {
	{"LINUX", PER_LINUX},
	{"LINUX32", PER_LINUX32},
	{0},
};

static int read_domain(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
		       void *ret)
{
	struct oci_config *c = ret;
	uint64_t value = 0;
	int r = oci_read_name(rd, j, m, &value);

	c->has_personality = true;
	c->personality = value;
	return r;
}

/* "Currently no flag values are supported": an empty list is what there may be. */
static int read_no_flags(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			 void *ret)
{
	(void)m;
	(void)ret;
	return json_array_size(j) > 0 ? oci_bad(rd, "no flag is supported") : 0;
}

static const struct oci_member personality_members[] = {
	{"domain", read_domain, 0, domains, .required = true},
	{"flags", read_no_flags, 0},
	{0},
};

static const struct oci_member seccomp_members[] = {
	{"listenerPath", oci_read_path, OFFSET(seccomp_listener)},
	{"listenerMetadata", oci_read_string, OFFSET(seccomp_listener_metadata)},
	{0},
};

static int read_seccomp(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			void *ret)
{
	struct oci_config *c = ret;
	int r;

	(void)m;
	c->seccomp = (json_t *)j;
	r = oci_read_members(rd, j, seccomp_members, c);
	if (r >= 0 && c->seccomp_listener_metadata && !c->seccomp_listener)
		return oci_bad(rd, "listenerMetadata without listenerPath");
	return r;
}

/* What this runtime cannot do is refused, not left out: somebody relies on it. */
static int refuse(struct oci_reader *rd, const json_t *j, const struct oci_member *m, void *ret)
{
	(void)m;
	(void)ret;
	return json_object_size(j) > 0 ? oci_bad(rd, "not supported") : 0;
}

static int read_resources(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			  void *ret)
{
	(void)m;
	return oci_read_members(rd, j, oci_resources_members, ret);
}

const struct oci_member oci_linux_members[] = {
	{"namespaces", oci_read_list, OFFSET(namespaces), &namespaces},
	{"uidMappings", oci_read_list, OFFSET(uids), &uids},
	{"gidMappings", oci_read_list, OFFSET(gids), &gids},
	{"timeOffsets", oci_read_object, 0, time_members},
	{"devices", oci_read_list, OFFSET(devices), &devices},
	{"netDevices", oci_read_named, OFFSET(netdevs), &netdevs},
	{"cgroupsPath", oci_read_string, OFFSET(cgroup)},
	{"resources", read_resources, OFFSET(resources)},
	{"rootfsPropagation", oci_read_name, OFFSET(propagation), propagations},
	{"sysctl", oci_read_map, OFFSET(sysctls)},
	{"maskedPaths", oci_read_paths, OFFSET(masked)},
	{"readonlyPaths", oci_read_paths, OFFSET(read_only_paths)},
	{"mountLabel", oci_read_string, OFFSET(mount_label)},
	{"personality", oci_read_object, 0, personality_members},
	{"seccomp", read_seccomp, 0},
	{"intelRdt", refuse, 0},
	{"memoryPolicy", refuse, 0},
	{0},
};

static int need(struct oci_reader *rd, bool asked, const char *what, uint64_t type,
		const char *name)
{
	if (!asked || rd->namespaces & type)
		return 0;
	return oci_bad_member(rd, what, "only with a %s namespace", name);
}

int oci_linux_check(struct oci_reader *rd, struct oci_config *c)
{
	const struct oci_namespace *time = oci_namespace(c, CLONE_NEWTIME);
	bool offsets = c->monotonic.given || c->boottime.given;
	int r;

	r = need(rd, c->hostname, "hostname", CLONE_NEWUTS, "uts");
	if (r >= 0)
		r = need(rd, c->domainname, "domainname", CLONE_NEWUTS, "uts");
	if (r >= 0)
		r = need(rd, c->n_netdevs > 0, "linux.netDevices", CLONE_NEWNET, "network");
	if (r >= 0)
		r = need(rd, offsets, "linux.timeOffsets", CLONE_NEWTIME, "time");
	if (r >= 0 && offsets && time->path)
		r = oci_bad_member(rd, "linux.timeOffsets",
				   "not in a time namespace that is joined");
	if (r >= 0)
		r = check_sysctls(rd, c);
	return r;
}
