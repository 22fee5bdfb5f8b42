// SPDX-License-Identifier: MIT
/*
 * The program that plays the app in the tests: linked statically, it runs in an empty image.
 * `payload report [SECTION...]` prints what it sees as KEY=VALUE lines; the other commands do one
 * thing each that a test watches from outside (`payload help` lists them; payload-service.c has
 * those that speak with systemd). Leans on nothing but libc.
 */
#include "payload.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

const char *result(long r)
{
	return r < 0 ? strerrorname_np(errno) : "ok";
}

/* ---- report ---- */

static void print_lines(const char *key, const char *path)
{
	char line[8192];
	FILE *f = fopen(path, "re");

	if (!f) {
		printf("%s=%s\n", key, strerrorname_np(errno));
		return;
	}
	while (fgets(line, sizeof(line), f))
		printf("%s=%s%s", key, line, strchr(line, '\n') ? "" : "\n");
	(void)fclose(f);
}

static void print_link(const char *key, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	target[n < 0 ? 0 : n] = '\0';
	printf("%s=%s\n", key, n < 0 ? strerrorname_np(errno) : target);
}

static void report_env(void)
{
	for (char **e = environ; *e; e++)
		printf("env=%s\n", *e);
}

static void report_cwd(void)
{
	char cwd[PATH_MAX];

	printf("cwd=%s\n", getcwd(cwd, sizeof(cwd)) ? cwd : strerrorname_np(errno));
}

static void report_ids(void)
{
	gid_t groups[256];
	uid_t r, e, s;
	int n = getgroups(256, groups);

	(void)getresuid(&r, &e, &s);
	printf("uid=%u %u %u\n", r, e, s);
	(void)getresgid(&r, &e, &s);
	printf("gid=%u %u %u\ngroups=", r, e, s);
	for (int i = 0; i < n; i++)
		printf("%s%u", i ? " " : "", groups[i]);
	printf("\npid=%d\nppid=%d\npgid=%d\nsid=%d\n", getpid(), getppid(), getpgrp(), getsid(0));
}

/* CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp SigBlk SigIgn SigCgt and the rest. */
static void report_status(void)
{
	char line[1024], *colon;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f)) {
		colon = strchr(line, ':');
		if (colon) {
			*colon = '\0';
			printf("status.%s=%s", line, colon + 1 + strspn(colon + 1, "\t "));
		}
	}
	if (f)
		(void)fclose(f);
}

static void report_rlimits(void)
{
	static const char *const names[] = {
		"cpu",	   "fsize", "data",  "stack",	   "core",     "rss",  "nproc",	 "nofile",
		"memlock", "as",    "locks", "sigpending", "msgqueue", "nice", "rtprio", "rttime"};
	struct rlimit l;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (getrlimit((__rlimit_resource_t)i, &l) == 0)
			printf("rlimit.%s=%lld:%lld\n", names[i], (long long)l.rlim_cur,
			       (long long)l.rlim_max);
}

static void report_mounts(void)
{
	print_lines("mount", "/proc/self/mountinfo");
}

/* Is there nothing to read? A masked file is /dev/null, a masked directory an empty one. */
static bool is_empty(const char *path, bool is_dir)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), n = 0;
	DIR *d = is_dir && fd >= 0 ? fdopendir(fd) : NULL;
	char byte;

	if (d) {
		while (readdir(d))
			n++;
		(void)closedir(d);
		return n <= 2;
	}
	if (fd >= 0) {
		n = (int)read(fd, &byte, 1);
		(void)close(fd);
	}
	return n <= 0;
}

