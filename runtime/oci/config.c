/* SPDX-License-Identifier: MIT */
/*
 * config.json as a whole: config.md. The tables of its parts are in config-process.c,
 * config-mounts.c, config-hooks.c, config-linux.c and config-resources.c.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config-reader.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"

#define OFFSET(member) offsetof(struct oci_config, member)

/* Semantic versions: whatever 1.x adds may be ignored, another major is another language. */
static int read_version(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			void *ret)
{
	int r = oci_read_string(rd, j, m, ret);
	const char *s, *minor;

	if (r < 0)
		return r;
	s = *(char **)ret;
	minor = startswith(s, "1.");
	if (!minor || strspn(minor, "0123456789") == 0)
		return oci_bad(rd, "\"%s\": only versions 1.x are supported", s);
	return 0;
}

static const struct oci_member root_members[] = {
	{"path", oci_read_host_path, OFFSET(rootfs), .required = true},
	{"readonly", oci_read_bool, OFFSET(read_only)},
	{0},
};

static const struct oci_member members[] = {
	{"ociVersion", read_version, OFFSET(version), .required = true},
	{"process", oci_read_process, OFFSET(process)},
	{"root", oci_read_object, 0, root_members, .required = true},
	{"hostname", oci_read_string, OFFSET(hostname)},
	{"domainname", oci_read_string, OFFSET(domainname)},
	{"mounts", oci_read_list, OFFSET(mounts), &oci_mount_list},
	{"hooks", oci_read_object, 0, oci_hooks_members},
	{"annotations", oci_read_map, OFFSET(annotations)},
	{"linux", oci_read_object, 0, oci_linux_members},
	{0},
};

/* The document belongs to the config, whatever comes of it. */
static int read_document(struct oci_reader *rd, json_t *document, struct oci_config *ret)
{
	struct oci_config config = {.document = document};
	int r = oci_read_members(rd, document, members, &config);

	if (r >= 0)
		r = oci_linux_check(rd, &config);
	if (r < 0) {
		oci_config_done(&config);
		return r;
	}
	*ret = config;
	return 0;
}

int oci_config_parse(const char *file, const char *bundle, const char *text, size_t len,
		     struct oci_config *ret)
{
	struct oci_reader rd = {.file = file, .bundle = bundle};
	json_t *document = NULL;
	int r = oci_parse(&rd, text, len, &document);

	return r < 0 ? r : read_document(&rd, document, ret);
}

int oci_config_read(const char *bundle, const char *file, bool headless, struct oci_config *ret)
{
	auto_free char *path = *file == '/' ? strdup(file) : text_format("%s/%s", bundle, file);
	struct oci_reader rd = {.file = path, .bundle = bundle, .headless = headless};
	json_t *document = NULL;
	int r;

	if (!path)
		return log_oom();
	r = oci_parse_file(&rd, path, &document);
	return r < 0 ? r : read_document(&rd, document, ret);
}

static void free_hooks(struct oci_hooks *hooks)
{
	for (size_t i = 0; i < hooks->n; i++) {
		free(hooks->hook[i].path);
		strv_free(hooks->hook[i].args);
		strv_free(hooks->hook[i].env);
	}
	free(hooks->hook);
}

static void free_linux(struct oci_config *c)
{
	for (size_t i = 0; i < c->n_namespaces; i++)
		free(c->namespaces[i].path);
	free(c->namespaces);
	free(c->uids);
	free(c->gids);
	for (size_t i = 0; i < c->n_devices; i++)
		free(c->devices[i].path);
	free(c->devices);
	for (size_t i = 0; i < c->n_netdevs; i++) {
		free(c->netdevs[i].name);
		free(c->netdevs[i].inside);
	}
	free(c->netdevs);
	free(c->cgroup);
	oci_resources_done(&c->resources);
	strv_free(c->sysctls);
	strv_free(c->masked);
	strv_free(c->read_only_paths);
	free(c->mount_label);
	free(c->seccomp_listener);
	free(c->seccomp_listener_metadata);
}

void oci_config_done(struct oci_config *c)
{
	free(c->version);
	oci_process_done(&c->process);
	free(c->rootfs);
	for (size_t i = 0; i < c->n_mounts; i++)
		oci_mount_done(&c->mounts[i]);
	free(c->mounts);
	free(c->hostname);
	free(c->domainname);
	for (int i = 0; i < OCI_STAGES; i++)
		free_hooks(&c->hooks[i]);
	strv_free(c->annotations);
	free_linux(c);
	json_decref(c->document);
	*c = (struct oci_config){0};
}
