/* SPDX-License-Identifier: MIT */
/*
 * A process that unshares its network namespace, has net/ furnish it, says how that went, and
 * waits. It speaks twice: when the namespace is there to be joined, and when all that belongs to it
 * is. What it says is a struct word; after a failure it has told people why, and the text is in it.
 */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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
#include "userns.h"

struct word {
	int error; /* 0, or negative errno: the last word then */
	char text[512];
};

/* One write, shorter than what a pipe takes at once: the reader gets all of it or the end of file.
 * A failure is said twice, to the container's first process and to the parent, whichever hears
 * first. */
static void say(int fd, int error)
{
	struct word w[2] = {{.error = error}};

	if (error < 0)
		(void)snprintf(w[0].text, sizeof(w[0].text), "%s", log_first_error());
	w[1] = w[0];
	if (write(fd, w, error < 0 ? sizeof(w) : sizeof(w[0])) < 0)
		_exit(1); /* which they hear, at least */
}

static int make_namespace(const struct container *c)
{
	int r = userns_unshare_net(c);

	return r < 0 ? log_fail(r, "make a network namespace") : 0;
}

static int make_alone(const struct container *c)
{
	int r = make_namespace(c);

	if (r == 0) {
		r = net_up_loopback();
		if (r < 0)
			return log_fail(r, "set lo up");
	}
	return r;
}

/* What comes of it is still needed in the namespace. */
static int grant(const struct container *c, struct net_lease **lease)
{
	const struct spec *spec = c->spec;
	auto_free char *hosts = text_format("%s/hosts", c->run_path);
	auto_free struct ip_address *resolvers = NULL;
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

	if (!hosts)
		return log_oom();
	r = hosts_resolvers(c->run_dirfd, &resolvers, &conf.n_resolvers);
	conf.resolvers = resolvers;
	if (r == 0)
		r = net_grant(c->net_host, &conf, lease);
	if (r == 0)
		r = hosts_add_gateway(spec, *lease, c->run_dirfd);
	return r == 0 ? make_namespace(c) : r;
}

__attribute__((noreturn)) static void hold(const struct container *c, pid_t nap, int ready_fd)
{
	struct net_lease *lease = NULL;
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != nap) /* which died before we asked to be told */
		_exit(1);
	r = c->spec->network == NETWORK_NONE ? make_alone(c) : grant(c, &lease);
	say(ready_fd, r);
	if (r == 0 && lease) {
		r = net_up(c->net_host, lease);
		say(ready_fd, r);
	}
	if (r < 0)
		_exit(1);
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

static int open_host(struct container *c)
{
	auto_free char *dir = text_format("%s/net", c->paths->runroot);

	return dir ? net_open(dir, &c->net_host) : log_oom();
}

int netns_start(struct container *c)
{
	int fds[2], r;
	pid_t nap = getpid(), pid;

	if (c->spec->network == NETWORK_HOST)
		return 0;
	if (c->spec->network == NETWORK_SHARED)
		return share(c);
	r = c->spec->network == NETWORK_PRIVATE ? open_host(c) : 0;
	if (r < 0)
		return r;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return log_fail(-errno, "make a pipe");
	pid = clone_process(0, -1, &c->netns_pidfd);
	if (pid == 0)
		hold(c, nap, fds[1]);
	(void)close(fds[1]);
	c->netns_ready_fd = fds[0];
	return pid < 0 ? log_fail(pid, "clone the process that makes the network namespace") : 0;
}

/* The next word: 1, or 0 at the end. */
static int hear(const struct container *c, struct word *ret)
{
	ssize_t n = read(c->netns_ready_fd, ret, sizeof(*ret));

	ret->text[sizeof(ret->text) - 1] = '\0';
	return n < 0 ? -errno : n == (ssize_t)sizeof(*ret);
}

int netns_await(const struct container *c)
{
	struct word w = {0};
	int r = c->netns_ready_fd >= 0 ? hear(c, &w) : 1;

	return r < 0 ? r : w.error < 0 ? w.error : r == 0 ? -EPIPE : 0;
}

