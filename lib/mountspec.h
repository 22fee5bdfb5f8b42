/* SPDX-License-Identifier: MIT */
/* Mounts in docker's three notations, taken apart. Sources are not looked at. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* One mount of the operator's or the image's, in the order they are made. */
enum mount_kind {
	MOUNT_BIND,   /* source is a path of the host */
	MOUNT_VOLUME, /* source is the name of a volume below ROOT/volumes */
	MOUNT_ANON,   /* a volume that belongs to the container; source is NULL */
	MOUNT_TMPFS,  /* data holds the options of the file system */
	MOUNT_DEVPTS, /* the same */
};

struct mount_spec {
	enum mount_kind kind;
	char *source, *target; /* target is absolute, normalised */
	char *data;	       /* options of the file system "size=...,mode=..." */
	uint64_t attr;	       /* MOUNT_ATTR_* to set */
	uint64_t propagation;  /* MS_PRIVATE, MS_SLAVE or MS_SHARED */
	bool no_recurse;       /* bind: not the mounts below source */
	bool no_idmap;	       /* owners are not translated for a user namespace */
	bool try_idmap;	       /* or not, where they cannot be */
	bool make_source;      /* bind: -v makes a missing directory, --mount does not */
	bool no_copy;	       /* volume: not filled from the image when empty */
	bool copy_up;	       /* tmpfs: filled from the image */
	bool own_root;	       /* tmpfs: its owner and mode are in data, not the image's */
	bool replace_link;     /* a symlink at the target gives way to the mount */
};

void mountspec_done(struct mount_spec *m);
/*
 * Each gives a mount whose strings the caller frees. -EINVAL with *ret_why; other errors without.
 * -v: [SOURCE:]TARGET[:OPTION,...], a source that begins with '.' starting from our directory
 */
int mountspec_parse_volume(const char *text, struct mount_spec *ret, const char **ret_why);
/* --tmpfs: TARGET[:OPTION,...]; copy_up is the default for "tmpcopyup" */
int mountspec_parse_tmpfs(const char *text, bool copy_up, struct mount_spec *ret,
			  const char **ret_why);
/* --mount: type=TYPE,FIELD=VALUE,... */
int mountspec_parse_mount(const char *text, bool copy_up, struct mount_spec *ret,
			  const char **ret_why);
/* A volume of the container's own. */
int mountspec_anonymous(const char *target, struct mount_spec *ret, const char **ret_why);
