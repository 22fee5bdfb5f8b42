/* SPDX-License-Identifier: MIT */
/*
 * The config.json that `spec` writes to start from: a shell on a terminal, in namespaces of its
 * own, with few capabilities, a read-only root and what all runtimes hide of /proc and /sys. Tools
 * (the suites of runc and crun among them) change members of it by their place.
 */
#include <errno.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "oci.h"
#include "runtime/cgroup-file.h"
#include "runtime/cgroup.h"
#include "runtime/procfs.h"

#define CAPS "[\"CAP_AUDIT_WRITE\",\"CAP_KILL\",\"CAP_NET_BIND_SERVICE\"]"
#define CONFINED "\"nosuid\",\"noexec\",\"nodev\""

static const char process[] =
	"{\"terminal\":true,\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"sh\"],"
	"\"env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\","
	"\"TERM=xterm\"],\"cwd\":\"/\","
	"\"capabilities\":{\"bounding\":" CAPS ",\"effective\":" CAPS ",\"permitted\":" CAPS "},"
	"\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":1024,\"soft\":1024}],"
	"\"noNewPrivileges\":true}";

/* options: a list of JSON, without its brackets */
static const struct {
	const char *destination, *type, *source, *options;
} mounts[] = {
	{"/proc", "proc", "proc", NULL},
	{"/dev", "tmpfs", "tmpfs", "\"nosuid\",\"strictatime\",\"mode=755\",\"size=65536k\""},
	{"/dev/pts", "devpts", "devpts",
	 "\"nosuid\",\"noexec\",\"newinstance\",\"ptmxmode=0666\",\"mode=0620\",\"gid=5\""},
	{"/dev/shm", "tmpfs", "shm", CONFINED ",\"mode=1777\",\"size=65536k\""},
	{"/dev/mqueue", "mqueue", "mqueue", CONFINED},
	{"/sys", "sysfs", "sysfs", CONFINED ",\"ro\""},
	{"/sys/fs/cgroup", "cgroup", "cgroup", CONFINED ",\"relatime\",\"ro\""},
};

static const char resources[] = "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}";

static const char namespaces[] =
	"{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},"
	"{\"type\":\"mount\"}";

static void add_text(struct buf *b, const char *key, const char *json)
{
	json_add_key(b, key);
	buf_str(b, json);
}

/* Relative names become absolute ones. */
static void add_paths(struct buf *b, const char *const *paths)
{
	for (; *paths; paths++) {
		auto_buf path = {0};

		buf_fmt(&path, "/%s", *paths);
		json_element(b, path.data ? path.data : "");
	}
}

static void add_mounts(struct buf *b)
{
	buf_char(b, '[');
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		buf_str(b, i ? ",{" : "{");
		json_member(b, "destination", mounts[i].destination);
		json_member(b, "type", mounts[i].type);
		json_member(b, "source", mounts[i].source);
		if (mounts[i].options)
			buf_fmt(b, ",\"options\":[%s]", mounts[i].options);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

/* One of cgroups only where v2 has them all, as with runc. */
static void add_namespaces(struct buf *b)
{
	json_open_array(b, "namespaces");
	buf_str(b, namespaces);
	if (cgroup_is_v2(CGROUP_TOP))
		buf_str(b, ",{\"type\":\"cgroup\"}");
	buf_char(b, ']');
}

static void add_linux(struct buf *b)
{
	buf_char(b, '{');
	add_text(b, "resources", resources);
	add_namespaces(b);
	add_text(b, "maskedPaths", "[");
	add_paths(b, procfs_masked_files);
	add_paths(b, procfs_masked_dirs);
	buf_char(b, ']');
	add_text(b, "readonlyPaths", "[");
	add_paths(b, procfs_read_only);
	buf_str(b, "]}");
}

static void add_document(struct buf *b)
{
	buf_char(b, '{');
	json_member(b, "ociVersion", "1.2.0");
	add_text(b, "process", process);
	add_text(b, "root", "{\"path\":\"rootfs\",\"readonly\":true}");
	json_member(b, "hostname", "nap");
	json_add_key(b, "mounts");
	add_mounts(b);
	json_add_key(b, "linux");
	add_linux(b);
	buf_char(b, '}');
}

int oci_spec(const struct oci_options *o, struct buf *out)
{
	auto_buf text = {0};
	auto_json json_t *j = NULL;
	auto_free char *indented = NULL;

	(void)o;
	add_document(&text);
	if (!text.error)
		j = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	indented = j ? json_dumps(j, JSON_INDENT(4)) : NULL;
	if (!indented)
		return log_oom();
	buf_fmt(out, "%s\n", indented);
	return out->error ? log_oom() : 0;
}
