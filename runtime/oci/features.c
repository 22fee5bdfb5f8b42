/* SPDX-License-Identifier: MIT */
/*
 * features.md and features-linux.md: what this program knows, whatever the machine can do. Names
 * come from the tables that read them, so that what is printed is what is understood.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "config-reader.h"
#include "config.h"
#include "lib/caps.h"
#include "lib/json.h"
#include "lib/log.h"
#include "oci.h"
#include "runtime/seccomp-names.h"

/* "The feature document MUST NOT contain properties that are not defined in this version":
 * netDevices are of 1.3. */
#define VERSION_MIN "1.0.0"
#define VERSION_MAX "1.3.0"

/* {"KEY":{"enabled":BOOL}} */
static void add_enabled(struct buf *b, const char *key, bool enabled)
{
	json_open_object(b, key);
	json_member_bool(b, "enabled", enabled);
	buf_char(b, '}');
}

static void add_hooks(struct buf *b)
{
	json_open_array(b, "hooks");
	for (const struct oci_member *m = oci_hooks_members; m->name; m++)
		json_element(b, m->name);
	buf_char(b, ']');
}

static void add_namespaces(struct buf *b)
{
	json_open_array(b, "namespaces");
	for (const struct oci_namespace_name *n = oci_namespace_names; n->name; n++)
		json_element(b, n->name);
	buf_char(b, ']');
}

static void add_capabilities(struct buf *b)
{
	const char *lower;
	int known;

	json_open_array(b, "capabilities");
	for (int cap = 0; caps_parse(lower = caps_name(cap), &known) == 0; cap++) {
		char name[40];
		size_t n = 0;

		for (; lower[n] && n < sizeof(name) - 1; n++)
			name[n] = (char)toupper(lower[n]);
		name[n] = '\0';
		json_element(b, name);
	}
	buf_char(b, ']');
}

static void add_cgroup(struct buf *b)
{
	json_open_object(b, "cgroup");
	json_member_bool(b, "v1", false);
	json_member_bool(b, "v2", true);
	json_member_bool(b, "systemd", true);
	json_member_bool(b, "systemdUser", false);
	json_member_bool(b, "rdma", true);
	buf_char(b, '}');
}

static void add_names(struct buf *b, const char *key, const struct seccomp_name *names)
{
	json_open_array(b, key);
	for (; names->name; names++)
		json_element(b, names->name);
	buf_char(b, ']');
}

static void add_seccomp(struct buf *b)
{
	json_open_object(b, "seccomp");
	json_member_bool(b, "enabled", true);
	json_open_array(b, "actions");
	for (const struct seccomp_action *a = seccomp_actions; a->name; a++)
		json_element(b, a->name);
	buf_char(b, ']');
	add_names(b, "operators", seccomp_operators);
	add_names(b, "archs", seccomp_archs);
	add_names(b, "knownFlags", seccomp_flags);
	add_names(b, "supportedFlags", seccomp_flags);
	buf_char(b, '}');
}

static void add_linux(struct buf *b)
{
	json_open_object(b, "linux");
	add_namespaces(b);
	add_capabilities(b);
	add_cgroup(b);
	add_seccomp(b);
	add_enabled(b, "apparmor", true);
	add_enabled(b, "selinux", true);
	add_enabled(b, "intelRdt", false);
	json_open_object(b, "mountExtensions");
	add_enabled(b, "idmap", true);
	buf_char(b, '}');
	add_enabled(b, "netDevices", true);
	buf_char(b, '}');
}

int oci_features(const struct oci_options *o, struct buf *out)
{
	(void)o;
	buf_char(out, '{');
	json_member(out, "ociVersionMin", VERSION_MIN);
	json_member(out, "ociVersionMax", VERSION_MAX);
	add_hooks(out);
	json_member_strv(out, "mountOptions", (char *const *)oci_mount_options);
	add_linux(out);
	json_open_object(out, "annotations");
	json_member(out, "nap.version", NAP_VERSION);
	buf_str(out, "}}");
	return out->error ? log_oom() : 0;
}
