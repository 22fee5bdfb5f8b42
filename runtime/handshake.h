/* SPDX-License-Identifier: MIT */
/*
 * What nap and the processes it clones say to each other, over one SOCK_SEQPACKET pair per child:
 *
 *     nap   -> init   STAGE_GO        its cgroup is there (sent only if one had to be made)
 *     init  -> nap    STAGE_MOUNTED   the root is in place; carries the terminal's master, if any
 *     init  -> app    STAGE_MOUNTED   the reaper has given up its rights
 *     nap   -> app    STAGE_START     state is written: become the app
 *     nap   -> init   STAGE_START     the app is there, for the reaper to find
 *     app   -> nap    STAGE_TERMINAL  nap exec -t: carries the master of a new terminal
 *     any   -> nap    STAGE_FAILED    with the reason; the child exits
 *     app   -> nap    an int          errno of the last execve, from the stub
 *     any   -> nap    end of file     execve succeeded
 *
 * Without a reaper one child plays both parts on one channel.
 */
#pragma once

#include <stdbool.h>

enum stage { STAGE_GO = 1, STAGE_MADE, STAGE_MOUNTED, STAGE_START, STAGE_TERMINAL, STAGE_FAILED };

struct message {
	enum stage stage;
	int exit_code;	/* systemd's, for STAGE_FAILED */
	int error;	/* negative errno; 0: the text says why */
	char text[200]; /* what was being done */
};

/* systemd's exit codes for the steps of a start (systemd.exec(5)). */
enum {
	EXIT_NAP_CHDIR = 200,
	EXIT_NAP_LIMITS = 205,
	EXIT_NAP_SIGNALS = 207,
	EXIT_NAP_STDIN = 208,
	EXIT_NAP_EXEC = 203,
	EXIT_NAP_USER = 217,
	EXIT_NAP_GROUP = 216,
	EXIT_NAP_CAPABILITIES = 218,
	EXIT_NAP_CGROUP = 219,
	EXIT_NAP_SETSID = 220,
	EXIT_NAP_NETWORK = 225,
	EXIT_NAP_NAMESPACE = 226,
	EXIT_NAP_NO_NEW_PRIVILEGES = 227,
	EXIT_NAP_SECCOMP = 228,
	EXIT_NAP_APPARMOR = 231,
	EXIT_NAP_KEYRING = 237,
	EXIT_NAP_CREDENTIALS = 243,
};

/* A connected pair of channels, close-on-exec. 0 or negative errno. */
int handshake_open(int *ret_parent, int *ret_child);
/* Send a stage, with fd attached unless it is negative. -EPIPE when the other side is gone. */
int handshake_send(int channel, enum stage stage, int fd);
/* Wait for a stage. 0; -EPIPE when the other side is gone; -EPROTO for anything else. */
int handshake_wait(int channel, enum stage stage);
/*
 * Parent: the next message. 1: it is in *ret (*ret_fd: an attached descriptor or -1); 0: end of
 * file; negative errno. The stub's bare errno comes as STAGE_FAILED with EXIT_NAP_EXEC and an empty
 * text; a negative one is about the AppArmor profile.
 */
int handshake_receive(int channel, struct message *ret, int *ret_fd);
