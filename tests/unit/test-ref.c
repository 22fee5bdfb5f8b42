/* SPDX-License-Identifier: MIT */
/* The grammar of image references; most cases are those of distribution/reference's own tests. */
#include "test.h"

#include <errno.h>
#include <stdlib.h>

#include "image/image.h"
#include "image/ref.h"
#include "lib/text.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX64

static const struct {
	const char *ref, *normalized, *familiar; /* familiar NULL: the normalised form itself */
} good[] = {
	{"web", "docker.io/library/web:latest", "web:latest"},
	{"web:1.2", "docker.io/library/web:1.2", "web:1.2"},
	{"a/b", "docker.io/a/b:latest", "a/b:latest"},
	{"a/b/c:d", "docker.io/a/b/c:d", "a/b/c:d"},
	{"docker.io/web", "docker.io/library/web:latest", "web:latest"},
	{"docker.io/library/web", "docker.io/library/web:latest", "web:latest"},
	{"docker.io/library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"},
	{"index.docker.io/web:1", "docker.io/library/web:1", "web:1"},
	{"index.docker.io/a/b", "docker.io/a/b:latest", "a/b:latest"},
	{"library/web", "docker.io/library/web:latest", "web:latest"},
	{"localhost", "docker.io/library/localhost:latest", "localhost:latest"},
	{"localhost/web", "localhost/web:latest", NULL},
	{"localhost:5000/web:2", "localhost:5000/web:2", NULL},
	{"docker.io/localhost/web", "docker.io/localhost/web:latest", NULL},
	{"docker.io/a.b/web", "docker.io/a.b/web:latest", NULL},
	{"web:5000/x", "web:5000/x:latest", NULL},
	{"quay.io/coreos/etcd:v3", "quay.io/coreos/etcd:v3", NULL},
	{"127.0.0.1:5000/a", "127.0.0.1:5000/a:latest", NULL},
	{"[::1]:5000/a", "[::1]:5000/a:latest", NULL},
	{"[2001:db8::1]/a/b:c", "[2001:db8::1]/a/b:c", NULL},
	{"Registry/web", "Registry/web:latest", NULL},
	{"xn--n3h.com/web:xn--n3h.com", "xn--n3h.com/web:xn--n3h.com", NULL},
	{"web:Tag_1.2-X", "docker.io/library/web:Tag_1.2-X", "web:Tag_1.2-X"},
	{"web:_", "docker.io/library/web:_", "web:_"},
	{"a.b_c__d-e---f", "docker.io/library/a.b_c__d-e---f:latest", "a.b_c__d-e---f:latest"},
	{"0/0:0", "docker.io/0/0:0", "0/0:0"},
	{"web@" DIGEST, "docker.io/library/web@" DIGEST, "web@" DIGEST},
	{"web:1@" DIGEST, "docker.io/library/web@" DIGEST, "web@" DIGEST},
	{"r.io:80/a/b:1@" DIGEST, "r.io:80/a/b@" DIGEST, NULL},
	{HEX64 ":1", "docker.io/library/" HEX64 ":1", HEX64 ":1"},
	{"a/" HEX64, "docker.io/a/" HEX64 ":latest", "a/" HEX64 ":latest"},
};

