/* SPDX-License-Identifier: MIT */
/*
 * Passing on that a container is ready. Nothing else that it says reaches who waits for it: who is
 * to be its main process, or what descriptors to keep, is not for a container to say.
 */
#include "ready.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/notify.h"
#include "lib/text.h"

#define MESSAGE_MAX 4096
#define BARRIER_TIMEOUT_MS 30000 /* as with runc and crun */

static bool says_ready(char *message)
{
	char *save = NULL;

	for (char *line = strtok_r(message, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (streq(line, "READY=1"))
			return true;
	return false;
}

static int tell(pid_t main_pid)
{
	auto_fd int fd = notify_open();
	char text[32];
	int r = fd < 0 ? fd : notify_send(fd, "READY=1");

	if (r < 0 || main_pid == 0)
		return r;
	(void)snprintf(text, sizeof(text), "MAINPID=%d", (int)main_pid);
	r = notify_send(fd, text);
	return r < 0 ? r : notify_barrier(fd, BARRIER_TIMEOUT_MS);
}

int ready_pass_on(int fd, pid_t main_pid)
{
	char message[MESSAGE_MAX + 1];
	ssize_t n;
	int r;

	do {
		n = recv(fd, message, MESSAGE_MAX, MSG_DONTWAIT);
		if (n < 0)
			return 0; /* all of it was heard */
		message[n] = '\0';
	} while (!says_ready(message));
	r = tell(main_pid);
	if (r < 0)
		log_warn("$NOTIFY_SOCKET is not told that the container is ready: %s",
			 strerror(-r));
	return 1;
}
