/* SPDX-License-Identifier: MIT */
/* config.json of a bundle: what is taken keeps the promises of runtime/oci/config.h. */
#include <linux/sched.h>
#include <sys/mount.h>

#include "fuzz.h"
#include "lib/cleanup.h"
#include "lib/strv.h"
#include "runtime/oci/config.h"

static void check_process(const struct oci_process *p)
{
	if (!p->given)
		return;
	REQUIRE(strv_len(p->args) > 0 && p->cwd && p->cwd[0] == '/' && p->umask <= 0777);
	STRV_FOREACH (e, p->env)
		REQUIRE(strchr(*e, '=') && **e != '=');
	for (size_t i = 0; i < p->n_rlimits; i++)
		REQUIRE(p->rlimits[i].limit.rlim_cur <= p->rlimits[i].limit.rlim_max);
	REQUIRE(p->io_class >= 0 && p->io_class <= 3 && p->io_priority >= 0 && p->io_priority < 8);
}

static void check_mount(const struct oci_mount *m)
{
	REQUIRE(m->destination && m->destination[0] == '/');
	REQUIRE((m->set & m->clear & ~0x70ULL) == 0 && (m->rec_set & m->rec_clear & ~0x70ULL) == 0);
	REQUIRE((m->flags & (MS_BIND | MS_REMOUNT)) != MS_BIND || m->source[0] == '/');
	REQUIRE(!(m->idmap || m->rec_idmap) || (m->flags & MS_BIND));
}

static void check_linux(const struct oci_config *c)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < c->n_namespaces; i++) {
		const struct oci_namespace *n = &c->namespaces[i];

		REQUIRE(n->type && !(seen & n->type) && (!n->path || n->path[0] == '/'));
		REQUIRE(oci_namespace(c, n->type) == n);
		seen |= n->type;
	}
	REQUIRE(!c->hostname || (seen & CLONE_NEWUTS));
	for (size_t i = 0; i < c->n_netdevs; i++)
		REQUIRE(c->netdevs[i].name && c->netdevs[i].inside && (seen & CLONE_NEWNET));
	for (size_t i = 0; i < c->n_devices; i++)
		REQUIRE(c->devices[i].path[0] == '/' && c->devices[i].type &&
			c->devices[i].mode <= 07777);
	STRV_FOREACH (s, c->sysctls)
		REQUIRE(**s != '/' && strchr(*s, '=') && !strstr(*s, "../"));
	STRV_FOREACH (s, c->masked)
		REQUIRE(**s == '/');
	for (size_t i = 0; i < c->resources.n_unified; i++)
		REQUIRE(!strchr(c->resources.unified[i].name, '/') &&
			c->resources.unified[i].value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	CLEANUP(oci_config_done)
	struct oci_config c = {0};

	if (oci_config_parse("config.json", "/b", text, size, &c) < 0) {
		REQUIRE(!c.document && !c.version);
		return 0;
	}
	REQUIRE(c.version && c.rootfs && c.rootfs[0] == '/' && c.document);
	check_process(&c.process);
	for (size_t i = 0; i < c.n_mounts; i++)
		check_mount(&c.mounts[i]);
	for (int i = 0; i < OCI_STAGES; i++)
		for (size_t k = 0; k < c.hooks[i].n; k++)
			REQUIRE(c.hooks[i].hook[k].path[0] == '/');
	check_linux(&c);
	return 0;
}
