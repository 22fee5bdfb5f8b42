/* SPDX-License-Identifier: MIT */
/*
 * How a child walks from clone to execve: tables of steps, each a few system calls on what the
 * parent prepared. For the files child*.c and runtime/oci alone. The first step that fails is
 * reported with its name and systemd's exit code for it, and the process ends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct container;

/* What a child has opened on its way, and where it is. */
struct walk {
	const struct container *c;
	int channel;
	int app_channel;		/* init: where the app waits */
	int app_pidfd, program_fd;	/* the health checker's */
	int proc_fd, sys_fd, dev_dirfd; /* of the container's /proc, /sys and /dev */
	int tty_fd;
	bool entered;	  /* the user namespace */
	int landlock_fd;  /* c's, wherever it is by now */
	const char *what; /* the object of the step that failed */
	const char *exec_path;
};

struct step {
	const char *name; /* "mount the root": completes the sentence "cannot ..." */
	int exit_code;
	int (*run)(struct walk *w);
};

/* ---- child.c ---- */

/* That of a child of c, which has opened nothing yet. */
struct walk walk_begin(const struct container *c, int channel);
void walk_steps(struct walk *w, const struct step *steps, size_t n);
__attribute__((noreturn)) void walk_fail(const struct walk *w, const struct step *s, int error);
/* Steps: end with nap, unless it is a service, which outlives it. */
int walk_tie(struct walk *w);
/* After a change of ids, which has untied it. */
int walk_tie_again(struct walk *w);

/* ---- child-init.c: inside the new namespaces, up to a root that is ready ---- */

void walk_init(struct walk *w);

/* ---- child-app.c ---- */

/* What needs no root yet, and is done while another processor makes it. */
void walk_early(struct walk *w);
/* Step: nap says that all is ready. */
int walk_wait_for_start(struct walk *w);
/* Beside a reaper: wait for nap and init, and join the namespaces. */
void walk_join(struct walk *w);
/* The namespaces alone. */
void walk_join_namespaces(struct walk *w);
/* Take on the app's confinement, but for the filter. */
void walk_confine(struct walk *w);
/* The filter of who has no_new_privs: last of all. */
void walk_filter(struct walk *w);
/* Everything from standard input on that makes it the app, up to the stub. */
void walk_become_confined(struct walk *w);
/* Hand the process over to the stub, with everything but stdio, the descriptors that it is passed,
 * and the channel closed by exec. */
__attribute__((noreturn)) void walk_exec_app(struct walk *w);
/* The same in two, for who takes a last step between them. */
void walk_close_rest(struct walk *w);
__attribute__((noreturn)) void walk_exec_stub(struct walk *w);
/* Single steps. */
int walk_new_session(struct walk *w);
int walk_new_keyring(struct walk *w);
int walk_set_limits(struct walk *w);
int walk_reset_signals(struct walk *w);
int walk_stay_undumpable(struct walk *w);
/* Files that are made from here on belong to these: by the ids of files alone, so that the rights
 * of the host stay. */
int walk_take_file_ids(struct walk *w, uid_t uid, gid_t gid);
int walk_forbid_privileges(struct walk *w); /* if the spec says so: no_new_privs */
/* What getcwd(2) says of the working directory must lie inside the root (CVE-2024-21626). */
int walk_stay_inside(struct walk *w);
/* The first candidate the app's user may execute; else the most telling errno. */
int walk_find_executable(struct walk *w);

/* ---- child-reaper.c: what stays beside the app ---- */

/* PID 1 without descriptors and rights, one page large. */
__attribute__((noreturn)) void walk_become_reaper(struct walk *w);
/* The same where health is checked: confined like the app. */
__attribute__((noreturn)) void walk_become_checking_reaper(struct walk *w);
/* Who checks beside an app that is PID 1 itself. */
__attribute__((noreturn)) void walk_become_checker(struct walk *w);