static const char *const bad[] = {
	"",
	":",
	"/",
	"@",
	":tag",
	"@" DIGEST,
	"Web",
	"a/Web",
	"weB:1",
	"web:",
	"web:.x",
	"web:-x",
	"web:a:b",
	"web:a b",
	"web: a",
	" web",
	"web ",
	"web\n",
	"web\x1b[31m",
	"w\xc3\xa9"
	"b",
	"/web",
	"a//b",
	"a/b/",
	"web/",
	"../web",
	"a/../b",
	"a/./b",
	".",
	"..",
	"a/..",
	"..:a",
	"localhost/..",
	"localhost/../../web",
	"a...b",
	"a..b",
	"-a",
	"a-",
	"_a",
	"a_",
	"a.",
	"a___b",
	"a._b",
	"a-_b",
	"docker.io/",
	"docker.io/Web",
	"-r.io/a",
	"r-.io/a",
	"r..io/a",
	".r.io/a",
	"r.io./a",
	"r.io:/a",
	"r.io:80x/a",
	"r.io:80:80/a",
	"r_x.io/a",
	"[::1/a",
	"[]/a",
	"[fe80::1%eth0]/a",
	"[::g]/a",
	"https://r.io/a",
	"aa/asdf$$^/aa",
	HEX64,
	"sha256",
	"sha256:1",
	"docker.io/sha256",
	"library/sha256",
	"docker.io/library/sha256:1",
	"a_b.c/web",
	DIGEST,
	"web@",
	"web@sha256",
	"web@sha256:abc",
	"web@sha256:" HEX64 "0",
	"web@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
	"web@sha512:" HEX64 HEX64,
	"web@md5:0123456789abcdef0123456789abcdef",
	"web@" DIGEST "@" DIGEST,
	"web@" DIGEST ":1",
	"web:@" DIGEST,
};

static void check_good(const char *ref, const char *normalized, const char *familiar)
{
	char *once = NULL, *twice = NULL, *shorter;

	if (!CHECK(ref_normalize(ref, &once) == 0)) {
		(void)printf("\t%s\n", ref);
		return;
	}
	CHECK_STREQ(once, normalized);
	shorter = ref_shorten(once);
	CHECK_STREQ(shorter, familiar ? familiar : normalized);
	CHECK(ref_normalize(once, &twice) == 0);
	CHECK_STREQ(twice, once);
	free(twice);
	twice = NULL;
	/* what people are shown leads back to where it came from */
	CHECK(shorter && ref_normalize(shorter, &twice) == 0);
	CHECK_STREQ(twice, once);
	free(once);
	free(twice);
	free(shorter);
}

static bool accepts(const char *ref)
{
	char *name = NULL;
	int r = ref_normalize(ref, &name);

	CHECK(r == 0 ? name != NULL : r == -EINVAL && name == NULL);
	free(name);
	return r == 0;
}

static void check_bad(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!CHECK(!accepts(bad[i])))
			(void)printf("\t%s\n", bad[i]);
}

/* A prefix, n times the letter c, and a suffix. */
static bool accepts_long(const char *prefix, size_t n, const char *suffix)
{
	char ref[1024], fill[600];

	memset(fill, 'a', sizeof(fill));
	(void)snprintf(ref, sizeof(ref), "%s%.*s%s", prefix, (int)n, fill, suffix);
	return accepts(ref);
}

static void check_lengths(void)
{
	CHECK(accepts_long("web:", 128, ""));
	CHECK(!accepts_long("web:", 129, ""));
	/* "localhost/" and 245 are 255, of which 235 are the component */
	CHECK(accepts_long("localhost/b/cdefghi/", 235, ":1"));
	CHECK(!accepts_long("localhost/b/cdefghi/", 236, ":1"));
	/* "docker.io/library/" counts too */
	CHECK(accepts_long("", 237, ":1"));
	CHECK(!accepts_long("", 238, ":1"));
	/* a file name holds the last component, the colon and the tag: "latest" here */
	CHECK(accepts_long("r/", 243, ":t2345678901"));
	CHECK(!accepts_long("r/", 244, ":t2345678901"));
	CHECK(!accepts_long("localhost/", 245, ":12345678901"));
	CHECK(!accepts_long("r.io/", 500, ""));
}

static void check_digests(void)
{
	CHECK(hex64_is_valid(HEX64));
	CHECK(!hex64_is_valid(HEX64 "0"));
	CHECK(!hex64_is_valid("../" HEX64));
	CHECK(!hex64_is_valid(""));
	CHECK(!hex64_is_valid("A123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
	CHECK(digest_is_valid(DIGEST));
	CHECK(!digest_is_valid(HEX64));
	CHECK(!digest_is_valid("sha256:"));
	CHECK(!digest_is_valid("SHA256:" HEX64));
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		check_good(good[i].ref, good[i].normalized, good[i].familiar);
	check_good("docker.io", "docker.io/library/docker.io:latest", "docker.io:latest");
	check_bad();
	check_lengths();
	check_digests();
	return test_report();
}
