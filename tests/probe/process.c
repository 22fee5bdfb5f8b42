// SPDX-License-Identifier: MIT
/* What the process is: capabilities, ids, limits, descriptors, namespaces. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A line of /proc/PID/status after its colon, or "-". */
static void status_line(const char *path, const char *field, char *value, size_t size)
{
	char line[1024];
	FILE *f = fopen(path, "re");
	size_t n = strlen(field);

	(void)snprintf(value, size, "-");
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, field, n) != 0 || line[n] != ':')
			continue;
		line[strcspn(line, "\n")] = '\0';
		(void)snprintf(value, size, "%s", line + n + 1 + strspn(line + n + 1, "\t "));
		for (char *c = value; *c; c++)
			*c = *c == '\t' ? ' ' : *c;
	}
	if (f)
		(void)fclose(f);
}

static void print_status(const char *path, const char *prefix, const char *const *fields)
{
	char value[256];

	for (; *fields; fields++) {
		status_line(path, *fields, value, sizeof(value));
		printf("%s.%s=%s\n", prefix, *fields, value);
	}
}

static long raise_ambient(const void *data)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, *(const int *)data, 0, 0);
}

static long raise_inheritable(const void *data)
{
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct d[2] = {0};

	if (syscall(SYS_capget, &h, d) < 0)
		return -1;
	d[0].inheritable |= 1U << *(const int *)data;
	return syscall(SYS_capset, &h, d);
}

static long raise_effective(const void *data)
{
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct d[2] = {0};

	if (syscall(SYS_capget, &h, d) < 0)
		return -1;
	d[0].effective |= 1U << *(const int *)data;
	d[0].permitted |= 1U << *(const int *)data;
	return syscall(SYS_capset, &h, d);
}

static long change_securebits(const void *data)
{
	(void)data;
	return prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS, 0, 0, 0);
}

void probe_capabilities(void)
{
	static const char *const fields[] = {"CapInh",	"CapPrm",	   "CapEff",
					     "CapBnd",	"CapAmb",	   "NoNewPrivs",
					     "Seccomp", "Seccomp_filters", NULL};
	static const int admin = CAP_SYS_ADMIN, raw = CAP_NET_RAW, kill_cap = CAP_KILL;

	print_status("/proc/self/status", "status", fields);
	printf("securebits=%d\n", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	printf("raise.effective-admin=%s\n", outcome(in_child(raise_effective, &admin)));
	printf("raise.inheritable-raw=%s\n", outcome(in_child(raise_inheritable, &raw)));
	printf("raise.ambient-kill=%s\n", outcome(in_child(raise_ambient, &kill_cap)));
	printf("raise.securebits=%s\n", outcome(in_child(change_securebits, NULL)));
}

/* The one of version 2. */
static void print_cgroup(void)
{
	char line[512];
	FILE *f = fopen("/proc/self/cgroup", "re");

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "0::", 3) == 0)
			printf("cgroup=%s", line + 3);
	if (f)
		(void)fclose(f);
}

void probe_process(void)
{
	static const char *const fields[] = {"Uid",    "Gid",	"Groups", "SigBlk",
					     "SigIgn", "NSpid", NULL};
	mode_t mask = umask(0);

	(void)umask(mask);
	print_status("/proc/self/status", "status", fields);
	printf("umask=%04o\n", mask);
	printf("dumpable=%d\n", prctl(PR_GET_DUMPABLE));
	printf("personality=%#x\n", (unsigned)personality(0xffffffff));
	printf("parent=%d\n", getppid());
	printf("session=%s\n", getsid(0) == getpid() ? "its own" : "another's");
	printf("oom_score_adj=%s\n", first_line("/proc/self/oom_score_adj"));
	printf("coredump_filter=%s\n", first_line("/proc/self/coredump_filter"));
	print_cgroup();
	printf("port_start=%s\n", first_line("/proc/sys/net/ipv4/ip_unprivileged_port_start"));
	printf("environment.pid1=%s\n", first_line("/proc/1/environ"));
}

void probe_limits(void)
{
	static const char *const names[] = {
		"cpu",	   "fsize", "data",  "stack",	   "core",     "rss",  "nproc",	 "nofile",
		"memlock", "as",    "locks", "sigpending", "msgqueue", "nice", "rtprio", "rttime"};
	struct rlimit l;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (getrlimit((__rlimit_resource_t)i, &l) == 0)
			printf("limit.%s=%lld:%lld\n", names[i], (long long)l.rlim_cur,
			       (long long)l.rlim_max);
}

void probe_descriptors(void)
{
	static const char *const kinds[16] = {
		[S_IFIFO >> 12] = "pipe",      [S_IFCHR >> 12] = "device",
		[S_IFDIR >> 12] = "directory", [S_IFREG >> 12] = "file",
		[S_IFSOCK >> 12] = "socket",   [S_IFBLK >> 12] = "disk",
		[S_IFLNK >> 12] = "symlink"};
	int n = 0;

	for (int fd = 0; fd < 65536; fd++) {
		struct stat st;

		if (fcntl(fd, F_GETFD) < 0)
			continue;
		n++;
		if (fd < 3 || fstat(fd, &st) < 0)
			continue;
		printf("descriptor.%d=%s\n", fd,
		       kinds[st.st_mode >> 12] ? kinds[st.st_mode >> 12] : "other");
	}
	printf("descriptors=%d\n", n);
}

/* Whose namespaces they are is for who knows the host's to say. */
void probe_namespaces(void)
{
	static const char *const names[] = {"cgroup", "ipc",  "mnt",  "net",
					    "pid",    "time", "user", "uts"};
	char path[64], target[64], line[512];
	ssize_t n;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		n = readlink(path, target, sizeof(target) - 1);
		printf("namespace.%s=%.*s\n", names[i], n < 0 ? 1 : (int)n, n < 0 ? "-" : target);
	}
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "gid_map" : "uid_map";
		unsigned long inside, outside, count;

		(void)snprintf(path, sizeof(path), "/proc/self/%s", name);
		(void)snprintf(line, sizeof(line), "%s", first_line(path));
		if (sscanf(line, "%lu %lu %lu", &inside, &outside, &count) == 3)
			printf("%s=%lu %s %lu\n", name, inside,
			       outside == 0	      ? "0"
			       : outside % 65536 == 0 ? "RANGE"
						      : "odd",
			       count);
	}
	printf("setgroups=%s\n", first_line("/proc/self/setgroups"));
}
