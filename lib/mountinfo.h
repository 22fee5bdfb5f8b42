/* SPDX-License-Identifier: MIT */
/* The text of /proc/PID/mountinfo (proc_pid_mountinfo(5)), line by line. */
#pragma once

#include <stdbool.h>

#define MOUNTINFO_MAX_BYTES (16U << 20)

/* All point into the text. */
struct mountinfo {
	const char *target; /* as the file system has it: without the escapes of blanks */
	const char *flags;  /* of the mount: "rw,nosuid,relatime" */
	const char *type;
};

/* The next mount of a text that begins at *rest and is cut up; false: there is none. Makes no
 * system call. */
bool mountinfo_next(char **rest, struct mountinfo *ret);
