/* SPDX-License-Identifier: MIT */
/*
 * The guard follows the stream from header to header as Go's archive/tar (so docker) does: POSIX
 * ustar and pax, GNU long names, base-256 numbers, the three GNU sparse encodings. Contents are
 * skipped unseen. Memory: one block, and one pax header of at most 1 MiB.
 */
#include "tarcheck.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "image.h"
#include "lib/text.h"

enum {
	BLOCK = 512,
	SPECIAL_BYTES_MAX = 1 << 20, /* libarchive's own limit for pax headers and long names */
	SPECIAL_MAX = 8,	     /* of them before one entry */
	MODES = 1024,		     /* remembered; a chunk of 256 KiB holds 512 headers */
	TAIL_BYTES_MAX = 64 << 20,   /* after the end: padding is a few KiB */
	SPARSE_IN_HEADER = 4,	     /* GNU: sparse regions in the header block */
	SPARSE_IN_BLOCK = 21,	     /* and in each further one */
};

enum state {
	STATE_HEADER,
	STATE_SKIP,   /* contents */
	STATE_PAX,    /* the body of an 'x' or 'g' header, kept */
	STATE_SPARSE, /* further blocks of a GNU sparse map */
	STATE_MAP,    /* the number of regions at the head of the contents (GNU 1.0) */
	STATE_ZERO,   /* one zero block was seen */
	STATE_ENDED,  /* two: whatever follows is nobody's business, but its length */
};

/* The header block; prefix and what follows it differ between POSIX and GNU. */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char linkname[100], magic[8], uname[32], gname[32], major[8], minor[8];
	char gnu_times[24], gnu_offset[12], gnu_longnames[4], gnu_unused;
	char gnu_sparse[SPARSE_IN_HEADER][24], gnu_extended, gnu_realsize[12], pad[17];
};
_Static_assert(sizeof(struct header) == BLOCK, "a tar header is one block");

/* What a pax header said about the entry that follows it. */
struct overrides {
	bool uid, gid, size, sparse_map, counted, path, link;
	uint64_t size_value, count; /* the latter of sparse regions */
};

struct tarcheck {
	const struct load_limits *limits;
	enum state state;
	unsigned char block[BLOCK];
	size_t have;
	uint64_t skip; /* bytes left to the next header, padding included */
	uint64_t tail; /* bytes after the end */
	char *pax;
	size_t pax_len, pax_size;
	struct overrides pending;
	bool global; /* what pax holds is for all entries to come, which docker ignores */
	bool pax_seen, long_name, long_link; /* before this entry; the latter are GNU's */
	unsigned specials;
	uint64_t entries;
	uint16_t modes[MODES]; /* of the last ones */
	uint64_t regions;      /* sparse, of this entry */
	uint64_t offset;       /* of the next byte */
	uint64_t header;       /* of the last header, for messages */
	char why[128];
};

struct tarcheck *tarcheck_new(const struct load_limits *limits)
{
	struct tarcheck *t = calloc(1, sizeof(*t));

	if (t)
		t->limits = limits;
	return t;
}

void tarcheck_free(struct tarcheck *t)
{
	if (!t)
		return;
	free(t->pax);
	free(t);
}

uint64_t tarcheck_entries(const struct tarcheck *t)
{
	return t->entries;
}

int tarcheck_mode(const struct tarcheck *t, uint64_t n)
{
	return n <= t->entries && t->entries - n < MODES ? t->modes[n % MODES] : -ENOENT;
}

const char *tarcheck_why(const struct tarcheck *t)
{
	return t->why;
}

__attribute__((format(printf, 3, 4))) static int refuse(struct tarcheck *t, int r, const char *fmt,
							...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->why, sizeof(t->why), fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < sizeof(t->why))
		(void)snprintf(t->why + n, sizeof(t->why) - (size_t)n, " (tar header at byte %llu)",
			       (unsigned long long)t->header);
	return r;
}

/* ---- numbers ---- */

/* Base-256 of GNU: the first bit set, the next one the sign. */
static bool parse_base256(const unsigned char *p, size_t n, int64_t *ret)
{
	bool negative = p[0] & 0x40;
	uint64_t v = negative ? UINT64_MAX : 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = i == 0 ? (negative ? p[0] : p[0] & 0x7f) : p[i];

		if ((v >> 55) != (negative ? 0x1ff : 0))
			return false;
		v = v << 8 | c;
	}
	*ret = (int64_t)v;
	return true;
}

static bool is_blank(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != ' ' && p[i] != '\0')
			return false;
	return true;
}

