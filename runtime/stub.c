/* SPDX-License-Identifier: MIT */
/*
 * The program that stands between nap and the app: one page, no libc, executed from a sealed memfd.
 *
 * By the time the app's file is executed, no executable of the host may be reachable from inside: a
 * file that starts with "#!/proc/self/exe" would otherwise run nap itself in the container, and
 * /proc/PID/exe of that would be a way to write to nap on the host (CVE-2019-5736). So the last
 * execve(2) is done by this stub, whose own executable is a sealed memory file.
 *
 *     argv = { "FD", PATH, ARGV0, ... }  execute PATH; on failure write errno (an int) to FD
 *     argv = { "init" }                  be PID 1: SIGCHLD is ignored already, so the kernel reaps;
 *                                        end with PID 2, the app, and the container with it
 */

#define SIGNAL_SET_BYTES 8

#if defined(__x86_64__)
enum {
	NR_write = 1,
	NR_execve = 59,
	NR_exit = 60,
	NR_fcntl = 72,
	NR_prctl = 157,
	NR_ppoll = 271,
	NR_seccomp = 317,
	NR_pidfd_open = 434
};

#define AUDIT_ARCH 0xc000003eU

static long call(long nr, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return ret;
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall "
	"run\n");
#elif defined(__aarch64__)
enum {
	NR_write = 64,
	NR_execve = 221,
	NR_exit = 93,
	NR_fcntl = 25,
	NR_prctl = 167,
	NR_ppoll = 73,
	NR_seccomp = 277,
	NR_pidfd_open = 434
};

#define AUDIT_ARCH 0xc00000b7U

static long call(long nr, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}

__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x0, sp\n\tbl run\n");
#else
#error "nap runs on x86-64 and arm64"
#endif

enum { F_SETFD = 2, FD_CLOEXEC = 1, PR_SET_DUMPABLE = 4, PR_SET_NAME = 15 };

struct pollfd {
	int fd;
	short events, revents;
};

struct filter_step {
	unsigned short code;
	unsigned char if_true, if_false;
	unsigned k;
};

/*
 * PID 1 has the ids of root and no filter of the app's: whoever could write to its memory would
 * have left the filter behind. The memory file cannot be read, so that execve(2) has made this
 * process non-dumpable already; and it can do nothing but wait and end.
 */
static void confine(void)
{
	enum { LOAD = 0x20, JUMP_IF_EQUAL = 0x15, RETURN = 0x06, NR_AT = 0, ARCH_AT = 4 };
	enum { SECCOMP_SET_MODE_FILTER = 1 };
	struct filter_step steps[] = {
		{LOAD, 0, 0, ARCH_AT},
		{JUMP_IF_EQUAL, 0, 3, AUDIT_ARCH},
		{LOAD, 0, 0, NR_AT},
		{JUMP_IF_EQUAL, 2, 0, NR_ppoll},
		{JUMP_IF_EQUAL, 1, 0, NR_exit},
		{RETURN, 0, 0, 0x80000000U /* SECCOMP_RET_KILL_PROCESS */},
		{RETURN, 0, 0, 0x7fff0000U /* SECCOMP_RET_ALLOW */},
	};
	struct {
		unsigned short n;
		struct filter_step *steps;
	} program = {sizeof(steps) / sizeof(steps[0]), steps};

	(void)call(NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)call(NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&program, 0, 0);
}

/* Without a pidfd of the app this sleeps until it is killed, which ends the container as well. */
static void be_init(void)
{
	struct pollfd app = {.events = 1 /* POLLIN */};

	(void)call(NR_prctl, PR_SET_NAME, (long)"nap-init", 0, 0, 0);
	app.fd = (int)call(NR_pidfd_open, 2, 0, 0, 0, 0);
	confine();
	while (!app.revents)
		(void)call(NR_ppoll, (long)&app, app.fd >= 0, 0, 0, SIGNAL_SET_BYTES);
	for (;;)
		(void)call(NR_exit, 0, 0, 0, 0, 0);
}

__attribute__((used, noreturn)) void run(long *stack);

void run(long *stack)
{
	long argc = stack[0];
	char **argv = (char **)(stack + 1);
	char **envp = argv + argc + 1;
	long fd = 0;
	int error;

	if (argv[0][0] == 'i')
		be_init();
	for (const char *c = argv[0]; *c; c++)
		fd = fd * 10 + (*c - '0');
	error = (int)-call(NR_fcntl, fd, F_SETFD, FD_CLOEXEC, 0, 0);
	if (error == 0)
		error = (int)-call(NR_execve, (long)argv[1], (long)(argv + 2), (long)envp, 0, 0);
	(void)call(NR_write, fd, (long)&error, sizeof(error), 0, 0);
	for (;;)
		(void)call(NR_exit, 127, 0, 0, 0, 0);
}
