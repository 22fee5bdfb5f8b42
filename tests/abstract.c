// SPDX-License-Identifier: MIT
/*
 * abstract NAME: connect to an abstract Unix socket; abstract -l NAME: make one, say that it is
 * there, and wait to be killed. Says 0 or the error's name of the connection: -l, of its own.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	const char *name = argc > 1 ? argv[argc - 1] : "";
	socklen_t n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
	int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(name) + 1 >= sizeof(a.sun_path))
		return 2;
	memcpy(a.sun_path + 1, name, strlen(name));
	if (argc > 2 && (bind(server, (void *)&a, n) < 0 || listen(server, 8) < 0))
		return 2;
	printf("%s\n", connect(client, (void *)&a, n) == 0 ? "0" : strerrorname_np(errno));
	(void)fflush(stdout);
	while (argc > 2)
		(void)pause();
	return 0;
}
