/* SPDX-License-Identifier: MIT */
/*
 * The first process of a container of an engine, up to its command: it makes the inside of the
 * namespaces, waits for `start` with the rights of nap but nothing of nap's open, and gives them
 * up.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init.h"
#include "mapping.h"
#include "net/net.h"
#include "runtime/handshake.h"

/* ---- steps up to a root that is ready ---- */

static int tell_made(struct walk *w)
{
	int r = handshake_send(w->channel, STAGE_MADE, -1);

	return r == 0 ? handshake_wait(w->channel, STAGE_GO) : r;
}

static int wait_for_hooks(struct walk *w)
{
	return oci_has_early_hooks(&oci_of(w)->state) ? tell_made(w) : 0;
}

static int up_loopback(struct walk *w)
{
	return w->c->spec->namespaces & CLONE_NEWNET ? net_up_loopback() : 0;
}

/* What is made from here on belongs to the root of the container. */
static int make_files_its_own(struct walk *w)
{
	const struct oci_config *config = &oci_of(w)->config;
	uid_t uid;
	gid_t gid;

	if (w->c->userns_fd < 0)
		return 0;
	if (oci_host_uid(config, 0, &uid) < 0 || oci_host_gid(config, 0, &gid) < 0)
		return 0; /* nobody is root there */
	return walk_take_file_ids(w, uid, gid);
}

static int set_names(struct walk *w)
{
	const char *host = w->c->spec->hostname, *domain = oci_of(w)->config.domainname;

	if (host && sethostname(host, strlen(host)) < 0)
		return -errno;
	return domain && setdomainname(domain, strlen(domain)) < 0 ? -errno : 0;
}

static int run_create_hooks(struct walk *w)
{
	return oci_hooks_step(w, OCI_CREATE_CONTAINER, OCI_CREATING);
}

static const struct step init_steps[] = {
	{"learn its own pid", EXIT_NAP_NAMESPACE, oci_process_learn_pid},
	{"set", EXIT_NAP_LIMITS, oci_process_tune},
	{"set", EXIT_NAP_LIMITS, oci_process_raise_limits},
	{"make the time namespace", EXIT_NAP_NAMESPACE, oci_namespaces_time},
	{"join the namespace", EXIT_NAP_NAMESPACE, oci_namespaces_join},
	{"report", EXIT_NAP_NAMESPACE, tell_made},
	{"enter the cgroup namespace", EXIT_NAP_CGROUP, oci_namespaces_cgroup},
	{"bring the loopback up", EXIT_NAP_NETWORK, up_loopback},
	{"take on the ids of the container", EXIT_NAP_USER, make_files_its_own},
	{"prepare the root", EXIT_NAP_NAMESPACE, oci_rootfs_propagate},
	{"mount", EXIT_NAP_NAMESPACE, oci_rootfs_mount},
	{"make the device", EXIT_NAP_NAMESPACE, oci_rootfs_devices},
	{"make the terminal", EXIT_NAP_STDIN, oci_rootfs_console},
	{"wait for hooks", EXIT_NAP_NAMESPACE, wait_for_hooks},
	{"run the createContainer hook", EXIT_NAP_NAMESPACE, run_create_hooks},
	{"protect", EXIT_NAP_NAMESPACE, oci_rootfs_finish},
	{"take the null device", EXIT_NAP_STDIN, oci_console_take_null},
	{"enter the root", EXIT_NAP_NAMESPACE, oci_rootfs_enter},
	{"set the host name", EXIT_NAP_NAMESPACE, set_names},
};

/* ---- waiting ---- */

/* A bundle without a process is created, but not started. */
static int find_command(struct walk *w)
{
	return w->c->spec->argv ? walk_find_executable(w) : 0;
}

/* What was inherited or opened on the way must not be there as long as nobody starts it. */
static int drop_descriptors(struct walk *w)
{
	struct oci_container *oc = oci_own(w);
	int *const fds[] = {&w->channel, &oc->start_fd, &oc->c.stub_fd, &oc->listener_fd,
			    &w->tty_fd};

	oc->state.dirfd = -1;
	return oci_keep_only(3 + (int)w->c->n_listen_fds, fds, ARRAY_SIZE(fds));
}

static int tell_mounted(struct walk *w)
{
	int r = handshake_send(w->channel, STAGE_MOUNTED, w->tty_fd);

	fd_drop(&w->tty_fd);
	return r;
}

static const struct step ready_steps[] = {
	{"enter the working directory", EXIT_NAP_CHDIR, oci_process_look},
	{"execute", EXIT_NAP_EXEC, find_command},
	{"start a session", EXIT_NAP_SETSID, walk_new_session},
	{"take the terminal", EXIT_NAP_STDIN, oci_console_take},
	{"enter the user namespace", EXIT_NAP_NAMESPACE, oci_namespaces_enter_user},
	{"stay non-dumpable", EXIT_NAP_USER, walk_stay_undumpable},
	{"share the root", EXIT_NAP_NAMESPACE, oci_rootfs_share},
	{"close descriptors", EXIT_NAP_STDIN, drop_descriptors},
	{"report", EXIT_NAP_NAMESPACE, tell_mounted},
};

/* A first process of a PID namespace has no default actions: so they are spelled out. */
static void end_by_signal(int signo)
{
	_exit(128 + signo);
}

static void heed_signals(void)
{
	static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM};
	sigset_t none;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		(void)signal(ends[i], end_by_signal);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Who calls and then says nothing was killed: there may be another. */
static int wait_for_start(struct walk *w)
{
	struct oci_container *oc = oci_own(w);
	int r = -EPIPE;

	fd_drop(&w->channel);
	heed_signals();
	while (r == -EPIPE) {
		fd_drop(&w->channel);
		w->channel = accept4(oc->start_fd, NULL, NULL, SOCK_CLOEXEC);
		if (w->channel < 0 && errno != EINTR && errno != ECONNABORTED)
			return -errno;
		if (w->channel >= 0)
			r = handshake_wait(w->channel, STAGE_START);
	}
	fd_drop(&oc->start_fd);
	return r;
}

static int run_start_hooks(struct walk *w)
{
	return oci_hooks_step(w, OCI_START_CONTAINER, OCI_CREATED);
}

static int check_command(struct walk *w)
{
	if (w->c->spec->argv)
		return 0;
	w->what = "process is not set in config.json";
	return -EINVAL;
}

static const struct step started_steps[] = {
	{"wait for start", EXIT_NAP_NAMESPACE, wait_for_start},
	{"start:", EXIT_NAP_EXEC, check_command},
};

static const struct step confined_steps[] = {
	{"run the startContainer hook", EXIT_NAP_NAMESPACE, run_start_hooks},
};

void oci_init(struct oci_container *oc, int channel)
{
	struct walk w = walk_begin(&oc->c, channel);

	walk_steps(&w, init_steps, ARRAY_SIZE(init_steps));
	walk_steps(&w, ready_steps, ARRAY_SIZE(ready_steps));
	walk_steps(&w, started_steps, ARRAY_SIZE(started_steps));
	oci_confine(&w);
	walk_steps(&w, confined_steps, ARRAY_SIZE(confined_steps));
	oci_execute(&w);
}