/* Octal, blanks around it, up to a NUL. Nothing at all is 0, but digits after a NUL are an error:
 * some readers skip the NUL and others stop there. */
static bool parse_octal(const char *p, size_t n, int64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0;

	while (i < n && p[i] == ' ')
		i++;
	if (i < n && p[i] == '\0' && !is_blank(p + i, n - i))
		return false;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
		v = v << 3 | (uint64_t)(p[i] - '0'); /* 12 digits at most: 36 bits */
	for (; i < n && p[i] != '\0'; i++)
		if (p[i] != ' ')
			return false;
	*ret = (int64_t)v;
	return true;
}

static bool parse_field(const char *p, size_t n, int64_t *ret)
{
	return *p & 0x80 ? parse_base256((const unsigned char *)p, n, ret) : parse_octal(p, n, ret);
}

/* The numbers of pax: decimal, not negative. */
static bool parse_decimal(const char *p, size_t n, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (n == 0 || n > 19)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(p[i] - '0');
	}
	*ret = v;
	return v <= max;
}

/* Seconds with an optional minus and fraction; libarchive takes +1 for 0. */
static bool is_time(const char *p, size_t n)
{
	size_t i = n > 0 && *p == '-' ? 1 : 0, digits = 0;
	bool dot = false;

	for (; i < n; i++) {
		if (p[i] == '.' && !dot)
			dot = true;
		else if (p[i] < '0' || p[i] > '9')
			return false;
		else
			digits++;
	}
	return n > 0 && digits > 0;
}

/* ---- pax headers ---- */

static int count_regions(struct tarcheck *t, uint64_t n)
{
	t->regions += n;
	if (t->regions > t->limits->sparse_regions)
		return refuse(t, -EFBIG, "a sparse file with more than %llu regions",
			      (unsigned long long)t->limits->sparse_regions);
	return 0;
}

static int check_sparse_record(struct tarcheck *t, const char *key, const char *value, size_t n)
{
	uint64_t number, commas = 0;

	if (streq(key, "name"))
		return 0;
	if (streq(key, "map")) {
		for (size_t i = 0; i < n; i++)
			commas += value[i] == ',';
		if (n > 0 && commas % 2 == 0)
			return refuse(t, -EBADMSG, "a sparse map with half a region");
		return count_regions(t, n > 0 ? commas / 2 + 1 : 0);
	}
	if (!parse_decimal(value, n, INT64_MAX, &number))
		return refuse(t, -EBADMSG, "pax record GNU.sparse.%.20s is not a number", key);
	if (streq(key, "major"))
		t->pending.sparse_map = number >= 1;
	if (streq(key, "numblocks")) {
		t->pending.counted = true;
		t->pending.count = number;
	}
	return streq(key, "offset") ? count_regions(t, 1) : 0;
}

/* Two that differ: Go, GNU tar and libarchive take the last one, Rust's tar the first, and what one
 * takes for contents is an entry to the other. */
static int check_size_record(struct tarcheck *t, const char *value, size_t n)
{
	uint64_t size;

	if (!parse_decimal(value, n, INT64_MAX, &size))
		return refuse(t, -EBADMSG, "pax record size is not a size");
	if (t->pending.size && size != t->pending.size_value)
		return refuse(t, -EBADMSG, "two sizes in one pax header");
	t->pending.size = true;
	t->pending.size_value = size;
	return 0;
}

static int check_record(struct tarcheck *t, const char *key, const char *value, size_t n)
{
	static const char *const texts[] = {"path", "linkpath", "uname", "gname",
					    "GNU.sparse.name"};
	const char *sparse = startswith(key, "GNU.sparse.");
	bool uid = streq(key, "uid"), gid = streq(key, "gid");
	uint64_t number;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (streq(key, texts[i]) && memchr(value, '\0', n))
			return refuse(t, -EBADMSG, "pax record %s contains a NUL", key);
	if (sparse)
		return check_sparse_record(t, sparse, value, n);
	if (uid || gid) {
		t->pending.uid |= uid;
		t->pending.gid |= gid;
		if (!parse_decimal(value, n, UINT32_MAX - 1, &number))
			return refuse(t, -EBADMSG, "pax record %s is not an id", key);
	} else if (streq(key, "size")) {
		return check_size_record(t, value, n);
	} else if (streq(key, "path")) {
		t->pending.path = true;
	} else if (streq(key, "linkpath")) {
		t->pending.link = true;
	} else if (streq(key, "mtime") && !is_time(value, n)) {
		return refuse(t, -EBADMSG, "pax record mtime is not a time");
	}
	return 0;
}

