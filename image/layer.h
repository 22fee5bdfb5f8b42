/* SPDX-License-Identifier: MIT */
/*
 * One layer: a tar stream becomes a directory in overlayfs form. Entries are applied in order, as
 * docker does, to the view that overlayfs will give of this layer on top of those below it; only
 * what this layer changes is written.
 *
 *     layer.c  the stream, entry by entry        view.c  parents, and what the layers below hold
 *     entry.c  making one entry                  attr.c  owner, mode, attributes, times
 */
#pragma once

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "image.h"

struct archive_entry;

/* The layers below, bottom first. They need not be finished while nobody asks for them. */
struct layer_below {
	void *data;
	size_t n;
	int (*wait)(void *data);	   /* until they are all finished. 0 or negative errno */
	int (*open)(void *data, size_t i); /* an O_PATH descriptor of the fs/ of one of them */
};

/* What all layers of one image share. */
struct layer_totals {
	_Atomic uint64_t entries, bytes;
	uint64_t max_entries, max_bytes;
	atomic_bool warned_xattr; /* that the file system has no extended attributes */
};

/* The bytes of the tar: the next chunk, valid until the next call; *ret_n is 0 at the end. */
struct layer_input {
	void *data;
	int (*next)(void *data, const void **ret, size_t *ret_n);
	/* how many of how many compressed bytes have been read; NULL: nobody knows */
	uint64_t (*progress)(void *data, uint64_t *ret_total);
};

struct attributes {
	mode_t mode; /* 07777 */
	uid_t uid;
	gid_t gid;
	struct timespec mtime;
};

/* Somebody who may finish small files: write n bytes, set attributes, close fd. */
struct layer_finisher {
	void *data;
	/* 1: taken, fd too; 0: no, do it yourself; or the negative errno of any earlier file */
	int (*take)(void *data, int fd, const struct attributes *a, bool chown, const void *p,
		    size_t n);
	int (*flush)(void *data); /* until all are finished */
};

/* The directory that the last entry went to; the next one mostly goes there too. */
struct parent {
	int fd;		     /* O_PATH, in this layer; -1: none */
	bool setgid;	     /* what is made in it gets its group */
	bool stale;	     /* the path may lead elsewhere by now; fd is still good */
	char path[PATH_MAX]; /* as the archive spells it */
	char real[PATH_MAX]; /* without symlinks */
	bool by_own_link;    /* a symlink of this very layer led here */
};

struct layer {
	/* filled in by the caller */
	int dirfd; /* the staging directory, which holds fs/ and is this layer's alone */
	const struct load_limits *limits;
	struct layer_totals *totals;
	struct layer_below below;
	struct layer_finisher finisher;
	bool counted; /* it is known that there are not too many entries */
	/* results */
	bool depends;  /* the content depends on the layers below */
	bool has_root; /* there is an entry for the root directory */
	uint64_t size; /* bytes of all regular files */
	uint64_t entries;
	uint64_t reserved; /* entries in the totals: with those that the archive only implies */
	char why[512];	   /* what went wrong, for a person, unescaped */
	/* while unpacking */
	uid_t uid; /* who this thread makes files as */
	gid_t gid;
	bool can_assume; /* that can be changed */
	int root_fd;	 /* fs/ */
	int plnk_fd;	 /* aufs' pool of hard links, or -1 */
	bool root_opaque;
	struct parent parent;
	FILE *dir_times; /* a log in a nameless file: memory does not grow with the archive */
	FILE *late_links;
	uint64_t steps;	  /* taken by walks, see view.c */
	uint64_t implied; /* directories without an entry */
	uint64_t read;	  /* compressed bytes, when it was last looked how dense entries are */
};

/*
 * Make fs/ and fill it. 0, or negative errno with l->why set. -EAGAIN: the entries were so dense
 * that the rest were only counted. They are not too many; start again, from nothing, with
 * l->counted.
 */
int layer_unpack(struct layer *l, const struct layer_input *input);

/* ---- among the files above ---- */

/* Set l->why, with ": strerror" if r has a meaning of its own, and return r. */
__attribute__((format(printf, 3, 4))) int layer_refuse(struct layer *l, int r, const char *fmt,
						       ...);
__attribute__((format(printf, 3, 4))) int layer_fail(struct layer *l, int r, const char *fmt, ...);

/* Account for what is about to be made, before anything of it is written: entries, whether the
 * archive has them or only implies them, and bytes of a file. -EFBIG past a limit. */
int layer_reserve(struct layer *l, uint64_t entries, uint64_t size);

/* A name in an archive, cleaned: "" is the root. -EINVAL for "..", -ENAMETOOLONG past a limit. */
int path_clean(const char *name, const struct load_limits *limits, char out[static PATH_MAX]);
/* Split a clean path: parent gets what is before the last slash; the rest is returned. */
const char *path_split(const char *path, char parent[static PATH_MAX]);

/* Make l->parent the directory at path (clean), making it where only lower layers have it. */
int view_enter(struct layer *l, const char *path, const struct timespec *mtime);
/* Close l->parent. */
void view_leave(struct layer *l);
/* Find path (real: no symlinks before the last component) in the layers below; a descriptor, O_PATH
 * unless it is a file. -ENOENT. Marks this layer as depending on them. Does not set l->why. */
int view_find_below(struct layer *l, const char *real, int *ret_fd, struct stat *ret_st);
bool view_is_whiteout(const struct stat *st);
/* Is this directory of the layer opaque? */
bool view_is_opaque(int dirfd, const char *name);
/* After an opaque marker for the root: hide what the layers below have there. */
int view_hide_root(struct layer *l);
/* Make the directory at l->parent/name opaque, or (name ".") l->parent itself. */
int view_mark_opaque(struct layer *l, int dirfd, const char *name);

/* Attributes of a directory that was just made or already there; its time is only noted. */
int attr_set_dir(struct layer *l, int dirfd, const char *name, const char *real,
		 const struct attributes *a, struct archive_entry *xattrs, bool made);
/* Of an open regular file that was created with a->mode & 0777. */
int attr_set_file(struct layer *l, int fd, const struct attributes *a,
		  struct archive_entry *xattrs);
/* The same without a layer, which makes it fit for another thread. Does not set l->why. */
int attr_finish(int fd, const struct attributes *a, bool chown);
/*
 * Make files as their owner from here on, which saves a chown(2) for each. May do nothing. The
 * identity is the thread's: attr_assume_none is for its end, and for after somebody else used the
 * thread.
 */
void attr_assume(struct layer *l, const struct attributes *a);
void attr_assume_none(struct layer *l);
/* Must the owner of something new in l->parent be set? */
bool attr_needs_chown(const struct layer *l, const struct attributes *a);
/* Of anything that cannot be opened: symlinks, fifos, devices. */
int attr_set_node(struct layer *l, int dirfd, const char *name, mode_t type,
		  const struct attributes *a);
/* Copy all extended attributes a layer may have from one open file to another. */
int attr_copy_xattrs(int from, int to);
/* Give all directories noted by attr_set_dir their times, once nothing is made any more. */
int attr_replay_times(struct layer *l);

/* Write the contents of entry, a new file. 1 if l->finisher has taken the file, with its
 * attributes and descriptor, which it may only if simple; else 0 or negative errno. */
typedef int (*layer_writer)(void *data, int fd, struct archive_entry *entry,
			    const struct attributes *a, bool simple);
int entry_apply(struct layer *l, struct archive_entry *entry, layer_writer write_data, void *data);
/* Make the hard links that came before their target. */
int entry_replay_links(struct layer *l);
