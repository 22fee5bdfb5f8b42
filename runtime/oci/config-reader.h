/* SPDX-License-Identifier: MIT */
/*
 * Reading objects of JSON into structures by tables: one row for each member that is known. A
 * member that is null is not given; one that is unknown is ignored, as the specification demands,
 * and warned of if it is a known one but for its case.
 *
 * All functions that return int report, with file and path of the member, and return a negative
 * errno; what was read until then belongs to the structure, whose *_done releases it.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oci_reader {
	const char *file;   /* what messages call the document */
	const char *bundle; /* where relative paths of the host start; NULL: there are none */
	bool headless;	    /* nobody would hold a terminal */
	char path[256];	    /* of what is being read: "linux.namespaces[2].path" */
	size_t len;
	uint64_t namespaces; /* CLONE_NEW* that the container does not share with the host */
};

struct oci_member;
/* ret is where the member is to go: the structure's address plus the offset of the row. */
typedef int oci_read_fn(struct oci_reader *rd, const json_t *j, const struct oci_member *m,
			void *ret);

struct oci_member {
	const char *name;
	oci_read_fn *read;
	size_t offset;
	const void *arg;  /* what read makes of it */
	int64_t min, max; /* of numbers; both 0: whatever the type holds */
	bool required;
};

/* A list of objects: arg of oci_read_list and oci_read_named. The member is a pointer to elements.
 */
struct oci_list {
	const struct oci_member *table;
	const void *initial; /* an element before it is read; NULL: all zero */
	size_t size;	     /* of an element */
	ptrdiff_t n;	     /* where the count is, from the pointer */
	int (*check)(struct oci_reader *rd, void *element); /* may be NULL */
};
#define OCI_LIST_N(type, list, count) \
	((ptrdiff_t)offsetof(type, count) - (ptrdiff_t)offsetof(type, list))

/* Names of numbers: ends with a NULL name. */
struct oci_name {
	const char *name;
	uint64_t value;
};

/* Parse a document and say what is wrong with it. The caller owns *ret. */
int oci_parse(struct oci_reader *rd, const char *text, size_t len, json_t **ret);
/* Read a file, "-" for standard input, and parse it. */
int oci_parse_file(struct oci_reader *rd, const char *path, json_t **ret);
/* All members of an object. */
int oci_read_members(struct oci_reader *rd, const json_t *j, const struct oci_member *table,
		     void *ret);
/* "FILE: PATH: text"; -EINVAL. */
__attribute__((format(printf, 2, 3))) int oci_bad(const struct oci_reader *rd, const char *fmt,
						  ...);
/* The same of a member of what is being read. */
__attribute__((format(printf, 3, 4))) int oci_bad_member(struct oci_reader *rd, const char *name,
							 const char *fmt, ...);
/* Go down to a member or an element, and back to what it returned. */
size_t oci_enter(struct oci_reader *rd, const char *name);
size_t oci_enter_element(struct oci_reader *rd, size_t index);
void oci_leave(struct oci_reader *rd, size_t len);

/* Functions for tables. */
oci_read_fn oci_read_object; /* arg: a table; into the same structure at the row's offset */
oci_read_fn oci_read_list;   /* arg: struct oci_list */
oci_read_fn oci_read_named;  /* the same of an object: an element starts with char *name, its key */
oci_read_fn oci_read_string; /* char *; "" is as good as none */
oci_read_fn oci_read_path;   /* char *; must be absolute */
oci_read_fn oci_read_host_path; /* char *; absolute, or relative to the bundle */
oci_read_fn oci_read_strings;	/* char ** */
oci_read_fn oci_read_paths;	/* char ** of absolute paths */
oci_read_fn oci_read_map;	/* char ** of NAME=value, from an object of strings */
oci_read_fn oci_read_bool;	/* bool */
oci_read_fn oci_read_u32;	/* uint32_t, uid_t, gid_t, unsigned */
oci_read_fn oci_read_int;	/* int */
oci_read_fn oci_read_i64;	/* int64_t */
oci_read_fn oci_read_u64;	/* uint64_t */
oci_read_fn oci_read_number;	/* struct oci_number; true and false are 1 and 0 */
oci_read_fn oci_read_name;	/* uint64_t by a table of struct oci_name */
oci_read_fn oci_read_name32;	/* the same for uint32_t and int */
oci_read_fn oci_read_flags;	/* uint64_t, an array of such names */

const struct oci_name *oci_find_name(const struct oci_name *names, const char *name);
/* Room for n elements of size; NULL for none. */
int oci_allocate(size_t n, size_t size, void **ret);

/* The parts of a config, by file. */
extern const struct oci_member oci_process_members[];	/* of struct oci_process */
extern const struct oci_list oci_mount_list;		/* of struct oci_config */
extern const struct oci_member oci_hooks_members[];	/* of struct oci_config */
extern const struct oci_member oci_linux_members[];	/* of struct oci_config */
extern const struct oci_member oci_resources_members[]; /* of struct oci_resources */
extern const struct oci_member oci_mapping_members[];	/* of struct oci_mapping */
struct oci_process;
struct oci_mount;
struct oci_config;
oci_read_fn oci_read_process; /* struct oci_process */
int oci_linux_check(struct oci_reader *rd, struct oci_config *c);
void oci_mount_done(struct oci_mount *m);
