/* SPDX-License-Identifier: MIT */
/* Words of unit files: split, and put together so that splitting gives them back. */
#include "test.h"

#include <errno.h>

#include "lib/quote.h"
#include "lib/strv.h"
#include "lib/text.h"

/* want: the words joined by '|'; NULL: refused. */
static const struct {
	const char *text, *want;
} cases[] = {
	{"", ""},
	{" \t ", ""},
	{"a", "a"},
	{"  a  b\tc\n", "a|b|c"},
	{"'a b' c", "a b|c"},
	{"\"a b\" c", "a b|c"},
	{"a'b c'd", "ab cd"},
	{"'a'\"b\"", "ab"},
	{"'' a \"\"", "|a|"},
	{"\"it's\" '\"'", "it's|\""},
	{"a\\ b", NULL}, /* a backslash and a blank is no escape there */
	{"a\\sb", "a b"},
	{"\\n\\t\\\\\\\"\\'", "\n\t\\\"'"},
	{"'\\n'", "\n"}, /* single quotes do not switch escapes off */
	{"\\a\\b\\f\\r\\v", "\a\b\f\r\v"},
	{"\\x41\\x7a", "Az"},
	{"\\101\\377", "A\377"},
	{"\\u00e9\\u20ac\\U0001F600", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
	{"\xc3\xa9", "\xc3\xa9"},
	{"--a=\"b c\"", "--a=b c"},
	{"# ; no comments", "#|;|no|comments"},
	{"'a", NULL},
	{"a\"", NULL},
	{"a\\", NULL},
	{"'a\\", NULL},
	{"\\q", NULL},
	{"\\x4", NULL},
	{"\\x4g", NULL},
	{"\\x00", NULL},
	{"\\000", NULL},
	{"\\400", NULL},
	{"\\18", NULL},
	{"\\0", NULL},
	{"\\u12", NULL},
	{"\\ud800", NULL},
	{"\\u0000", NULL},
	{"\\U00110000", NULL},
};

static const struct {
	const char *text, *want;
} commands[] = {
	{"a 'b c'", "a|b c"},
	{"[\"a\", \"b c\"]", "a|b c"},
	{"  [\"\"]", ""},
	{"[]", ""},
	{"", ""},
	{"[\"a\"", NULL},
	{"[\"a\"] x", NULL},
	{"[1]", NULL},
	{"[\"a\", [\"b\"]]", NULL},
	{"[\"a\\u0000b\"]", NULL},
	{"['a']", NULL},
	{"\"[a]\"", "[a]"},
};

static const struct {
	const char *word, *want;
} quoted[] = {
	{"a", "a"},
	{"/usr/bin/x-1.0", "/usr/bin/x-1.0"},
	{"A=b,c:d", "A=b,c:d"},
	{"", "\"\""},
	{"a b", "\"a b\""},
	{"it's", "\"it's\""},
	{"a\"b\\c", "\"a\\\"b\\\\c\""},
	{"a\nb\tc\x01", "\"a\\nb\\tc\\x01\""},
	{";", "\";\""}, /* on its own it would end a command */
	{"#", "\"#\""},
	{"\xc3\xa9", "\"\xc3\xa9\""},
};

typedef int (*split_function)(const char *text, char ***words, const char **ret_why);

static void check_split(split_function split, const char *text, const char *want)
{
	auto_strv char **words = NULL;
	const char *why = NULL;
	auto_buf joined = {0};
	int r = split(text, &words, &why);

	if (!CHECK(r == (want ? 0 : -EINVAL)))
		(void)printf("\t%s\n", text);
	CHECK(!why == !r);
	CHECK(r == 0 || !words);
	buf_str(&joined, "");
	STRV_FOREACH (w, words)
		buf_fmt(&joined, "%s%s", w == words ? "" : "|", *w);
	CHECK_STREQ(joined.data, want ? want : "");
}

/* Whatever the words are, they come back. */
static void check_round_trip(void)
{
	auto_strv char **words = NULL, **back = NULL;
	const char *why = NULL;
	auto_buf b = {0};

	for (int c = 1; c < 256; c++) {
		char word[] = {'x', (char)c, 'y', (char)c, '\0'};

		CHECK(strv_add(&words, word) == 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK(strv_add(&words, cases[i].text) == 0);
	STRV_FOREACH (w, words)
		quote_add(&b, *w);
	CHECK(!strpbrk(b.data, "\n\r\t"));
	CHECK(quote_split(b.data, &back, &why) == 0);
	if (CHECK(strv_len(back) == strv_len(words)))
		for (size_t i = 0; words[i]; i++)
			CHECK_STREQ(back[i], words[i]);
}

static void check_append(void)
{
	auto_strv char **words = NULL;
	const char *why = NULL;

	CHECK(quote_split("a b", &words, &why) == 0);
	CHECK(quote_split("c 'd", &words, &why) == -EINVAL);
	CHECK(strv_len(words) == 2);
	CHECK(quote_split("", &words, &why) == 0);
	CHECK(quote_split("c", &words, &why) == 0);
	CHECK(strv_len(words) == 3 && streq(words[2], "c"));
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_split(quote_split, cases[i].text, cases[i].want);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		check_split(quote_split_command, commands[i].text, commands[i].want);
	for (size_t i = 0; i < ARRAY_SIZE(quoted); i++) {
		auto_buf b = {0};

		quote_add(&b, quoted[i].word);
		CHECK_STREQ(b.data, quoted[i].want);
	}
	check_round_trip();
	check_append();
	return test_report();
}