/* One record, "LENGTH KEY=VALUE\n", at p with left bytes; its length or negative. */
static ssize_t next_record(struct tarcheck *t, char *p, size_t left)
{
	uint64_t len;
	char *blank = memchr(p, ' ', left < 8 ? left : 8), *equals;
	size_t head;
	int r;

	if (!blank || !parse_decimal(p, (size_t)(blank - p), left, &len))
		return refuse(t, -EBADMSG, "damaged pax record");
	head = (size_t)(blank + 1 - p);
	if (len <= head || p[len - 1] != '\n')
		return refuse(t, -EBADMSG, "damaged pax record");
	equals = memchr(blank + 1, '=', len - head);
	if (!equals || equals == blank + 1 || memchr(blank + 1, '\0', (size_t)(equals - blank - 1)))
		return refuse(t, -EBADMSG, "damaged pax record");
	if (t->global)
		return (ssize_t)len;
	*equals = '\0';
	r = check_record(t, blank + 1, equals + 1, (size_t)(p + len - 1 - (equals + 1)));
	return r < 0 ? r : (ssize_t)len;
}

static int check_pax(struct tarcheck *t)
{
	size_t at = 0;

	while (at < t->pax_len) {
		ssize_t n = next_record(t, t->pax + at, t->pax_len - at);

		if (n < 0)
			return (int)n;
		at += (size_t)n;
	}
	if (t->pending.counted && t->pending.count != t->regions)
		return refuse(t, -EBADMSG, "a sparse map of another length than it says");
	return 0;
}

/* ---- headers ---- */

static uint64_t padded(uint64_t size)
{
	return (size + BLOCK - 1) / BLOCK * BLOCK;
}

static bool is_zero(const unsigned char *block)
{
	for (size_t i = 0; i < BLOCK; i++)
		if (block[i])
			return false;
	return true;
}

/* The sum of all bytes, with the field itself as blanks; signed in some very old archives. */
static bool checksum_holds(const struct header *h)
{
	const unsigned char *p = (const unsigned char *)h;
	const size_t own = offsetof(struct header, checksum), n = sizeof(h->checksum);
	int sum = 0, negative = 0; /* plain loops: the compiler makes vectors of them */
	int64_t expected;

	for (size_t i = 0; i < BLOCK; i++) {
		sum += p[i];
		negative += p[i] >> 7;
	}
	for (size_t i = own; i < own + n; i++) {
		sum += ' ' - p[i];
		negative -= p[i] >> 7;
	}
	return parse_octal(h->checksum, n, &expected) &&
	       (expected == sum || expected == sum - 256 * negative);
}

/* GNU tar's magic number, which runs on into the version. */
static bool is_gnu(const struct header *h)
{
	return memcmp(h->magic, "ustar  ", sizeof(h->magic)) == 0;
}

static bool is_id(const char *field)
{
	int64_t v;

	return parse_field(field, 8, &v) && v >= 0 && v < UINT32_MAX;
}

static int check_numbers(struct tarcheck *t, const struct header *h)
{
	bool device = h->type == '3' || h->type == '4';
	int64_t v;

	if (!parse_field(h->mode, sizeof(h->mode), &v) || v < 0)
		return refuse(t, -EBADMSG, "a mode that is no number");
	t->modes[t->entries % MODES] = v & 07777;
	if ((!t->pending.uid && !is_id(h->uid)) || (!t->pending.gid && !is_id(h->gid)))
		return refuse(t, -EBADMSG, "an owner that is no id");
	if (!parse_field(h->mtime, sizeof(h->mtime), &v))
		return refuse(t, -EBADMSG, "a time that is no number");
	if (device && (!parse_field(h->major, sizeof(h->major), &v) || v < 0 || v > UINT32_MAX ||
		       !parse_field(h->minor, sizeof(h->minor), &v) || v < 0 || v > UINT32_MAX))
		return refuse(t, -EBADMSG, "a device number that is no number");
	return 0;
}

static int pax_header(struct tarcheck *t, bool global, uint64_t size)
{
	if (!global && t->pax_seen)
		return refuse(t, -EBADMSG, "two pax headers for one entry");
	if (!t->pax)
		t->pax = malloc(SPECIAL_BYTES_MAX);
	if (!t->pax)
		return -ENOMEM;
	if (!global) {
		t->pax_seen = true;
		t->pending = (struct overrides){0};
		t->regions = 0;
	}
	t->global = global;
	t->pax_len = 0;
	t->pax_size = (size_t)size;
	t->state = STATE_PAX;
	return 0;
}