static bool is_writable(const char *path, bool is_dir)
{
	int fd;

	if (is_dir)
		return access(path, W_OK) == 0;
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

/* What a path of /proc or /sys gives away: "missing", "empty" (masked) or which of r and w work. */
static void report_path(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		printf("path.%s=missing\n", path);
	else
		printf("path.%s=%s%s\n", path, is_empty(path, S_ISDIR(st.st_mode)) ? "empty" : "r",
		       is_writable(path, S_ISDIR(st.st_mode)) ? "w" : "");
}

static void report_masks(void)
{
	static const char *const paths[] = {
		"/proc/acpi",
		"/proc/asound",
		"/proc/bus",
		"/proc/fs",
		"/proc/interrupts",
		"/proc/irq",
		"/proc/kallsyms",
		"/proc/kcore",
		"/proc/key-users",
		"/proc/keys",
		"/proc/kmsg",
		"/proc/kpagecount",
		"/proc/kpageflags",
		"/proc/latency_stats",
		"/proc/modules",
		"/proc/pagetypeinfo",
		"/proc/sched_debug",
		"/proc/scsi",
		"/proc/slabinfo",
		"/proc/sys",
		"/proc/sys/kernel/core_pattern",
		"/proc/sys/vm/panic_on_oom",
		"/proc/sysrq-trigger",
		"/proc/timer_list",
		"/proc/timer_stats",
		"/proc/vmallocinfo",
		"/sys/devices/virtual/powercap",
		"/sys/firmware",
		"/sys/fs/bpf",
		"/sys/fs/cgroup",
		"/sys/fs/selinux",
		"/sys/hypervisor",
		"/sys/kernel/debug",
		"/sys/kernel/security",
		"/sys/kernel/tracing",
		"/sys/kernel/uevent_helper",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		report_path(paths[i]);
}

static void report_fds(void)
{
	char key[32], path[64];

	for (int fd = 0; fd < 1024; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			continue;
		(void)snprintf(key, sizeof(key), "fd.%d", fd);
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		print_link(key, path);
	}
}

static void report_tty(void)
{
	struct winsize ws = {0};
	const char *name = ttyname(0);

	printf("tty=%d%d%d\n", isatty(0), isatty(1), isatty(2));
	if (!isatty(0))
		return;
	(void)ioctl(0, TIOCGWINSZ, &ws);
	printf("tty.name=%s\ntty.size=%dx%d\ntty.foreground=%d\ntty.session=%d\n",
	       name ? name : strerrorname_np(errno), ws.ws_row, ws.ws_col,
	       tcgetpgrp(0) == getpgrp(), tcgetsid(0) == getsid(0));
}

static void report_keyring(void)
{
	long r = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);

	if (r < 0)
		printf("keyring=%s\n", strerrorname_np(errno));
	else
		printf("keyring=%ld\n", r);
}

static void report_host(void)
{
	struct utsname u;

	(void)uname(&u);
	printf("hostname=%s\ndomainname=%s\nmachine=%s\n", u.nodename, u.domainname, u.machine);
}

static void report_namespaces(void)
{
	static const char *const names[] = {"cgroup", "ipc",  "mnt",  "net",
					    "pid",    "time", "user", "uts"};
	char key[32], path[64];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(key, sizeof(key), "ns.%s", names[i]);
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		print_link(key, path);
	}
}

static void report_process(void)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	printf("umask=%04o\ndumpable=%d\nthp_disable=%d\n", mask, prctl(PR_GET_DUMPABLE),
	       prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	print_lines("oom_score_adj", "/proc/self/oom_score_adj");
	print_lines("cgroup", "/proc/self/cgroup");
	print_link("root", "/proc/self/root");
}

/* PID 1: the reaper, where nap puts one; its memory and its executable are nobody's business. */
static void report_init(void)
{
	struct stat st;

	print_lines("init.comm", "/proc/1/comm");
	print_link("init.exe", "/proc/1/exe");
	if (stat("/proc/1/mem", &st) == 0)
		printf("init.owner=%u:%u\n", st.st_uid, st.st_gid);
	printf("init.mem=%s\n", result(open("/proc/1/mem", O_RDWR | O_CLOEXEC)));
}

static void report_signals(void)
{
	sigset_t mask;

	(void)sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int s = 1; s < NSIG; s++) {
		struct sigaction sa = {0};

		if (sigaction(s, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL)
			printf("signal.%d=%s\n", s,
			       sa.sa_handler == SIG_IGN ? "ignored" : "caught");
		if (sigismember(&mask, s) == 1)
			printf("signal.%d=blocked\n", s);
	}
}

static void report_net(void)
{
	print_lines("net.port_start", "/proc/sys/net/ipv4/ip_unprivileged_port_start");
	print_lines("net.ping_group_range", "/proc/sys/net/ipv4/ping_group_range");
	print_lines("net.dev", "/proc/net/dev");
}

