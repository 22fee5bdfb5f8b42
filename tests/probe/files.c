// SPDX-License-Identifier: MIT
/* What the container has of files: mounts, masks, what can be opened for writing, devices, PID 1.
 */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* ---- mounts ---- */

/* Of the flags only those that take something away, in the order of the kernel. */
static void print_flags(char *flags)
{
	const char *comma = "";

	for (char *f = strtok(flags, ","); f; f = strtok(NULL, ",")) {
		if (strcmp(f, "relatime") == 0 || strcmp(f, "noatime") == 0)
			continue;
		printf("%s%s", comma, f);
		comma = ",";
	}
}

/* "ID PARENT MAJOR:MINOR ROOT TARGET FLAGS [OPTIONAL...] - TYPE SOURCE OPTIONS" */
static void print_mount(char *line)
{
	char *fields[7] = {NULL}, *type = strstr(line, " - "), *rest = line;

	if (!type)
		return;
	*type = '\0';
	type += 3;
	type[strcspn(type, " ")] = '\0';
	for (int i = 0; i < 7; i++)
		fields[i] = strsep(&rest, " ");
	if (!fields[5])
		return;
	printf("mount.%s=%s ", fields[4], type);
	print_flags(fields[5]);
	printf(" %s\n", fields[6] ? fields[6] : "private");
}

void probe_mounts(void)
{
	char line[4096];
	FILE *f = fopen("/proc/self/mountinfo", "re");

	while (f && fgets(line, sizeof(line), f))
		print_mount(line);
	if (f)
		(void)fclose(f);
}

/* ---- masks ---- */

static bool has_content(const char *path, bool directory)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), n = 0;
	DIR *d = directory && fd >= 0 ? fdopendir(fd) : NULL;
	char byte;

	if (d) {
		while (readdir(d))
			n++;
		(void)closedir(d);
		return n > 2;
	}
	if (fd >= 0) {
		n = (int)read(fd, &byte, 1);
		(void)close(fd);
	}
	return n > 0;
}

/* What is not there on this machine is as good as hidden. */
void probe_masks(void)
{
	static const char *const paths[] = {
		"/proc/acpi",	       "/proc/asound",
		"/proc/interrupts",    "/proc/kallsyms",
		"/proc/kcore",	       "/proc/key-users",
		"/proc/keys",	       "/proc/kmsg",
		"/proc/kpagecgroup",   "/proc/kpagecount",
		"/proc/kpageflags",    "/proc/latency_stats",
		"/proc/modules",       "/proc/pagetypeinfo",
		"/proc/sched_debug",   "/proc/scsi",
		"/proc/slabinfo",      "/proc/timer_list",
		"/proc/timer_stats",   "/proc/vmallocinfo",
		"/sys/firmware",       "/sys/fs/bpf",
		"/sys/fs/selinux",     "/sys/hypervisor",
		"/sys/kernel/debug",   "/sys/kernel/security",
		"/sys/kernel/tracing", "/sys/devices/virtual/powercap",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct stat st;

		printf("mask.%s=%s\n", paths[i],
		       stat(paths[i], &st) < 0			    ? "hidden"
		       : has_content(paths[i], S_ISDIR(st.st_mode)) ? "shown"
								    : "hidden");
	}
}

/* ---- what can be written ---- */

/* Root of the host's ids may open anything; what nobody is meant to write has nothing behind it. */
static void try_writing(const char *path)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && (st.st_mode & 0222))
		printf("writable.%s=%04o\n", path, st.st_mode & 07777);
	(void)close(fd);
}

static bool is_process(const char *path)
{
	const char *p = path + strlen("/proc/");

	return strncmp(path, "/proc/", 6) == 0 && *p >= '0' && *p <= '9';
}

static int look_at(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)at;
	/* of the processes ourselves and PID 1 are enough, and of threads the first */
	if (is_process(path) || strstr(path, "/task/"))
		return 0;
	if (kind != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	try_writing(path);
	return 0;
}

/* A walk by ourselves for one process: nftw does not descend into the links self and thread-self.
 */
static void look_at_process(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[512];

	while (d && (e = readdir(d))) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_type == DT_REG)
			try_writing(path);
	}
	if (d)
		(void)closedir(d);
}