/* Pax headers and GNU's long names: metadata of the entry to come. */
static int special_header(struct tarcheck *t, char type, uint64_t size)
{
	if (size > SPECIAL_BYTES_MAX)
		return refuse(t, -EFBIG, "an extended header of %llu bytes",
			      (unsigned long long)size);
	if (++t->specials > SPECIAL_MAX)
		return refuse(t, -EFBIG, "too many extended headers for one entry");
	t->state = STATE_SKIP;
	t->skip = padded(size);
	/* the first one counts, the last one, or both */
	if ((type == 'L' && t->long_name) || (type == 'K' && t->long_link))
		return refuse(t, -EBADMSG, "two long names for one entry");
	t->long_name |= type == 'L';
	t->long_link |= type == 'K';
	return type == 'x' || type == 'g' ? pax_header(t, type == 'g', size) : 0;
}

static int check_sparse_fields(struct tarcheck *t, const char (*fields)[24], size_t n)
{
	uint64_t used = 0;

	while (used < n && fields[used][0] != '\0')
		used++;
	return count_regions(t, used);
}

/* What has contents: the size may be up to the limit, so nothing below overflows. */
static int data_entry(struct tarcheck *t, const struct header *h, uint64_t size)
{
	int r;

	if (t->pending.size)
		size = t->pending.size_value;
	if (size > t->limits->unpacked_bytes)
		return refuse(t, -EFBIG, "a file of %llu bytes, more than the limit",
			      (unsigned long long)size);
	t->skip = padded(size);
	t->state = t->pending.sparse_map && size > 0 ? STATE_MAP : STATE_SKIP;
	t->pending = (struct overrides){0};
	if (h->type != 'S')
		return 0;
	if (!is_gnu(h))
		return refuse(t, -EBADMSG, "a sparse file of an unknown kind");
	r = check_sparse_fields(t, h->gnu_sparse, SPARSE_IN_HEADER);
	if (r == 0 && h->gnu_extended)
		t->state = STATE_SPARSE;
	return r;
}

/* What has none, whatever its size field says; so docker reads links. libarchive does so for those
 * of GNU tar alone. */
static int empty_entry(struct tarcheck *t, const struct header *h, uint64_t size)
{
	if ((h->type == '1' && !is_gnu(h) && size > 0) ||
	    (t->pending.size && t->pending.size_value > 0))
		return refuse(t, -EBADMSG, "a link or special file with contents");
	t->pending = (struct overrides){0};
	t->skip = 0;
	t->state = STATE_SKIP;
	return 0;
}

/* libarchive would make a hard link of anything that has a link name in an extended header. Where
 * both kinds of extended headers name an entry, readers differ in which one they take. */
static int check_long_names(struct tarcheck *t, const struct header *h)
{
	bool named = t->long_link || t->pending.link;
	bool twice = (t->long_name && t->pending.path) || (t->long_link && t->pending.link);

	t->long_name = t->long_link = false;
	if (twice)
		return refuse(t, -EBADMSG, "a name by pax and another one by GNU tar");
	if (named && h->type != '1' && h->type != '2')
		return refuse(t, -EBADMSG, "a link name for what is no link");
	return 0;
}

static int check_header(struct tarcheck *t)
{
	const struct header *h = (const struct header *)t->block;
	int64_t size;
	int r;

	if (is_zero(t->block)) {
		t->state = t->state == STATE_ZERO ? STATE_ENDED : STATE_ZERO;
		return 0;
	}
	if (t->state == STATE_ZERO)
		return refuse(t, -EBADMSG, "entries after the end of the archive");
	if (!checksum_holds(h))
		return refuse(t, -EBADMSG, "damaged: header checksum mismatch");
	if (!parse_field(h->size, sizeof(h->size), &size) || size < 0)
		return refuse(t, -EBADMSG, "a size that is no number");
	if (h->type && strchr("xgLK", h->type))
		return special_header(t, h->type, (uint64_t)size);
	t->specials = 0;
	t->pax_seen = false;
	t->entries++;
	r = check_numbers(t, h);
	if (r == 0)
		r = check_long_names(t, h);
	if (r < 0)
		return r;
	if (h->type == '\0' || strchr("07S", h->type))
		r = data_entry(t, h, (uint64_t)size);
	else if (strchr("123456", h->type))
		r = empty_entry(t, h, (uint64_t)size);
	else
		r = refuse(t, -EBADMSG, "an entry of unknown type '%c'", h->type);
	if (t->state != STATE_MAP && t->state != STATE_SPARSE)
		t->regions = 0;
	return r;
}

