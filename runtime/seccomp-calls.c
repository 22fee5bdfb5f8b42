/* SPDX-License-Identifier: MIT */
/*
 * Names and numbers are libseccomp's tables but for one thing: on x86, where the calls of sockets
 * and System V IPC have numbers of their own (since Linux 4.3 and 5.1) and are operations of
 * socketcall(2) and ipc(2) besides, libseccomp knows names by the latter alone.
 */
#include "seccomp-calls.h"

#include <seccomp.h>
#include <stddef.h>

#include "lib/cleanup.h"
#include "lib/text.h"

uint32_t seccomp_arch_compat(uint32_t native)
{
	return native == SCMP_ARCH_X86_64    ? SCMP_ARCH_X86
	       : native == SCMP_ARCH_AARCH64 ? SCMP_ARCH_ARM
					     : 0;
}

/* include/uapi/asm/unistd_32.h; accept, send, recv and semop are operations alone. */
static const struct {
	const char *name;
	int nr;
} own_numbers[] = {
	{"socket", 359},      {"socketpair", 360},  {"bind", 361},	 {"connect", 362},
	{"listen", 363},      {"accept4", 364},	    {"getsockopt", 365}, {"setsockopt", 366},
	{"getsockname", 367}, {"getpeername", 368}, {"sendto", 369},	 {"sendmsg", 370},
	{"recvfrom", 371},    {"recvmsg", 372},	    {"shutdown", 373},	 {"recvmmsg", 337},
	{"sendmmsg", 345},    {"semget", 393},	    {"semctl", 394},	 {"shmget", 395},
	{"shmctl", 396},      {"shmat", 397},	    {"shmdt", 398},	 {"msgget", 399},
	{"msgsnd", 400},      {"msgrcv", 401},	    {"msgctl", 402},
};

#define SOCKETCALL 102
#define IPC 117
/* libseccomp's own numbers of operations: -101 is that of 1, -201 that of 1 */
#define FIRST_SOCKET (-100)
#define FIRST_IPC (-200)

static void find_x86(const char *name, int pseudo, struct seccomp_call *ret)
{
	bool ipc = pseudo <= FIRST_IPC;

	for (size_t i = 0; i < ARRAY_SIZE(own_numbers); i++)
		if (streq(own_numbers[i].name, name))
			ret->nr = own_numbers[i].nr;
	ret->through = ipc ? IPC : SOCKETCALL;
	ret->sub = (uint32_t)((ipc ? FIRST_IPC : FIRST_SOCKET) - pseudo);
}

void seccomp_call_find(uint32_t arch, const char *name, struct seccomp_call *ret)
{
	int nr = seccomp_syscall_resolve_name_arch(arch, name);
	bool operation = nr < FIRST_SOCKET && nr > FIRST_IPC - 100;

	*ret = (struct seccomp_call){.known = nr != __NR_SCMP_ERROR, .nr = -1, .through = -1};
	if (nr >= 0)
		ret->nr = nr;
	else if (arch == SCMP_ARCH_X86 && operation)
		find_x86(name, nr, ret);
}
