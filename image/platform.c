/* SPDX-License-Identifier: MIT */
/*
 * Platform matching, by the rules containerd and docker use: os and architecture must be equal; an
 * arm machine runs what was built for older variants, newest first; arm64 means v8, amd64 means v1.
 */
#include "platform.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "image.h"
#include "lib/cleanup.h"
#include "lib/text.h"

static const struct {
	const char *other, *arch, *variant;
} aliases[] = {
	{"x86_64", "amd64", ""},   {"x86-64", "amd64", ""}, {"aarch64", "arm64", ""},
	{"armv8l", "arm", "v8"},   {"armv7l", "arm", "v7"}, {"armv6l", "arm", "v6"},
	{"armv5tel", "arm", "v5"}, {"armhf", "arm", "v7"},  {"armel", "arm", "v6"},
	{"i386", "386", ""},	   {"i686", "386", ""},	    {"loongarch64", "loong64", ""},
};

static void copy(char to[static 32], const char *from)
{
	if (!from)
		from = "";
	(void)snprintf(to, 32, "%s", strlen(from) < 32 ? from : "?");
}

void platform_set(struct platform *p, const char *os, const char *arch, const char *variant)
{
	copy(p->os, os);
	copy(p->arch, arch);
	copy(p->variant, variant);
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		if (!streq(p->arch, aliases[i].other))
			continue;
		copy(p->arch, aliases[i].arch);
		if (!*p->variant)
			copy(p->variant, aliases[i].variant);
	}
}

static bool part_is_valid(const char *s, size_t n)
{
	if (n == 0 || n > 31)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '_' && s[i] != '-' && s[i] != '.')
			return false;
	return true;
}

int platform_parse(const char *text, struct platform *ret)
{
	char parts[3][32] = {"", "", ""};
	size_t n = 0;

	for (const char *s = text;; s++) {
		size_t len = strcspn(s, "/");

		if (n == ARRAY_SIZE(parts) || !part_is_valid(s, len))
			return -EINVAL;
		memcpy(parts[n], s, len);
		parts[n++][len] = '\0';
		s += len;
		if (!*s)
			break;
	}
	if (n < 2)
		return -EINVAL;
	platform_set(ret, parts[0], parts[1], parts[2]);
	return 0;
}

bool platform_is_valid(const char *text)
{
	struct platform p;

	return platform_parse(text, &p) == 0;
}

void platform_native(struct platform *ret)
{
	struct utsname u;

	(void)uname(&u); /* cannot fail with a good pointer */
	platform_set(ret, "linux", u.machine, "");
}

/* v5 to v9 as 5 to 9; 0 for anything else. */
static int variant_number(const char *variant)
{
	return variant[0] == 'v' && variant[1] >= '1' && variant[1] <= '9' && !variant[2]
		       ? variant[1] - '0'
		       : 0;
}

/* What no variant means for an architecture. */
static int default_variant(const char *arch)
{
	if (streq(arch, "arm"))
		return 7;
	if (streq(arch, "arm64"))
		return 8;
	return streq(arch, "amd64") ? 1 : 0;
}

int platform_score(const struct platform *wanted, const struct platform *image)
{
	int implied = default_variant(wanted->arch);
	int have = *image->variant ? variant_number(image->variant) : implied;
	int want = *wanted->variant ? variant_number(wanted->variant) : implied;

	if (!streq(wanted->os, image->os))
		return 0;
	if (!*image->arch)
		return 1; /* very old images do not say */
	if (!streq(wanted->arch, image->arch))
		return 0;
	if (streq(wanted->variant, image->variant))
		return 100;
	if (implied == 0)
		return *wanted->variant ? 0 : 1;
	if (streq(wanted->arch, "arm") && !*wanted->variant)
		want = 8;
	if (have == 0 || have > want)
		return 0;
	return streq(wanted->arch, "arm64") && have != want ? 0 : have;
}

void platform_format(const struct platform *p, char out[static 100])
{
	(void)snprintf(out, 100, "%s/%s%s%s", p->os, p->arch, *p->variant ? "/" : "", p->variant);
}