void probe_writable(void)
{
	static const char *const processes[] = {"/proc/self", "/proc/self/attr", "/proc/self/net",
						"/proc/1", "/proc/1/attr"};

	(void)nftw("/proc", look_at, 32, FTW_PHYS);
	(void)nftw("/sys", look_at, 32, FTW_PHYS);
	for (size_t i = 0; i < ARRAY_SIZE(processes); i++)
		look_at_process(processes[i]);
}

/* ---- devices ---- */

void probe_devices(void)
{
	DIR *d = opendir("/dev");
	struct dirent *e;
	char target[256];

	while (d && (e = readdir(d))) {
		struct stat st;
		ssize_t n;

		if (e->d_name[0] == '.' ||
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		printf("dev.%s=", e->d_name);
		if (S_ISLNK(st.st_mode)) {
			n = readlinkat(dirfd(d), e->d_name, target, sizeof(target));
			printf("-> %.*s\n", n < 0 ? 0 : (int)n, target);
		} else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
			printf("%c %u:%u %04o %u:%u\n", S_ISCHR(st.st_mode) ? 'c' : 'b',
			       major(st.st_rdev), minor(st.st_rdev), st.st_mode & 07777, st.st_uid,
			       st.st_gid);
		} else {
			printf("%s %04o %u:%u\n", S_ISDIR(st.st_mode) ? "directory" : "other",
			       st.st_mode & 07777, st.st_uid, st.st_gid);
		}
	}
	if (d)
		(void)closedir(d);
}

/* ---- PID 1 ---- */

static void try_open(const char *name, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	char byte;

	if (fd >= 0 && (flags & O_ACCMODE) == O_RDONLY && read(fd, &byte, 1) < 0 &&
	    errno != EISDIR) {
		(void)close(fd);
		fd = -1;
	}
	printf("init.%s=%s\n", name, fd < 0 ? strerrorname_np(errno) : "opened");
	if (fd >= 0)
		(void)close(fd);
}

static void try_list(const char *name, const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	errno = 0;
	while (d && readdir(d))
		n++;
	printf("init.%s=%s\n", name, errno ? strerrorname_np(errno) : n > 2 ? "seen" : "none");
	if (d)
		(void)closedir(d);
}

static void try_link(const char *name, const char *path)
{
	char target[256];
	ssize_t n = readlink(path, target, sizeof(target));

	printf("init.%s=%s\n", name, n < 0 ? strerrorname_np(errno) : "seen");
}

/* The app may be faster than the reaper, which confines itself once all is made. */
static FILE *open_confined_status(void)
{
	char line[256];
	FILE *f = NULL;

	for (int i = 0; i < 5000; i++) {
		f = fopen("/proc/1/status", "re");
		while (f && fgets(line, sizeof(line), f))
			if (strcmp(line, "Seccomp:\t2\n") == 0)
				i = 5000;
		if (i < 5000 && f)
			(void)fclose(f);
		(void)usleep(1000);
	}
	if (f)
		rewind(f);
	return f;
}

void probe_init(void)
{
	char line[256];
	FILE *f = open_confined_status();

	while (f && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		/* its bounding set is nap's own: it executes nothing */
		if (!colon || strncmp(line, "CapBnd", 6) == 0 ||
		    (strncmp(line, "Cap", 3) != 0 && strncmp(line, "Seccomp", 7) != 0 &&
		     strncmp(line, "NoNewPrivs", 10) != 0 && strncmp(line, "Name", 4) != 0))
			continue;
		*colon++ = '\0';
		colon[strcspn(colon, "\n")] = '\0';
		printf("init.%s=%s\n", line, colon + strspn(colon, "\t "));
	}
	if (f)
		(void)fclose(f);
	try_link("exe", "/proc/1/exe");
	try_link("root", "/proc/1/root");
	try_link("cwd", "/proc/1/cwd");
	try_link("namespace", "/proc/1/ns/mnt");
	try_open("memory", "/proc/1/mem", O_RDWR);
	try_open("maps", "/proc/1/maps", O_RDONLY);
	try_open("environment", "/proc/1/environ", O_RDONLY);
	try_open("executable-for-writing", "/proc/1/exe", O_WRONLY);
	try_open("root-directory", "/proc/1/root/etc", O_RDONLY);
	try_list("descriptors", "/proc/1/fd");
	try_open("descriptor", "/proc/1/fd/0", O_RDONLY);
	try_list("map-files", "/proc/1/map_files");
	try_open("stack", "/proc/1/stack", O_RDONLY);
	try_open("syscall", "/proc/1/syscall", O_RDONLY);
}
