// SPDX-License-Identifier: MIT
/*
 * The test program as a service: sd_notify(3), the watchdog, the file descriptor store, passed
 * sockets and credentials, each by the protocol's own words, without libsystemd.
 */
#include "payload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LISTEN_FDS_START 3

static const char *env(const char *name)
{
	const char *v = getenv(name);

	return v ? v : "unset";
}

static long env_number(const char *name)
{
	const char *v = getenv(name);

	return v ? strtol(v, NULL, 10) : 0;
}

static void nap_msec(long msec)
{
	struct timespec t = {.tv_sec = msec / 1000, .tv_nsec = msec % 1000 * 1000000};

	(void)nanosleep(&t, NULL);
}

/* ---- report ---- */

/* LISTEN_PID and WATCHDOG_PID have to be this process in its own PID namespace. */
static const char *whose(const char *name)
{
	return !getenv(name) ? "unset" : env_number(name) == getpid() ? "mine" : getenv(name);
}

void report_service(void)
{
	printf("listen.pid=%s\nlisten.fds=%s\nlisten.names=%s\n", whose("LISTEN_PID"),
	       env("LISTEN_FDS"), env("LISTEN_FDNAMES"));
	printf("watchdog.pid=%s\nwatchdog.usec=%s\n", whose("WATCHDOG_PID"), env("WATCHDOG_USEC"));
	printf("notify.socket=%s\n", env("NOTIFY_SOCKET"));
}

static void report_credential(int dirfd, const char *label, const char *name)
{
	char text[256];
	struct stat st;
	ssize_t n;
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0 || (n = read(fd, text, sizeof(text) - 1)) < 0) {
		printf("%s.%s=%s\n", label, name, strerrorname_np(errno));
	} else {
		text[n] = '\0';
		text[strcspn(text, "\n")] = '\0';
		printf("%s.%s=%s %04o %u\n", label, name, text, st.st_mode & 07777, st.st_uid);
	}
	if (fd >= 0)
		(void)close(fd);
}

/* Every file of a directory, who may read it, and that nobody can write there. */
static void report_directory(const char *label, const char *path)
{
	struct dirent *e;
	struct stat st;
	int n = 0;
	DIR *d = opendir(path);

	if (!d || fstat(dirfd(d), &st) < 0) {
		printf("%s=%s\n", label, strerrorname_np(errno));
		return;
	}
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && ++n)
			report_credential(dirfd(d), label, e->d_name);
	printf("%s=%d files %04o %u\n%s.write=%s\n", label, n, st.st_mode & 07777, st.st_uid, label,
	       result(openat(dirfd(d), "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
	(void)closedir(d);
}

void report_credentials(void)
{
	printf("credentials.directory=%s\n", env("CREDENTIALS_DIRECTORY"));
	report_directory("credentials", env("CREDENTIALS_DIRECTORY"));
	report_directory("secrets", "/run/secrets");
}

/* ---- sd_notify ---- */

/* One message, with a descriptor if fd >= 0. */
static void notify(const char *message, int fd)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec iov = {.iov_base = (char *)message, .iov_len = strlen(message)};
	struct msghdr m = {.msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1};
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!path || strlen(path) >= sizeof(to.sun_path)) {
		printf("notify=%s\n", path ? path : "unset");
		exit(1);
	}
	strcpy(to.sun_path, path);
	m.msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	else
		m.msg_namelen++;
	if (fd >= 0) {
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		*CMSG_FIRSTHDR(&m) = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
						      .cmsg_type = SCM_RIGHTS,
						      .cmsg_len = CMSG_LEN(sizeof(int))};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof(fd));
	}
	if (sendmsg(s, &m, MSG_NOSIGNAL) < 0) {
		printf("notify=%s\n", strerrorname_np(errno));
		exit(1);
	}
	(void)close(s);
}