static int check_sparse_block(struct tarcheck *t)
{
	const char(*fields)[24] = (const char(*)[24])t->block;

	if (!t->block[SPARSE_IN_BLOCK * 24])
		t->state = STATE_SKIP;
	return check_sparse_fields(t, fields, SPARSE_IN_BLOCK);
}

/* ---- the stream ---- */

/* Collect a block; true once it is whole. */
static bool take_block(struct tarcheck *t, const unsigned char **p, size_t *n)
{
	size_t k = BLOCK - t->have < *n ? BLOCK - t->have : *n;

	memcpy(t->block + t->have, *p, k);
	t->have += k;
	*p += k;
	*n -= k;
	if (t->have < BLOCK)
		return false;
	t->have = 0;
	return true;
}

static void take_skip(struct tarcheck *t, const unsigned char **p, size_t *n)
{
	size_t k = t->skip < *n ? (size_t)t->skip : *n;

	t->skip -= k;
	*p += k;
	*n -= k;
	if (t->skip == 0)
		t->state = STATE_HEADER;
}

static int take_pax(struct tarcheck *t, const unsigned char **p, size_t *n)
{
	size_t left = t->pax_size - t->pax_len, k = left < *n ? left : *n;

	memcpy(t->pax + t->pax_len, *p, k);
	t->pax_len += k;
	*p += k;
	*n -= k;
	t->skip -= k;
	if (t->pax_len < t->pax_size)
		return 0;
	t->state = t->skip > 0 ? STATE_SKIP : STATE_HEADER;
	return check_pax(t);
}

/* A decimal number and a newline, then the regions; `block` serves to collect the digits. */
static int take_map(struct tarcheck *t, const unsigned char **p, size_t *n)
{
	uint64_t regions;

	while (*n > 0) {
		unsigned char c = **p;

		if (c == '\n')
			break;
		if (t->have >= 10)
			return refuse(t, -EBADMSG, "damaged sparse map");
		t->block[t->have++] = c;
		(*p)++;
		(*n)--;
		if (--t->skip == 0)
			return refuse(t, -EBADMSG, "damaged sparse map");
	}
	if (*n == 0)
		return 0;
	if (!parse_decimal((const char *)t->block, t->have, UINT32_MAX, &regions))
		return refuse(t, -EBADMSG, "damaged sparse map");
	t->have = 0;
	t->state = STATE_SKIP;
	return count_regions(t, regions);
}

static int feed_some(struct tarcheck *t, const unsigned char **p, size_t *n)
{
	switch (t->state) {
	case STATE_SKIP:
		take_skip(t, p, n);
		return 0;
	case STATE_PAX:
		return take_pax(t, p, n);
	case STATE_MAP:
		return take_map(t, p, n);
	case STATE_SPARSE:
		return take_block(t, p, n) ? check_sparse_block(t) : 0;
	case STATE_HEADER:
	case STATE_ZERO:
		if (t->have == 0)
			t->header = t->offset;
		return take_block(t, p, n) ? check_header(t) : 0;
	case STATE_ENDED:
		t->tail += *n;
		*n = 0;
		return t->tail > TAIL_BYTES_MAX
			       ? refuse(t, -EFBIG, "more than 64 MiB after the end of the archive")
			       : 0;
	}
	return -EINVAL;
}

int tarcheck_feed(struct tarcheck *t, const void *data, size_t n)
{
	const unsigned char *p = data;
	int r = 0;

	while (n > 0 && r == 0) {
		const unsigned char *before = p;

		r = feed_some(t, &p, &n);
		t->offset += (uint64_t)(p - before);
	}
	return r;
}

uint64_t tarcheck_skip(struct tarcheck *t)
{
	uint64_t n = t->state == STATE_SKIP ? t->skip : 0;

	if (t->state == STATE_ENDED)
		return UINT64_MAX;
	if (t->state == STATE_SKIP)
		t->state = STATE_HEADER;
	t->skip -= n;
	t->offset += n;
	return n;
}

int tarcheck_end(struct tarcheck *t)
{
	bool between = (t->state == STATE_HEADER && t->have == 0 && t->specials == 0) ||
		       (t->state == STATE_SKIP && t->skip == 0);

	if (between || t->state == STATE_ZERO || t->state == STATE_ENDED)
		return 0;
	return refuse(t, -EBADMSG, "truncated");
}