static const struct section {
	const char *name;
	void (*report)(void);
} sections[] = {
	{"env", report_env},	     {"cwd", report_cwd},
	{"ids", report_ids},	     {"status", report_status},
	{"rlimits", report_rlimits}, {"mounts", report_mounts},
	{"masks", report_masks},     {"fds", report_fds},
	{"tty", report_tty},	     {"keyring", report_keyring},
	{"host", report_host},	     {"namespaces", report_namespaces},
	{"process", report_process}, {"init", report_init},
	{"signals", report_signals}, {"net", report_net},
	{"service", report_service}, {"credentials", report_credentials},
};

static int cmd_report(int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		bool wanted = argc == 0;

		for (int k = 0; k < argc; k++)
			wanted |= strcmp(argv[k], sections[i].name) == 0;
		if (wanted)
			sections[i].report();
	}
	return 0;
}

static int cmd_args(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf("arg.%d=%s\n", i, argv[i]);
	return 0;
}

static int cmd_paths(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		report_path(argv[i]);
	return 0;
}

/* ---- system calls ---- */

/* Bad pointers and descriptors: nothing happens even where the call is allowed, and an errno that
 * speaks of the arguments tells that it was. */
#define BAD (-1L)

static const struct probe {
	const char *name;
	long nr, a, b, c;
} probes[] = {
	{"getpid", SYS_getpid, 0, 0, 0},
	{"acct", SYS_acct, BAD, 0, 0},
	{"add_key", SYS_add_key, BAD, BAD, BAD},
	{"bpf", SYS_bpf, BAD, BAD, BAD},
	{"chroot", SYS_chroot, (long)"/", 0, 0},
	{"clock_settime", SYS_clock_settime, 0, BAD, 0},
	{"clone-newuser", SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0},
	{"clone3", SYS_clone3, BAD, 64, 0},
	{"delete_module", SYS_delete_module, BAD, 0, 0},
	{"finit_module", SYS_finit_module, BAD, BAD, 0},
	{"fsopen", SYS_fsopen, BAD, 0, 0},
	{"init_module", SYS_init_module, BAD, 0, 0},
	{"io_uring_setup", SYS_io_uring_setup, 1, BAD, 0},
	{"kcmp", SYS_kcmp, 1, 1, 0},
	{"kexec_load", SYS_kexec_load, 0, 0, BAD},
	{"keyctl", SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0},
	{"mount", SYS_mount, BAD, BAD, BAD},
	{"move_mount", SYS_move_mount, BAD, BAD, BAD},
	{"open_by_handle_at", SYS_open_by_handle_at, BAD, BAD, 0},
	{"open_tree", SYS_open_tree, BAD, BAD, 0},
	{"perf_event_open", SYS_perf_event_open, BAD, 0, 0},
	{"personality-randomize", SYS_personality, 0x0040000, 0, 0},
	{"pivot_root", SYS_pivot_root, BAD, BAD, 0},
	{"process_vm_readv", SYS_process_vm_readv, 1, 0, 0},
	{"ptrace", SYS_ptrace, 0x4206 /* PTRACE_SEIZE */, BAD, 0},
	{"quotactl", SYS_quotactl, BAD, BAD, 0},
	{"reboot", SYS_reboot, BAD, BAD, 0},
	{"request_key", SYS_request_key, BAD, BAD, BAD},
	{"sethostname", SYS_sethostname, BAD, 5, 0},
	{"setns", SYS_setns, BAD, 0, 0},
	{"settimeofday", SYS_settimeofday, BAD, 0, 0},
	{"swapon", SYS_swapon, BAD, 0, 0},
	{"syslog", SYS_syslog, 10 /* SYSLOG_ACTION_SIZE_BUFFER */, 0, 0},
	{"umount2", SYS_umount2, BAD, 0, 0},
	{"unshare-mount", SYS_unshare, CLONE_NEWNS, 0, 0},
	{"unshare-user", SYS_unshare, CLONE_NEWUSER, 0, 0},
	{"userfaultfd", SYS_userfaultfd, 0, 0, 0},
	{"unknown", 4095, 0, 0, 0},
	{"socket-unix", SYS_socket, AF_UNIX, SOCK_STREAM, 0},
	{"socket-inet", SYS_socket, AF_INET, SOCK_STREAM, 0},
	{"socket-inet6", SYS_socket, AF_INET6, SOCK_STREAM, 0},
	{"socket-netlink", SYS_socket, AF_NETLINK, SOCK_RAW, 0},
	{"socket-ping", SYS_socket, AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
	{"socket-raw", SYS_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP},
	{"socket-packet", SYS_socket, AF_PACKET, SOCK_RAW, 0},
	{"socket-vsock", SYS_socket, AF_VSOCK, SOCK_STREAM, 0},
	{"socket-alg", SYS_socket, AF_ALG, SOCK_SEQPACKET, 0},
	{"ioctl-tiocsti", SYS_ioctl, BAD, TIOCSTI, 0},
	{"ioctl-tioclinux", SYS_ioctl, BAD, TIOCLINUX, 0},
	/* ioctl looks at 32 bits of the request: a filter that compares 64 is passed by */
	{"ioctl-tiocsti-high", SYS_ioctl, BAD, (long)TIOCSTI | 1L << 32, 0},
#ifdef __x86_64__
	{"iopl", SYS_iopl, 3, 0, 0},
	{"x32-getpid", 0x40000000 | SYS_getpid, 0, 0, 0},
#endif
};

/* In a child, because some of these change the process and a filter may kill it. */
static void probe(const char *name, long (*call)(const void *), const void *data)
{
	int status;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		printf("syscall.%s=%s\n", name, result(call(data)));
		(void)fflush(stdout);
		_exit(0);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status))
		printf("syscall.%s=SIG%s\n", name, sigabbrev_np(WTERMSIG(status)));
}

