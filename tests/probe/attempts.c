// SPDX-License-Identifier: MIT
/*
 * What must not work, tried for real: each row is one act in a child of its own. An act that would
 * do harm does it to something that is the container's.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/if_link.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/rtnetlink.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>

/* ---- mounts and namespaces ---- */

static long mount_tmpfs(const void *data)
{
	(void)data;
	return mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
}

static long mount_proc(const void *data)
{
	(void)data;
	return mount("proc", "/tmp", "proc", 0, NULL);
}

static long mount_bind(const void *data)
{
	(void)data;
	return mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL);
}

/* The way out by a release_agent (CVE-2022-0492) begins here. */
static long mount_cgroup1(const void *data)
{
	(void)data;
	return mount("cgroup", "/tmp", "cgroup", 0, "memory");
}

static long umount_path(const void *data)
{
	return umount2(data, MNT_DETACH);
}

static long remount_writable(const void *data)
{
	return mount(NULL, data, NULL, MS_REMOUNT | MS_BIND, NULL);
}

static long setattr_writable(const void *data)
{
	struct mount_attr attr = {.attr_clr = MOUNT_ATTR_RDONLY};

	return syscall(SYS_mount_setattr, AT_FDCWD, data, 0, &attr, sizeof(attr));
}

static long make_shared(const void *data)
{
	return mount(NULL, data, NULL, MS_SHARED | MS_REC, NULL);
}

static long new_namespace(const void *data)
{
	return unshare(*(const int *)data);
}

static long join_init(const void *data)
{
	int fd = open(data, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : setns(fd, 0);
}

static long join_own_user(const void *data)
{
	int fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);

	(void)data;
	return fd < 0 ? -1 : setns(fd, 0);
}

/* The oldest way out of a chroot, which SYS_CHROOT allows: it ends at the container's root. */
static long leave_chroot(const void *data)
{
	struct stat root, reached;

	(void)data;
	if (stat("/", &root) < 0 || (mkdir("/tmp/jail", 0700) < 0 && errno != EEXIST) ||
	    chroot("/tmp/jail") < 0)
		return -1;
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			return -1;
	if (stat(".", &reached) < 0)
		return -1;
	if (root.st_dev == reached.st_dev && root.st_ino == reached.st_ino) {
		errno = EXDEV;
		return -1;
	}
	return 0;
}

/* Inode 2 of whatever file system lies below (the way called shocker). */
static long open_by_handle(const void *data)
{
	struct {
		unsigned bytes;
		int type;
		unsigned char inode[8];
	} handle = {8, 1, {2}};
	int fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);

	(void)data;
	return syscall(SYS_open_by_handle_at, fd, &handle, O_RDONLY);
}

/* ---- other processes ---- */

static long kill_init(const void *data)
{
	(void)data;
	if (kill(1, SIGKILL) < 0)
		return -1;
	(void)usleep(10000);
	errno = EXDEV; /* we are still there to say that it did nothing */
	return getpid() == 1 ? 0 : -1;
}

static long trace_init(const void *data)
{
	(void)data;
	return ptrace(PTRACE_SEIZE, 1, 0, 0);
}

static long read_init(const void *data)
{
	char byte;
	struct iovec to = {&byte, 1}, from = {(void *)0x400000, 1};

	(void)data;
	return process_vm_readv(1, &to, 1, &from, 1, 0);
}

static long take_descriptor_of_init(const void *data)
{
	int fd = (int)syscall(SYS_pidfd_open, 1, 0);

	(void)data;
	return fd < 0 ? -1 : syscall(SYS_pidfd_getfd, fd, 0, 0);
}

static long limit_init(const void *data)
{
	struct rlimit l = {0, 0};

	(void)data;
	return prlimit(1, RLIMIT_CORE, &l, NULL); /* 0 already */
}

static long lie_about_pid(const void *data)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control = {.header = {CMSG_LEN(sizeof(struct ucred)), SOL_SOCKET, SCM_CREDENTIALS}};
	struct ucred lie = {1, 0, 0};
	struct iovec iov = {(void *)"x", 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control.space)};
	int fds[2];

	(void)data;
	memcpy(CMSG_DATA(&control.header), &lie, sizeof(lie));
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) < 0 ? -1 : sendmsg(fds[0], &m, 0);
}

/* ---- files ---- */

static long make_device(const void *data)
{
	return mknod("/tmp/device", *(const mode_t *)data | 0600, makedev(1, 3));
}

