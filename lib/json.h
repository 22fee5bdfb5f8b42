/* SPDX-License-Identifier: MIT */
/*
 * Strict JSON on jansson: duplicate keys, NUL, trailing bytes, bad UTF-8, nesting past 64 levels
 * and more values than a sane document has are errors, wrong types are errors at the getter. Plus a
 * small writer for buffers.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define JSON_MAX_BYTES (4U << 20)
#define JSON_MAX_DEPTH 64
#define JSON_MAX_VALUES (128U << 10)

/*
 * Parse a whole document. 0 and a new reference, or -EBADMSG with a one-line reason in why
 * ("line 3: duplicate object key near ..."), or -ENOMEM.
 */
int json_parse(const char *text, size_t len, char why[static 160], json_t **ret);
/*
 * The same for documents with numbers of 64 bits without a sign (RLIM_INFINITY is one): jansson
 * has none above INT64_MAX. Here they are values that json_is_wide() knows, and no other getter
 * takes for a number.
 */
int json_parse_wide(const char *text, size_t len, char why[static 160], json_t **ret);
/* Is it a number above INT64_MAX? *ret may be NULL. */
bool json_is_wide(const json_t *j, uint64_t *ret);

static inline void cleanup_json(json_t **j)
{
	json_decref(*j);
}
#define auto_json CLEANUP(cleanup_json)

/*
 * Typed members of an object. Missing or null: 0, and *ret untouched. Present: 1. Another type, or
 * a key that is the same but for its case: -EBADMSG. Strings and objects are borrowed from obj.
 */
int json_get_string(const json_t *obj, const char *key, const char **ret);
/* The same as a copy, which the caller frees; or -ENOMEM. */
int json_get_text(const json_t *obj, const char *key, char **ret);
int json_get_object(const json_t *obj, const char *key, json_t **ret);
int json_get_array(const json_t *obj, const char *key, json_t **ret);
int json_get_bool(const json_t *obj, const char *key, bool *ret);
int json_get_i64(const json_t *obj, const char *key, int64_t *ret);
/* An array of strings, appended as copies to *ret. */
int json_get_strv(const json_t *obj, const char *key, char ***ret);

/* Write s as a JSON string with quotes; bytes that are not UTF-8 become U+FFFD. */
void json_add_string(struct buf *b, const char *s);
/* "key":value members, each with a leading comma unless the text ends in '{' or '['. */
void json_add_key(struct buf *b, const char *key);
void json_member(struct buf *b, const char *key, const char *value); /* NULL: left out */
void json_member_i64(struct buf *b, const char *key, int64_t value);
void json_member_bool(struct buf *b, const char *key, bool value);
void json_member_strv(struct buf *b, const char *key, char *const *v);
/* The same up to '{' or '[', which the caller closes. key NULL: an element of an array. */
void json_open_object(struct buf *b, const char *key);
void json_open_array(struct buf *b, const char *key);
/* A string as an element of an array. */
void json_element(struct buf *b, const char *value);
/* Print a complete document to stdout, indented or as one line, in ASCII, with a newline. 0 or
 * negative errno. */
int json_print(const char *document);
int json_print_line(const char *document);
