/* SPDX-License-Identifier: MIT */
/*
 * What the app tells systemd, passed on by PID 1 with its descriptors, but for MAINPID=: systemd
 * takes any process of the machine for it from one who is root, and ends that one in the app's
 * place; and what an honest app names is a pid of its own namespace. For the stubs alone.
 */
#pragma once

#include "stub-filter.h"
#include "stub-sys.h"

#define NOTIFY_BYTES 4096 /* systemd reads no more of a message */
#define NOTIFY_MESSAGES 16

/* A struct msghdr as the kernel has it, and a header of its control data with 253 descriptors. */
struct notify_message {
	void *name;
	int name_bytes;
	struct {
		void *text;
		unsigned long n;
	} * iov;
	unsigned long n_iov;
	void *control;
	unsigned long control_bytes;
	unsigned flags;
};

struct notify_control {
	unsigned long n;
	int level, type, fds[254];
};

/* One message. Is there perhaps another? */
static inline int notify_pass(int from, int to)
{
	enum { DONTWAIT = 0x40, NOSIGNAL = 0x4000, CLOEXEC = 0x40000000 };
	char text[NOTIFY_BYTES];
	struct notify_control control;
	struct notify_message m;
	__typeof__(*m.iov) iov;
	long n;

	iov.text = text;
	iov.n = sizeof(text);
	m.name = 0;
	m.name_bytes = 0;
	m.iov = &iov;
	m.n_iov = 1;
	m.control = &control;
	m.control_bytes = sizeof(control);
	m.flags = 0;
	n = call(__NR_recvmsg, from, (long)&m, DONTWAIT | CLOEXEC, 0, 0);
	if (n < 0)
		return 0;
	iov.n = notify_filter(text, (unsigned long)n);
	if (iov.n > 0)
		(void)call(__NR_sendmsg, to, (long)&m, NOSIGNAL, 0, 0);
	if (m.control_bytes > 0)
		for (unsigned long i = 0; i < (control.n - 16) / sizeof(int); i++)
			(void)call(__NR_close, control.fds[i], 0, 0, 0, 0);
	return 1;
}

static inline void notify_copy(int from, int to)
{
	for (int i = 0; i < NOTIFY_MESSAGES && notify_pass(from, to); i++)
		;
}