static long write_path(const void *data)
{
	int fd = open(data, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -1 : write(fd, "0", 1);
}

static long make_directory(const void *data)
{
	return mkdir(data, 0755);
}

static long set_attribute(const void *data)
{
	int fd = open("/tmp/attribute", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : fsetxattr(fd, data, "y", 1, 0);
}

static long set_file_capability(const void *data)
{
	static const unsigned char all[20] = {1, 0, 0, 2, 0xff, 0xff, 0xff, 0xff};
	int fd = open("/tmp/attribute", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)data;
	return fd < 0 ? -1 : fsetxattr(fd, "security.capability", all, sizeof(all), 0);
}

static long make_immutable(const void *data)
{
	int fd = open("/tmp/immutable", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	int flags = 0;

	(void)data;
	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return -1;
	flags |= FS_IMMUTABLE_FL;
	return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

/* ---- the network ---- */

static long ask_netlink(int protocol, void *request, size_t n)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[4096];
	} answer;

	if (fd < 0 || sendto(fd, request, n, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer.header))
		return -1;
	errno = answer.header.nlmsg_type == NLMSG_ERROR ? -answer.error.error : 0;
	return errno ? -1 : 0;
}

static long take_loopback_down(const void *data)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
	} request = {
		{sizeof(request), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0},
		{.ifi_index = 1, .ifi_change = 1 /* IFF_UP */},
	};

	(void)data;
	return ask_netlink(NETLINK_ROUTE, &request, sizeof(request));
}

static long make_table(const void *data)
{
	enum { NFNL_BATCH_BEGIN = 0x10 };
	struct {
		struct nlmsghdr header;
		unsigned char family, version;
		uint16_t resource;
	} request = {
		{sizeof(request), NFNL_BATCH_BEGIN, NLM_F_REQUEST | NLM_F_ACK, 1, 0},
		0,
		0,
		0x0a00,
	};

	(void)data;
	return ask_netlink(NETLINK_NETFILTER, &request, sizeof(request));
}

static long set_socket(const void *data)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1;

	return fd < 0 ? -1 : setsockopt(fd, SOL_SOCKET, *(const int *)data, &one, sizeof(one));
}

/* ---- the machine ---- */

static long set_time(const void *data)
{
	struct timeval now;

	(void)data;
	return gettimeofday(&now, NULL) < 0 ? -1 : settimeofday(&now, NULL);
}

static long adjust_time(const void *data)
{
	struct timex t = {.modes = ADJ_SETOFFSET};

	(void)data;
	return adjtimex(&t) < 0 ? -1 : 0;
}

static long set_name(const void *data)
{
	(void)data;
	return sethostname("other", 5);
}

static long read_log(const void *data)
{
	(void)data;
	return syscall(SYS_syslog, 10, NULL, 0);
}

static long open_perf(const void *data)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr)};

	(void)data;
	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static long make_map(const void *data)
{
	uint32_t attr[32] = {2 /* array */, 4, 4, 1};

	(void)data;
	return syscall(SYS_bpf, 0, attr, sizeof(attr));
}

static long be_nicer_than_others(const void *data)
{
	(void)data;
	errno = 0;
	return setpriority(PRIO_PROCESS, 0, -20);
}

static long be_real_time(const void *data)
{
	struct sched_param p = {.sched_priority = 1};

	(void)data;
	return sched_setscheduler(0, SCHED_FIFO, &p);
}

static long escape_oom(const void *data)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	(void)data;
	return fd < 0 ? -1 : write(fd, "-1000", 5);
}

static long raise_limit(const void *data)
{
	struct rlimit l;

	(void)data;
	if (getrlimit(RLIMIT_CORE, &l) < 0)
		return -1;
	l.rlim_max = l.rlim_max + 1;
	return setrlimit(RLIMIT_CORE, &l);
}

static long join_keyring(const void *data)
{
	(void)data;
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

/* On a terminal of our own: with one at hand the kernel would have no other reason to refuse. */
static long push_input(const void *data)
{
	int master = open("/dev/ptmx", O_RDWR | O_CLOEXEC), unlock = 0, slave;

	(void)data;
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0 || setsid() < 0)
		return -1;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR);
	return slave < 0 ? -1 : ioctl(slave, TIOCSTI, "x");
}

static const mode_t char_device = S_IFCHR, block_device = S_IFBLK, fifo = S_IFIFO;
static const int new_mnt = CLONE_NEWNS, new_user = CLONE_NEWUSER, new_net = CLONE_NEWNET,
		 new_pid = CLONE_NEWPID, new_cgroup = CLONE_NEWCGROUP, new_time = 0x80,
		 mark = SO_MARK, force = SO_RCVBUFFORCE, debug = SO_DEBUG;

