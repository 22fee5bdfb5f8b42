/* SPDX-License-Identifier: MIT */
/*
 * The second front door: config.json into struct spec, as far as the launcher has steps for it.
 * What only OCI knows stays in struct oci_config, where the steps of init.c find it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "runtime/lsm.h"
#include "runtime/tty.h"

/* Where a command is looked for whose environment does not say (execvp(3) has a shorter one). */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

void oci_container_init(struct oci_container *oc, const struct oci_options *o)
{
	*oc = (struct oci_container){
		.options = o,
		.state = {.dirfd = -1},
		.start_fd = -1,
		.label_fd = -1,
		.covers_fd = -1,
		.listener_fd = -1,
	};
	container_init(&oc->c, NULL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(oc->joined_fd); i++)
		oc->joined_fd[i] = -1;
}

void oci_container_done(struct oci_container *oc)
{
	oci_mounts_done(oc);
	container_done(&oc->c);
	spec_free(oc->spec);
	oci_config_done(&oc->config);
	oci_state_done(&oc->state);
	for (size_t i = 0; i < ARRAY_SIZE(oc->joined_fd); i++)
		fd_drop(&oc->joined_fd[i]);
	fd_drop(&oc->start_fd);
	fd_drop(&oc->label_fd);
	fd_drop(&oc->listener_fd);
}

static int new_spec(struct oci_container *oc, const char *id)
{
	oc->spec = calloc(1, sizeof(*oc->spec));
	if (!oc->spec)
		return log_oom();
	oc->spec->id = strdup(id);
	oc->c.spec = oc->spec;
	return oc->spec->id ? 0 : log_oom();
}

static void take_process(struct oci_container *oc, struct oci_process *p)
{
	struct spec *spec = oc->spec;
	struct user_spec *u = &oc->c.user;

	spec->argv = TAKE_PTR(p->args);
	spec->env = TAKE_PTR(p->env);
	spec->working_dir = TAKE_PTR(p->cwd);
	spec->terminal = p->terminal;
	spec->interactive = true;
	spec->rlimits = TAKE_PTR(p->rlimits);
	spec->n_rlimits = p->n_rlimits;
	spec->no_new_privs = p->no_new_privs;
	spec->apparmor = TAKE_PTR(p->apparmor);
	/* as runc and crun have it: engines send one wherever they were told to */
	if (lsm_has_selinux())
		spec->selinux = TAKE_PTR(p->selinux_label);
	spec->caps = p->caps.bounding;
	*u = (struct user_spec){.uid = p->uid, .gid = p->gid, .n_groups = p->n_groups};
	u->groups = TAKE_PTR(p->groups);
	oc->c.tty_size = (struct winsize){.ws_row = (unsigned short)p->rows,
					  .ws_col = (unsigned short)p->columns};
}

int oci_spec_from_config(struct oci_container *oc)
{
	struct oci_config *config = &oc->config;
	int r = new_spec(oc, oc->state.id);

	if (r < 0)
		return r;
	for (size_t i = 0; i < config->n_namespaces; i++)
		if (!config->namespaces[i].path)
			oc->spec->namespaces |= config->namespaces[i].type;
	oc->spec->hostname = TAKE_PTR(config->hostname);
	oc->spec->read_only = config->read_only;
	take_process(oc, &config->process);
	return 0;
}

static int prepare_seccomp(struct oci_container *oc)
{
	if (!oc->config.seccomp || oc->c.joined)
		return 0; /* exec: it is kept as it was compiled */
	return seccomp_compile_profile("linux.seccomp", oc->config.seccomp, oc->spec->caps,
				       &oc->c.seccomp);
}

/* One that is to listen descriptors is told so as by systemd; that it is meant, it checks by its
 * pid. */
static int pass_listen_fds(struct oci_container *oc)
{
	const char *n = getenv("LISTEN_FDS");
	auto_free char *assignment = NULL;

	if (!n || env_get(oc->c.env, "LISTEN_FDS"))
		return 0;
	assignment = text_format("LISTEN_FDS=%s", n);
	if (!assignment || env_set(&oc->c.env, assignment) < 0 ||
	    env_set(&oc->c.env, "LISTEN_PID=1") < 0)
		return log_oom();
	return 0;
}

/* As with the labels of SELinux: what the kernel does not know at all is not asked of it. */
static void check_profile(struct spec *spec)
{
	if (!spec->apparmor || lsm_has_apparmor())
		return;
	log_warn("process.apparmorProfile %s: this machine has no AppArmor, there is no profile",
		 spec->apparmor);
	free(TAKE_PTR(spec->apparmor));
}

int oci_prepare_process(struct oci_container *oc)
{
	struct container *c = &oc->c;
	bool has_path;
	int r;

	check_profile(oc->spec);
	if (strv_copy(c->spec->env, &c->env) < 0)
		return log_oom();
	has_path = env_get(c->env, "PATH");
	/* to look for the command alone; it is not told of it */
	if (!has_path && env_set(&c->env, "PATH=" DEFAULT_PATH) < 0)
		return log_oom();
	r = c->spec->argv ? prepare_command(c, c->spec->argv) : 0;
	if (!has_path)
		env_unset(c->env, "PATH");
	if (r == 0)
		r = pass_listen_fds(oc);
	if (c->spec->terminal && c->tty_size.ws_row == 0)
		tty_get_size(&c->tty_size);
	return r == 0 ? prepare_seccomp(oc) : r;
}