/* Be ready once a file is there, and claim to be the process of a pid. */
int cmd_notify(int argc, char **argv)
{
	printf("starting\n");
	(void)fflush(stdout);
	while (argc > 0 && access(argv[0], F_OK) < 0)
		nap_msec(10);
	if (argc > 1) {
		char text[64];

		(void)snprintf(text, sizeof(text), "X=1\rMAINPID=%s\nMAINPID=%s", argv[1], argv[1]);
		notify(text, -1);
	}
	notify("READY=1\nSTATUS=the app speaks", -1);
	say_and_wait();
}

/* Feed the watchdog N times, then hang. */
int cmd_watchdog(int argc, char **argv)
{
	int n = argc > 0 ? atoi(argv[0]) : 0;

	report_service();
	notify("READY=1", -1);
	for (int i = 0; n == 0 || i < n; i++) {
		notify("WATCHDOG=1", -1);
		nap_msec(env_number("WATCHDOG_USEC") / 3000);
	}
	say_and_wait();
}

/* The number of the passed descriptor that has this name; -1: there is none. */
static int passed(const char *name)
{
	char *names = strdup(env("LISTEN_FDNAMES")), *next = names, *word;

	for (int fd = LISTEN_FDS_START; (word = strsep(&next, ":")); fd++)
		if (strcmp(word, name) == 0 && fd < LISTEN_FDS_START + env_number("LISTEN_FDS"))
			return fd;
	free(names);
	return -1;
}

/* Count the starts of this app in a file that only systemd keeps. */
int cmd_fdstore(int argc, char **argv)
{
	int fd = passed("starts");
	char starts = '0';

	(void)argc;
	(void)argv;
	report_service();
	if (fd < 0) {
		fd = memfd_create("starts", MFD_CLOEXEC);
		notify("FDSTORE=1\nFDNAME=starts", fd);
	} else {
		(void)!pread(fd, &starts, 1, 0);
	}
	starts++;
	(void)!pwrite(fd, &starts, 1, 0);
	printf("starts=%c\n", starts);
	notify("READY=1", -1);
	say_and_wait();
}

/* ---- passed sockets ---- */

static void answer(int i)
{
	char text[128];
	int type = 0, client = -1;
	socklen_t size = sizeof(type);
	struct sockaddr_storage from;
	socklen_t from_size = sizeof(from);

	(void)getsockopt(LISTEN_FDS_START + i, SOL_SOCKET, SO_TYPE, &type, &size);
	(void)snprintf(text, sizeof(text), "hello from %d of %s\n", i, env("LISTEN_FDNAMES"));
	if (type == SOCK_DGRAM) {
		if (recvfrom(LISTEN_FDS_START + i, (char[1]){0}, 1, 0, (struct sockaddr *)&from,
			     &from_size) >= 0)
			(void)sendto(LISTEN_FDS_START + i, text, strlen(text), 0,
				     (struct sockaddr *)&from, from_size);
		return;
	}
	client = accept(LISTEN_FDS_START + i, NULL, NULL);
	if (client < 0)
		return;
	(void)!write(client, text, strlen(text));
	(void)close(client);
}

/* Answer on every socket that systemd opened. */
int cmd_accept(int argc, char **argv)
{
	struct pollfd p[16];
	int n = (int)env_number("LISTEN_FDS");

	(void)argc;
	(void)argv;
	report_service();
	if (n < 1 || n > (int)ARRAY_SIZE(p) || env_number("LISTEN_PID") != getpid())
		return 1;
	for (int i = 0; i < n; i++)
		p[i] = (struct pollfd){.fd = LISTEN_FDS_START + i, .events = POLLIN};
	printf("ready\n");
	(void)fflush(stdout);
	while (poll(p, (nfds_t)n, -1) > 0)
		for (int i = 0; i < n; i++)
			if (p[i].revents)
				answer(i);
	return 1;
}

int cmd_ask(int argc, char **argv)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[128];
	ssize_t n;

	if (argc < 1 || strlen(argv[0]) >= sizeof(to.sun_path))
		return 2;
	strcpy(to.sun_path, argv[0]);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		printf("ask=%s\n", strerrorname_np(errno));
		return 1;
	}
	while ((n = read(fd, text, sizeof(text))) > 0)
		(void)fwrite(text, 1, (size_t)n, stdout);
	(void)close(fd);
	return 0;
}
