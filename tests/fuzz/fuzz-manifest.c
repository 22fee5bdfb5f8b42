/* SPDX-License-Identifier: MIT */
/*
 * Manifests, indexes and docker's manifest.json of an archive in memory: members with a line "---"
 * between them, the first line of each its name. A digest cannot be guessed, so "@D2" stands for
 * that of the member 2, "@H2" for its digits, "@S2" for its size; those of later members alone.
 */
#include "fuzz.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>

#include "image/manifest.h"
#include "image/ref.h"
#include "lib/cleanup.h"
#include "lib/strv.h"

enum { MEMBERS_MAX = 10 };

struct member {
	char *name, *text;
	size_t len;
	char hex[SHA256_HEX + 1];
};

/* In place of tarball.c. */
struct tarball {
	struct member members[MEMBERS_MAX];
	size_t n;
};

static const struct member *find(const struct tarball *a, const char *name)
{
	for (size_t i = 0; i < a->n; i++)
		if (streq(a->members[i].name, name))
			return &a->members[i];
	return NULL;
}

int tarball_find(const struct tarball *a, const char *name, struct source *ret)
{
	const struct member *m = find(a, name);

	if (!m)
		return -ENOENT;
	*ret = (struct source){-1, 0, m->len, false};
	return 0;
}

int tarball_read(const struct tarball *a, const char *name, size_t max, char **ret, size_t *ret_len)
{
	const struct member *m = find(a, name);

	if (!m)
		return -ENOENT;
	if (m->len > max)
		return -EFBIG;
	*ret = fuzz_text((const uint8_t *)m->text, m->len);
	*ret_len = m->len;
	return 0;
}

/* ---- input ---- */

/* What "@" and these two letters stand for; false: themselves. */
static bool add_reference(const struct tarball *a, size_t own, const char *s, struct buf *out)
{
	size_t i = isdigit((unsigned char)s[1]) ? (size_t)(s[1] - '0') : 0;
	const struct member *m = &a->members[i];

	if (i <= own || i >= a->n || !strchr("DHS", s[0]))
		return false;
	if (s[0] == 'S')
		buf_fmt(out, "%zu", m->len);
	else
		buf_fmt(out, "%s%s", s[0] == 'D' ? "sha256:" : "", m->hex);
	return true;
}

static char *resolve(const struct tarball *a, size_t own, const char *text)
{
	struct buf out = {0};

	while (*text) {
		if (*text == '@' && text[1] && add_reference(a, own, text + 1, &out))
			text += 3;
		else
			buf_char(&out, *text++);
	}
	return buf_take(&out);
}

static void read_members(char *text, struct tarball *a)
{
	char *rest = text, *part;

	while (a->n < MEMBERS_MAX && (part = fuzz_part(&rest)))
		a->members[a->n++].text = part;
	for (size_t i = a->n; i-- > 0;) {
		struct member *m = &a->members[i];
		char *content = m->text, *name = fuzz_line(&content);

		m->text = resolve(a, i, content ? content : "");
		REQUIRE(m->text);
		m->len = strlen(m->text);
		REQUIRE(sha256_text(m->text, m->len, m->hex) == 0);
		/* alone it is a blob's, by the content */
		m->name = *name ? resolve(a, i, name) : text_format("blobs/sha256/%s", m->hex);
		REQUIRE(m->name);
	}
}

static void members_done(struct tarball *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->members[i].name);
		free(a->members[i].text);
	}
}

/* ---- what must hold ---- */

static void check_layers(const struct tarball *a, const struct manifest *m)
{
	for (size_t i = 0; i < m->n_layers; i++) {
		const struct manifest_layer *l = &m->layers[i];
		const struct member *member = find(a, l->member);

		REQUIRE(member && member->len == l->size);
		REQUIRE(hex64_is_valid(l->diff_id) && hex64_is_valid(l->chain_id));
		REQUIRE(!*l->digest || hex64_is_valid(l->digest));
	}
}

static void check(const struct tarball *a, const struct manifest *m)
{
	char hex[SHA256_HEX + 1];

	REQUIRE(sha256_text(m->config, m->config_len, hex) == 0 && streq(hex, m->id));
	if (*m->digest)
		REQUIRE(sha256_text(m->text, m->text_len, hex) == 0 && streq(hex, m->digest));
	check_layers(a, m);
	STRV_FOREACH (name, m->names) {
		auto_free char *again = NULL;

		REQUIRE(ref_normalize(*name, &again) == 0 && streq(*name, again));
		for (char **other = m->names; other < name; other++)
			REQUIRE(!streq(*other, *name));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	CLEANUP(members_done)
	struct tarball a = {0};
	CLEANUP(manifest_list_done)
	struct manifest_list list = {0};
	int r;

	read_members(text, &a);
	r = manifest_read_all(&a, &load_limits_default, size % 2 ? "linux/amd64" : NULL, &list);
	REQUIRE(r < 0 || list.n > 0);
	for (size_t i = 0; i < list.n; i++) {
		check(&a, &list.items[i]);
		for (size_t k = 0; k < i; k++)
			REQUIRE(!streq(list.items[i].id, list.items[k].id));
	}
	return 0;
}