int netns_enter(const struct container *c)
{
	return c->netns_pidfd >= 0 && setns(c->netns_pidfd, CLONE_NEWNET) < 0 ? -errno : 0;
}

int netns_join(const struct container *c)
{
	int r = netns_await(c);

	return r < 0 ? r : netns_enter(c);
}

/* It has been reported if there is a word about it. */
static int fail(const struct word *w, int error)
{
	if (w->error < 0)
		log_adopt(w->text);
	else
		(void)log_fail(error, "cannot join the network namespace");
	return error;
}

bool netns_has_told(const struct container *c)
{
	struct word w = {0};

	if (c->netns_ready_fd < 0)
		return false;
	if (fcntl(c->netns_ready_fd, F_SETFL, O_NONBLOCK) < 0) /* it may be well itself */
		return false;
	while (w.error == 0 && hear(c, &w) == 1)
		;
	if (w.error < 0)
		log_adopt(w.text);
	return w.error < 0;
}

int netns_failure(const struct container *c, int error)
{
	struct word nothing = {0};

	return netns_has_told(c) ? error : fail(&nothing, error);
}

int netns_wait(const struct container *c)
{
	struct word w = {0};
	int r;

	if (c->netns_ready_fd < 0 || c->spec->network != NETWORK_PRIVATE)
		return 0;
	r = hear(c, &w);
	if (r == 1 && w.error == 0)
		return 0;
	return fail(&w, r < 0 ? r : w.error < 0 ? w.error : -EPIPE);
}

void netns_release(struct container *c, bool wait)
{
	if (c->netns_pidfd < 0)
		return;
	if (c->netns_ready_fd >= 0 && wait) /* it is ours */
		proc_end_child(c->netns_pidfd);
	else if (c->netns_ready_fd >= 0)
		(void)proc_send_signal(c->netns_pidfd, SIGKILL); /* else it ends with us */
	if (c->net_host)
		net_unlock(c->net_host); /* it may have been killed before it did */
	fd_drop(&c->netns_pidfd);
	fd_drop(&c->netns_ready_fd);
}

/* ---- the way back ---- */

__attribute__((noreturn)) static void take_down_aside(const char *dir, const char *id,
						      struct net_host *host, int fd)
{
	int r;

	(void)prctl(PR_SET_NAME, "nap-net-down", 0, 0, 0); /* what is seen of it */
	r = host ? net_relock(host) : net_open(dir, &host);
	if (r == 0)
		r = net_down(host, id);
	if (host)
		net_unlock(host);
	(void)!write(fd, &r, sizeof(r)); /* the reader sees the end of file otherwise */
	(void)close(fd);
	if (host)
		net_linger(host);
	_exit(0);
}

/* Where nobody can do it aside. */
static int take_down_here(const char *dir, const char *id)
{
	auto_net_host struct net_host *host = NULL;
	int r = net_open(dir, &host);

	return r == 0 ? net_down(host, id) : r;
}

int netns_begin_down(const struct paths *paths, const char *id, struct net_host *host, int *ret_fd)
{
	auto_free char *dir = text_format("%s/net", paths->runroot);
	auto_fd int pidfd = -1;
	int fds[2];
	pid_t pid;

	*ret_fd = -1;
	if (!dir)
		return log_oom();
	if (!net_is_granted(dir, id))
		return 0;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return take_down_here(dir, id);
	pid = clone_process(0, -1, &pidfd);
	if (pid == 0)
		take_down_aside(dir, id, host, fds[1]);
	(void)close(fds[1]);
	if (pid < 0) {
		(void)close(fds[0]);
		return take_down_here(dir, id);
	}
	*ret_fd = fds[0];
	return 0;
}

int netns_end_down(const struct paths *paths, const char *id, int fd)
{
	auto_free char *dir = text_format("%s/net", paths->runroot);
	ssize_t n;
	int r;

	if (fd < 0)
		return 0;
	do
		n = read(fd, &r, sizeof(r));
	while (n < 0 && errno == EINTR);
	(void)close(fd);
	if (n == (ssize_t)sizeof(r))
		return r;
	return dir ? take_down_here(dir, id) : log_oom(); /* it has died */
}