static long call_probe(const void *data)
{
	const struct probe *p = data;

	return syscall(p->nr, p->a, p->b, p->c, 0L, 0L, 0L);
}

#ifdef __x86_64__
/* getpid by the 32-bit door. */
static long call_int80(const void *data)
{
	long r;

	(void)data;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
	r = (int)r;
	errno = r < 0 ? (int)-r : 0;
	return r < 0 ? -1 : r;
}
#endif

static int cmd_syscalls(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (size_t i = 0; i < ARRAY_SIZE(probes); i++)
		probe(probes[i].name, call_probe, &probes[i]);
#ifdef __x86_64__
	probe("int80-getpid", call_int80, NULL);
#endif
	return 0;
}

/* ---- what tests watch from outside ---- */

static int number(int argc, char **argv, int i, int missing)
{
	return i < argc ? atoi(argv[i]) : missing;
}

static int cmd_exit(int argc, char **argv)
{
	return number(argc, argv, 0, 0);
}

static int cmd_kill(int argc, char **argv)
{
	int signo = number(argc, argv, 0, SIGKILL);

	(void)signal(signo, SIG_DFL);
	(void)raise(signo);
	return 99; /* PID 1 survives its own signals */
}

void say_and_wait(void)
{
	printf("ready\n");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}

static int cmd_sleep(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	say_and_wait();
}

static void go_on(int signo)
{
	char text[] = "caught NN\n";

	text[7] = (char)('0' + signo / 10);
	text[8] = (char)('0' + signo % 10);
	(void)!write(STDOUT_FILENO, text, sizeof(text) - 1);
}

static void caught(int signo)
{
	go_on(signo);
	_exit(7);
}

static int cmd_catch(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		(void)signal(atoi(argv[i]), caught);
	if (argc == 0)
		(void)signal(SIGTERM, caught);
	say_and_wait();
}

static int cmd_ignore(int argc, char **argv)
{
	(void)signal(number(argc, argv, 0, SIGTERM), SIG_IGN);
	say_and_wait();
}

static int cmd_stubborn(int argc, char **argv)
{
	(void)signal(number(argc, argv, 0, SIGTERM), go_on);
	say_and_wait();
}

/* Leave N grandchildren behind that end at once: zombies, unless PID 1 reaps them. */
static int cmd_orphans(int argc, char **argv)
{
	for (int i = 0; i < number(argc, argv, 0, 10); i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(fork() < 0);
		(void)waitpid(pid, NULL, 0);
	}
	say_and_wait();
}

static int cmd_write(int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		int fd = open(argv[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

		printf("write.%s=%s\n", argv[i], result(fd < 0 ? -1 : write(fd, "x", 1)));
	}
	return 0;
}

static int cmd_eat(int argc, char **argv)
{
	size_t n = (size_t)number(argc, argv, 0, 1) << 20;
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		printf("eat=%s\n", strerrorname_np(errno));
		return 1;
	}
	for (size_t i = 0; i < n; i += 4096)
		p[i] = 1;
	printf("eat=ok\n");
	return 0;
}

