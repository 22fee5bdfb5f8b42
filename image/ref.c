/* SPDX-License-Identifier: MIT */
/*
 * Image references: the grammar of github.com/distribution/reference, read by hand. A reference is
 * [DOMAIN/]PATH[:TAG][@DIGEST]; what is left out is docker.io, library/ and latest. Normalised
 * names become paths below STORE/names, so nothing that passes here holds "." or ".." as a
 * component.
 */
#include "ref.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "lib/text.h"

#define DOMAIN "docker.io"
#define OLD_DOMAIN "index.docker.io"
#define OFFICIAL "library/"
#define LOWER_ALNUM "abcdefghijklmnopqrstuvwxyz0123456789"
#define ALNUM LOWER_ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define HEX "0123456789abcdef"

enum { NAME_BYTES_MAX = 255, TAG_BYTES_MAX = 128 };

bool hex64_is_valid(const char *s)
{
	return strspn(s, HEX) == 64 && s[64] == '\0';
}

bool digest_is_valid(const char *s)
{
	const char *hex = startswith(s, "sha256:");

	return hex && hex64_is_valid(hex);
}

/* The scanners return the length of the longest match at s; 0: none. */

/* [a-z0-9]+ joined by one '.', one or two '_', or any number of '-' */
static size_t scan_component(const char *s)
{
	size_t n = strspn(s, LOWER_ALNUM);

	while (n > 0) {
		size_t gap = s[n] == '.' ? 1 : strspn(s + n, s[n] == '_' ? "_" : "-");
		size_t word = strspn(s + n + gap, LOWER_ALNUM);

		if (gap == 0 || word == 0 || (s[n] == '_' && gap > 2))
			break;
		n += gap + word;
	}
	return n;
}

static size_t scan_path(const char *s)
{
	size_t n = scan_component(s);

	while (n > 0 && s[n] == '/') {
		size_t more = scan_component(s + n + 1);

		if (more == 0)
			break;
		n += 1 + more;
	}
	return n;
}

/* Labels of letters, digits and inner dashes, joined by dots. */
static size_t scan_host(const char *s)
{
	size_t n = 0;

	for (;;) {
		size_t label = strspn(s + n, ALNUM "-");

		if (label == 0 || s[n] == '-' || s[n + label - 1] == '-')
			return 0;
		n += label;
		if (s[n] != '.')
			return n;
		n++;
	}
}

static size_t scan_ipv6(const char *s)
{
	size_t n = strspn(s + 1, "0123456789abcdefABCDEF:");

	return n > 0 && s[1 + n] == ']' ? n + 2 : 0;
}

static size_t scan_domain(const char *s)
{
	size_t n = *s == '[' ? scan_ipv6(s) : scan_host(s);
	size_t port = n > 0 && s[n] == ':' ? strspn(s + n + 1, "0123456789") : 0;

	return port > 0 ? n + 1 + port : n;
}

static size_t scan_tag(const char *s)
{
	return *s == '.' || *s == '-' ? 0 : strspn(s, ALNUM "_.-");
}

struct parts {
	const char *domain, *path, *tag, *digest; /* tag, digest: NULL when absent */
	size_t domain_len, path_len, tag_len;
	bool official; /* a name of docker.io without a user: "library/" is left out */
};

/* Is the first component (n bytes, a slash follows) a registry rather than part of the path? */
static bool names_registry(const char *s, size_t n)
{
	if (n == strlen("localhost") && strncmp(s, "localhost", n) == 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (strchr(".:ABCDEFGHIJKLMNOPQRSTUVWXYZ", s[i]))
			return true;
	return false;
}

static bool on_docker_hub(const struct parts *p)
{
	return p->domain_len == strlen(DOMAIN) && startswith(p->domain, DOMAIN);
}

static void split_domain(const char *ref, struct parts *p)
{
	const char *slash = strchr(ref, '/');

	p->domain = DOMAIN;
	p->domain_len = strlen(DOMAIN);
	p->path = ref;
	if (slash && names_registry(ref, (size_t)(slash - ref))) {
		p->path = slash + 1;
		if (!startswith(ref, OLD_DOMAIN "/")) {
			p->domain = ref;
			p->domain_len = (size_t)(slash - ref);
		}
	}
	p->official = on_docker_hub(p) && !strchr(p->path, '/');
}

/* What names become on disk: the last component is a file name together with its tag. */
static bool fits(const struct parts *p)
{
	size_t library = p->official ? strlen(OFFICIAL) : 0, last = 0;

	while (last < p->path_len && p->path[p->path_len - 1 - last] != '/')
		last++;
	return p->domain_len + 1 + library + p->path_len <= NAME_BYTES_MAX &&
	       p->tag_len <= TAG_BYTES_MAX && last + 1 + p->tag_len <= NAME_MAX;
}

/* "sha256:TAG" is how ids are written; docker refuses to make such a name as well. */
static bool is_ambiguous(const struct parts *p)
{
	const char *official = p->official ? p->path : startswith(p->path, OFFICIAL);

	return on_docker_hub(p) && official &&
	       p->path + p->path_len == official + strlen("sha256") &&
	       startswith(official, "sha256");
}

static int split(const char *ref, struct parts *p)
{
	const char *rest;

	*p = (struct parts){0};
	if (hex64_is_valid(ref)) /* would read as an id everywhere else */
		return -EINVAL;
	split_domain(ref, p);
	if (scan_domain(p->domain) != p->domain_len)
		return -EINVAL;
	p->path_len = scan_path(p->path);
	if (p->path_len == 0 || is_ambiguous(p))
		return -EINVAL;
	rest = p->path + p->path_len;
	if (*rest == ':') {
		p->tag = rest + 1;
		p->tag_len = scan_tag(p->tag);
		if (p->tag_len == 0)
			return -EINVAL;
		rest = p->tag + p->tag_len;
	}
	if (*rest == '@') {
		p->digest = rest + 1;
		if (!digest_is_valid(p->digest))
			return -EINVAL;
	} else if (*rest) {
		return -EINVAL;
	}
	return fits(p) ? 0 : -EINVAL;
}

int ref_normalize(const char *ref, char **ret)
{
	struct parts p;
	auto_buf name = {0};
	char *text;
	int r;

	r = split(ref, &p);
	if (r < 0)
		return r;
	buf_add(&name, p.domain, p.domain_len);
	buf_str(&name, p.official ? "/" OFFICIAL : "/");
	buf_add(&name, p.path, p.path_len);
	if (p.digest) /* says more than the tag, which docker drops as well */
		buf_fmt(&name, "@%s", p.digest);
	else if (p.tag)
		buf_fmt(&name, ":%.*s", (int)p.tag_len, p.tag);
	else
		buf_str(&name, ":latest");
	text = buf_take(&name);
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

char *ref_shorten(const char *normalized)
{
	const char *path = startswith(normalized, DOMAIN "/");
	const char *official = path ? startswith(path, OFFICIAL) : NULL;
	const char *slash = path ? strchr(path, '/') : NULL;

	if (official && !strchr(official, '/'))
		return strdup(official);
	/* without a slash, or looking like a registry, the rest would read as another name */
	if (!slash || names_registry(path, (size_t)(slash - path)))
		return strdup(normalized);
	return strdup(path);
}
