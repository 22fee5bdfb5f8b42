/* SPDX-License-Identifier: MIT */
/* Names of images, digests and platforms, the texts that become paths of the store. */
#include "fuzz.h"

#include <errno.h>

#include "image/digest.h"
#include "image/image.h"
#include "image/platform.h"
#include "image/ref.h"
#include "lib/cleanup.h"
#include "lib/text.h"

/* It is a path below STORE/names. */
static void check_path(const char *name)
{
	REQUIRE(*name && *name != '/' && !endswith(name, "/") && !strstr(name, "//"));
	REQUIRE(!startswith(name, ".") && !strstr(name, "/."));
	for (const char *s = name; *s; s++)
		REQUIRE(*s > ' ' && *s < 0x7f && !strchr("\\'\"$%*?", *s));
	REQUIRE(strlen(name) < 512);
}

static void check_ref(const char *text)
{
	auto_free char *name = NULL, *again = NULL, *small = NULL, *back = NULL;
	int r = ref_normalize(text, &name);

	REQUIRE(r == 0 || (r == -EINVAL && !name));
	if (r < 0)
		return;
	check_path(name);
	REQUIRE(ref_normalize(name, &again) == 0 && streq(name, again));
	small = ref_shorten(name);
	REQUIRE(small && ref_normalize(small, &back) == 0 && streq(name, back));
}

static void check_digest(const char *text)
{
	char hex[SHA256_HEX + 1] = "";

	REQUIRE((digest_parse(text, hex) == 0) == digest_is_valid(text));
	if (*hex)
		REQUIRE(hex64_is_valid(hex) && streq(text + strlen("sha256:"), hex));
}

static void check_platform(const char *text)
{
	struct platform p = {0}, again = {0};
	char out[100];

	REQUIRE((platform_parse(text, &p) == 0) == platform_is_valid(text));
	if (!platform_is_valid(text))
		return;
	platform_format(&p, out);
	REQUIRE(platform_parse(out, &again) == 0);
	REQUIRE(memcmp(&p, &again, sizeof(p)) == 0 || platform_score(&p, &again) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);

	check_ref(text);
	check_digest(text);
	check_platform(text);
	return 0;
}
