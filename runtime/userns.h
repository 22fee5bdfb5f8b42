/* SPDX-License-Identifier: MIT */
/*
 * The user namespace of a container (spec->namespaces has CLONE_NEWUSER). Everything is made with
 * the rights of the host; who runs inside enters it last, in child-init.c and child-app.c. Until
 * then it is what mounts are idmapped with, and whose the UTS, IPC and network namespaces are, so
 * that capabilities count in these and nowhere else. Without one, each of these does nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct container;
struct spec;

/*
 * Who is in a user namespace until others are, or until that is not needed any more. It shares our
 * memory, and its stack is here: so this stays where it is until userns_release.
 */
struct userns_holder {
	int pidfd; /* -1: none */
	pid_t nap;
	char stack[1024] __attribute__((aligned(16)));
};

/*
 * Can this kernel give a container one? It takes an overlay of idmapped layers: Linux 5.19. Before
 * 6.15 these must lie in the mount namespace of who mounts it, see rootfs.c; and before 6.3 a tmpfs
 * is among the file systems that cannot be idmapped: what nap makes for the container, which may
 * lie on one, has the container's ids on disk instead, by container_id.
 */
bool userns_is_possible(void);
bool userns_is_own(const struct spec *spec);
/* The id of the host that is id inside. */
uid_t container_id(const struct container *c, uid_t id);

/* Claim the range c->id_base and make the namespace c->userns_fd; c->userns_holder holds the UTS
 * and IPC namespaces that belong to it. Reports. */
int userns_up(struct container *c);
/*
 * A user namespace with these texts as its maps, held by h; what of namespaces is in with is made
 * along. h is to be released even if this fails. 0 or negative errno.
 */
int userns_make(struct userns_holder *h, uint64_t with, const char *uid_map, const char *gid_map,
		int *ret_fd);
/* A descriptor of path as a process opens it that has entered a user namespace and then made the
 * namespaces in flags (0: none). Negative errno. */
int userns_open_inside(int userns_fd, int flags, const char *path);
/* Child, with the rights of the host: join its UTS and IPC namespaces. Negative errno. */
int userns_join_others(const struct container *c);
/* A network namespace that belongs to it, or to the host's: enter a new one. Negative errno. */
int userns_unshare_net(const struct container *c);
/* End who holds the namespaces, which live on in who has joined; wait for that if asked to.
 * Idempotent. */
void userns_release(struct userns_holder *h, bool wait);
/* Refuse a user or group that it has no id for. Reports. */
int userns_check_user(const struct container *c);