static const struct attempt {
	const char *name;
	long (*act)(const void *data);
	const void *data;
} attempts[] = {
	{"mount-tmpfs", mount_tmpfs, NULL},
	{"mount-proc", mount_proc, NULL},
	{"mount-bind", mount_bind, NULL},
	{"mount-cgroup1", mount_cgroup1, NULL},
	{"umount-mask", umount_path, "/proc/kcore"},
	{"umount-read-only", umount_path, "/proc/sys"},
	{"umount-dev", umount_path, "/dev"},
	{"remount-proc-sys", remount_writable, "/proc/sys"},
	{"remount-sys", remount_writable, "/sys"},
	{"setattr-proc-sys", setattr_writable, "/proc/sys"},
	{"make-shared", make_shared, "/"},
	{"unshare-mnt", new_namespace, &new_mnt},
	{"unshare-user", new_namespace, &new_user},
	{"unshare-net", new_namespace, &new_net},
	{"unshare-pid", new_namespace, &new_pid},
	{"unshare-cgroup", new_namespace, &new_cgroup},
	{"unshare-time", new_namespace, &new_time},
	{"join-init-mnt", join_init, "/proc/1/ns/mnt"},
	{"join-init-pid", join_init, "/proc/1/ns/pid"},
	{"join-own-user", join_own_user, NULL},
	{"leave-chroot", leave_chroot, NULL},
	{"open-by-handle", open_by_handle, NULL},
	{"kill-init", kill_init, NULL},
	{"trace-init", trace_init, NULL},
	{"read-init", read_init, NULL},
	{"take-descriptor-of-init", take_descriptor_of_init, NULL},
	{"limit-init", limit_init, NULL},
	{"lie-about-pid", lie_about_pid, NULL},
	{"make-char-device", make_device, &char_device},
	{"make-block-device", make_device, &block_device},
	{"make-fifo", make_device, &fifo},
	{"write-core-pattern", write_path, "/proc/sys/kernel/core_pattern"},
	{"write-modprobe", write_path, "/proc/sys/kernel/modprobe"},
	{"write-panic-on-oom", write_path, "/proc/sys/vm/panic_on_oom"},
	{"write-hostname", write_path, "/proc/sys/kernel/hostname"},
	{"write-ip-forward", write_path, "/proc/sys/net/ipv4/ip_forward"},
	{"write-binfmt", write_path, "/proc/sys/fs/binfmt_misc/register"},
	{"write-sysrq", write_path, "/proc/sysrq-trigger"},
	{"write-uevent-helper", write_path, "/sys/kernel/uevent_helper"},
	{"write-uevent", write_path, "/sys/class/mem/null/uevent"},
	{"write-mm", write_path, "/sys/kernel/mm/ksm/run"},
	{"write-cgroup-procs", write_path, "/sys/fs/cgroup/cgroup.procs"},
	{"write-kmsg", write_path, "/dev/kmsg"},
	{"make-cgroup", make_directory, "/sys/fs/cgroup/other"},
	{"attribute-user", set_attribute, "user.probe"},
	{"attribute-trusted", set_attribute, "trusted.probe"},
	{"attribute-overlay", set_attribute, "trusted.overlay.opaque"},
	{"attribute-security", set_attribute, "security.probe"},
	{"file-capability", set_file_capability, NULL},
	{"make-immutable", make_immutable, NULL},
	{"take-loopback-down", take_loopback_down, NULL},
	{"make-nf-table", make_table, NULL},
	{"socket-mark", set_socket, &mark},
	{"socket-force-buffer", set_socket, &force},
	{"socket-debug", set_socket, &debug},
	{"set-time", set_time, NULL},
	{"adjust-time", adjust_time, NULL},
	{"set-host-name", set_name, NULL},
	{"read-kernel-log", read_log, NULL},
	{"perf", open_perf, NULL},
	{"bpf-map", make_map, NULL},
	{"nice-minus-20", be_nicer_than_others, NULL},
	{"real-time", be_real_time, NULL},
	{"escape-oom", escape_oom, NULL},
	{"raise-limit", raise_limit, NULL},
	{"join-keyring", join_keyring, NULL},
	{"push-input", push_input, NULL},
};

void probe_attempts(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		printf("attempt.%s=%s\n", attempts[i].name,
		       outcome(in_child(attempts[i].act, attempts[i].data)));
}