/* Try to have N children at once; how many there were, and why no more. */
static int cmd_forks(int argc, char **argv)
{
	int wanted = number(argc, argv, 0, 100), n;

	for (n = 0; n < wanted; n++) {
		pid_t pid = fork();

		if (pid == 0)
			(void)pause();
		if (pid < 0)
			break;
	}
	printf("forks=%d\nforks.error=%s\n", n, n < wanted ? strerrorname_np(errno) : "none");
	(void)fflush(stdout);
	(void)signal(SIGTERM, SIG_IGN);
	(void)kill(0, SIGTERM);
	return 0;
}

/* Burn processor time: how much of one second was granted, in percent. */
static int cmd_burn(int argc, char **argv)
{
	struct timespec start, now, used;
	double wall;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		wall = (double)(now.tv_sec - start.tv_sec) +
		       (double)(now.tv_nsec - start.tv_nsec) / 1e9;
	} while (wall < number(argc, argv, 0, 1));
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	printf("burn=%d\n", (int)(100 * ((double)used.tv_sec + (double)used.tv_nsec / 1e9) / wall));
	return 0;
}

/* Answer one connection on a TCP port of 127.0.0.1, or say why not. */
static int cmd_listen(int argc, char **argv)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)number(argc, argv, 0, 80)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client;

	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0 || listen(fd, 1) < 0) {
		printf("listen=%s\n", strerrorname_np(errno));
		return 1;
	}
	printf("listen=ok\n");
	(void)fflush(stdout);
	client = accept(fd, NULL, NULL);
	return client < 0 || write(client, "hello\n", 6) != 6;
}

static const struct command {
	const char *name, *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"report", "[SECTION...]  print what this process sees", cmd_report},
	{"args", "[ARGUMENT...]  print the arguments", cmd_args},
	{"paths", "PATH...  can they be read and written?", cmd_paths},
	{"syscalls", "what a list of system calls gives", cmd_syscalls},
	{"exit", "N  exit with status N", cmd_exit},
	{"kill", "N  send itself signal N", cmd_kill},
	{"sleep", "print \"ready\" and wait for ever", cmd_sleep},
	{"catch", "[N...]  the same; at signal N (TERM) print \"caught N\" and exit 7", cmd_catch},
	{"ignore", "[N]  the same, ignoring signal N (TERM)", cmd_ignore},
	{"stubborn", "[N]  the same, catching signal N (TERM), saying so and going on",
	 cmd_stubborn},
	{"orphans", "[N]  the same, after leaving N dead grandchildren to PID 1", cmd_orphans},
	{"write", "PATH...  write a byte to each", cmd_write},
	{"eat", "N  touch N MiB of memory", cmd_eat},
	{"forks", "N  have N children at once", cmd_forks},
	{"burn", "N  use the processor for N seconds", cmd_burn},
	{"listen", "PORT  answer one connection with \"hello\"", cmd_listen},
	{"serve", "NAME PORT...  tell who asks NAME and its own address, by TCP and UDP",
	 cmd_serve},
	{"talk", "tcp|udp ADDRESS PORT [MSEC [FROM [TEXT]]]  ask, print the answer", cmd_talk},
	{"forge", "INTERFACE FROM-MAC TO-MAC FROM TO PORT TEXT  send a datagram that lies",
	 cmd_forge},
	{"claim", "INTERFACE FROM-MAC TO-MAC ADDRESS  claim an address by ARP", cmd_claim},
	{"notify", "[PATH]  tell systemd READY=1, once PATH exists, and wait", cmd_notify},
	{"watchdog", "[N]  be ready, feed the watchdog N times (for ever), then hang",
	 cmd_watchdog},
	{"fdstore", "be ready; count the starts in a file kept by systemd", cmd_fdstore},
	{"accept", "answer on the sockets that systemd passed", cmd_accept},
	{"ask", "PATH  print what the UNIX socket PATH answers", cmd_ask},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 2, argv + 2);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("payload %s %s\n", commands[i].name, commands[i].help);
	return argc > 1 && strcmp(argv[1], "help") == 0 ? 0 : 2;
}
