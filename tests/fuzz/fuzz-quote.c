/* SPDX-License-Identifier: MIT */
/*
 * Words in systemd's quoting: what was split, quoted again, is split into the same; and what the
 * escaping for terminals lets through is harmless.
 */
#include "fuzz.h"

#include <errno.h>

#include "lib/cleanup.h"
#include "lib/probe.h"
#include "lib/quote.h"
#include "lib/strv.h"
#include "lib/text.h"

static bool same(char *const *a, char *const *b)
{
	size_t n = strv_len(a);

	if (n != strv_len(b))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!streq(a[i], b[i]))
			return false;
	return true;
}

static void check_words(char **words)
{
	auto_strv char **again = NULL;
	const char *why = NULL;
	auto_buf line = {0};

	STRV_FOREACH (w, words)
		quote_add(&line, *w);
	if (line.data)
		REQUIRE(!strchr(line.data, '\n') && !strchr(line.data, '\r'));
	REQUIRE(quote_split(line.data ? line.data : "", &again, &why) == 0);
	REQUIRE(same(words, again));
}

static void check_split(const char *text)
{
	auto_strv char **words = NULL, **command = NULL;
	const char *why = NULL;
	int r = quote_split(text, &words, &why);

	REQUIRE(r == 0 || (r == -EINVAL && why && !words));
	if (r == 0)
		check_words(words);
	r = quote_split_command(text, &command, &why);
	REQUIRE(r == 0 || r == -EINVAL);
	if (r == 0)
		check_words(command);
}

static void check_probe(const char *text)
{
	auto_strv char **argv = NULL;
	const char *why = NULL;
	int r = probe_parse(text, &argv, &why);

	REQUIRE(r == 0 || (r == -EINVAL && why && !argv));
	REQUIRE(!argv || (strv_len(argv) > 0));
}

/* All of it is valid UTF-8 without controls, and doing it twice does nothing. */
static void check_escape(const char *text)
{
	auto_free char *once = text_escape(text), *twice = once ? text_escape(once) : NULL;
	char small[16];
	size_t n = text_escape_to(text, small, sizeof(small));

	REQUIRE(once && twice && streq(once, twice));
	REQUIRE(n < sizeof(small) && strlen(small) == n && startswith(once, small));
	for (const char *s = once; *s;) {
		unsigned cp = 0;
		int len = utf8_decode(s, strnlen(s, 4), &cp);

		REQUIRE(len > 0 && cp >= 0x20 && (cp < 0x7f || cp > 0x9f));
		REQUIRE(cp != 0x202e && cp != 0x2066 && cp != 0x200b && cp != 0xfeff);
		s += len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);

	check_split(text);
	check_probe(text);
	check_escape(text);
	return 0;
}
