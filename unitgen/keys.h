/* SPDX-License-Identifier: MIT */
/* The tables of our own keys: those of [Container] are in nap.app(5), of [Network] in
 * nap.network(5). */
#pragma once

#include <stddef.h>

enum key_kind {
	KEY_SINGLE,	 /* the last assignment counts, an empty one takes it back */
	KEY_SINGLE_TEXT, /* the same, and an empty one is a value */
	KEY_LIST,	 /* all count, an empty one takes back those before it */
	KEY_WORDS,	 /* the same, and a line may hold several in systemd's quoting */
	KEY_REFUSED,	 /* Quadlet's, not ours: expected says what to use */
};

struct key;
/* 0; -EINVAL, with *ret_why where more can be said than what was expected; or -ENOMEM. */
typedef int (*key_check)(const struct key *key, const char *value, const char **ret_why);

struct key {
	const char *name;
	enum key_kind kind;
	const char *expected; /* "a size": messages say "not a size" */
	key_check check;
	const char *note; /* what there is to know of a key that does not do what Quadlet's does */
};

struct key_table {
	const struct key *keys;
	size_t n;
};

extern const struct key_table container_keys; /* keys.c */
extern const struct key_table network_keys;   /* keys-network.c */

/* NULL: no such key. */
const struct key *key_find(const struct key_table *table, const char *name);
/* The key that was probably meant, or NULL. */
const char *key_nearest(const struct key_table *table, const char *name);
/* The section that a key of systemd, mistaken for one of ours, belongs to; or NULL. */
const char *key_other_section(const char *name);
/* What to write in place of the first of podman's options in PodmanArgs= (podman.c), or NULL. */
const char *podman_instead(const char *arguments);
