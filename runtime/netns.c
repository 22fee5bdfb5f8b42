/* SPDX-License-Identifier: MIT */
/*
 * A process that unshares its network namespace, has net/ furnish it, says how that went, and
 * waits. What it says is a number, which the container's first process reads; after a failure it
 * has told people why, and the text of that follows, which the parent reads.
 */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "hosts.h"
#include "launch.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "net/net.h"
#include "state.h"

static int make_namespace(void)
{
	return unshare(CLONE_NEWNET) < 0 ? log_fail(-errno, "make a network namespace") : 0;
}

static int make_alone(void)
{
	int r = make_namespace();

	if (r == 0) {
		r = net_up_loopback();
		if (r < 0)
			return log_fail(r, "set lo up");
	}
	return r;
}

static int make_connected(const struct container *c)
{
	const struct spec *spec = c->spec;
	auto_free char *dir = text_format("%s/net", c->paths->runroot);
	auto_free char *hosts = text_format("%s/hosts", c->run_path);
	auto_free struct ip_address *resolvers = NULL;
	auto_net_host struct net_host *host = NULL;
	auto_net_lease struct net_lease *lease = NULL;
	struct net_conf conf = {
		.id = spec->id,
		.hostname = spec->hostname,
		.hosts = hosts,
		.attach = spec->attach,
		.n_attach = spec->n_attach,
		.publish = spec->publish,
		.n_publish = spec->n_publish,
		.rules = spec->rules,
		.n_rules = spec->n_rules,
	};
	int r;

	if (!dir || !hosts)
		return log_oom();
	r = hosts_resolvers(c->run_dirfd, &resolvers, &conf.n_resolvers);
	conf.resolvers = resolvers;
	if (r == 0)
		r = net_open(dir, &host);
	if (r == 0)
		r = net_grant(host, &conf, &lease);
	if (r == 0)
		r = hosts_add_gateway(spec, lease, c->run_dirfd);
	if (r == 0)
		r = make_namespace();
	return r == 0 ? net_up(host, lease) : r;
}

__attribute__((noreturn)) static void hold(const struct container *c, pid_t nap, int ready_fd)
{
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != nap) /* which died before we asked to be told */
		_exit(1);
	r = c->spec->network == NETWORK_NONE ? make_alone() : make_connected(c);
	(void)!write(ready_fd, &r, sizeof(r)); /* the reader sees the end of file otherwise */
	if (r < 0) {
		(void)!write(ready_fd, log_first_error(), strlen(log_first_error()));
		_exit(1);
	}
	for (;;)
		(void)pause();
}

/* The first process of the other one holds its namespaces, and its directory the files about names.
 */
static int share(struct container *c)
{
	auto_free char *id = NULL, *path = NULL;
	auto_state struct state *s = NULL;
	const char *name = c->spec->network_of;
	int r = container_resolve(c->paths, name, &id);

	if (r == 0)
		r = state_load(c->paths, id, &s);
	if (r == 0)
		c->netns_pidfd = state_open_init(s);
	if (r < 0 || c->netns_pidfd < 0)
		return log_refuse(r < 0 ? r : -ESRCH,
				  "container %s, whose network is to be shared, is not running",
				  name);
	if (s->spec->network == NETWORK_HOST)
		return log_refuse(-EINVAL, "container %s has the host's network: share that", name);
	path = container_run_path(c->paths, id);
	if (s->spec->hostname)
		c->shared_hostname = strdup(s->spec->hostname);
	if (!path || (s->spec->hostname && !c->shared_hostname))
		return log_oom();
	c->names_dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return c->names_dirfd < 0 ? log_fail(-errno, "open %s", path) : 0;
}

int netns_start(struct container *c)
{
	int fds[2];
	pid_t nap = getpid(), pid;

	if (c->spec->network == NETWORK_HOST)
		return 0;
	if (c->spec->network == NETWORK_SHARED)
		return share(c);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return log_fail(-errno, "make a pipe");
	pid = clone_process(0, -1, &c->netns_pidfd);
	if (pid == 0)
		hold(c, nap, fds[1]);
	(void)close(fds[1]);
	c->netns_ready_fd = fds[0];
	return pid < 0 ? log_fail(pid, "clone the process that makes the network namespace") : 0;
}

int netns_join(const struct container *c)
{
	ssize_t n;
	int r;

	if (c->netns_pidfd < 0)
		return 0;
	if (c->netns_ready_fd >= 0) {
		n = read(c->netns_ready_fd, &r, sizeof(r));
		if (n != (ssize_t)sizeof(r))
			return n < 0 ? -errno : -EPIPE;
		if (r < 0)
			return r;
	}
	return setns(c->netns_pidfd, CLONE_NEWNET) < 0 ? -errno : 0;
}

int netns_failure(const struct container *c, int error)
{
	char text[512];
	ssize_t n = -1;

	/* what is left in the pipe is the reason; the end of file is that of who died without one
	 */
	if (c->netns_ready_fd >= 0)
		n = read(c->netns_ready_fd, text, sizeof(text) - 1);
	if (n <= 0)
		return log_fail(error, "cannot join the network namespace");
	text[n] = '\0';
	log_adopt(text);
	return error;
}

void netns_release(struct container *c)
{
	siginfo_t info;

	if (c->netns_pidfd < 0)
		return;
	if (c->netns_ready_fd >= 0) { /* it is ours */
		(void)proc_send_signal(c->netns_pidfd, SIGKILL);
		while (waitid(P_PIDFD, (id_t)c->netns_pidfd, &info, WEXITED) < 0 && errno == EINTR)
			;
	}
	fd_drop(&c->netns_pidfd);
	fd_drop(&c->netns_ready_fd);
}
