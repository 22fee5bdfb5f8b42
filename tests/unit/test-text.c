/* SPDX-License-Identifier: MIT */
/* Escaping, UTF-8, the buffer, string vectors, tables: the small helpers everything leans on. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

#include "lib/fs.h"
#include "lib/strv.h"
#include "lib/table.h"
#include "lib/text.h"

static void check_utf8(void)
{
	static const struct {
		const char *bytes;
		int len;
		unsigned cp;
	} cases[] = {
		{"a", 1, 'a'},
		{"\xc3\xa9", 2, 0xe9},
		{"\xe2\x82\xac", 3, 0x20ac},
		{"\xf0\x9f\x98\x80", 4, 0x1f600},
		{"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
		{"", 0, 0},
		{"\x80", 0, 0}, /* a continuation alone */
		{"\xc3", 0, 0}, /* cut short */
		{"\xe2\x82", 0, 0},
		{"\xc3(", 0, 0},
		{"\xc0\x80", 0, 0},	    /* overlong NUL */
		{"\xe0\x80\xaf", 0, 0},	    /* overlong slash */
		{"\xed\xa0\x80", 0, 0},	    /* a surrogate */
		{"\xf4\x90\x80\x80", 0, 0}, /* past the end */
		{"\xf8\x88\x80\x80\x80", 0, 0},
		{"\xff", 0, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned cp = 0;

		CHECK(utf8_decode(cases[i].bytes, strlen(cases[i].bytes), &cp) == cases[i].len);
		CHECK(cp == cases[i].cp);
	}
	CHECK(utf8_decode("\0x", 2, NULL) == 1);
}

static void check_escape(void)
{
	static const struct {
		const char *raw, *escaped;
	} cases[] = {
		{"plain text", "plain text"},
		{"", ""},
		{"a\nb\tc", "a\\x0ab\\x09c"},
		{"\x1b[31mred", "\\x1b[31mred"},
		{"\x7f", "\\x7f"},
		{"caf\xc3\xa9 \xe2\x82\xac", "caf\xc3\xa9 \xe2\x82\xac"},
		{"\xc2\x9b"
		 "1m",
		 "\\xc2\\x9b1m"}, /* C1: CSI */
		{"\xe2\x80\xae"
		 "x",
		 "\\xe2\\x80\\xaex"},			      /* right to left override */
		{"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},	      /* isolate */
		{"\xe2\x80\x8b", "\\xe2\\x80\\x8b"},	      /* zero width space */
		{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},	      /* byte order mark */
		{"\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"}, /* tag character */
		{"a\xff"
		 "b",
		 "a\\xff"
		 "b"},
		{"\xe2\x82", "\\xe2\\x82"},
	};
	char small[8];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *s = text_escape(cases[i].raw);

		CHECK_STREQ(s, cases[i].escaped);
	}
	/* an escape is never split, and the NUL always fits */
	CHECK(text_escape_to("abcd\x1b", small, sizeof(small)) == 4);
	CHECK_STREQ(small, "abcd");
	CHECK(text_escape_to("abc\x1b", small, sizeof(small)) == 7);
	CHECK_STREQ(small, "abc\\x1b");
	CHECK(text_escape_to("abcdefghij", small, sizeof(small)) == 7);
	CHECK_STREQ(small, "abcdefg");
	CHECK(text_escape_to("x", small, 1) == 0 && small[0] == '\0');
	CHECK(text_escape_to("x", NULL, 0) == 0);
}

static void check_buf(void)
{
	struct buf b = {0};
	char *s;

	s = buf_take(&b);
	CHECK_STREQ(s, "");
	free(s);
	for (int i = 0; i < 1000; i++) {
		buf_str(&b, "abc");
		buf_char(&b, '-');
		buf_fmt(&b, "%03d", i);
		buf_add(&b, NULL, 0);
	}
	CHECK(b.len == 7000 && strlen(b.data) == 7000 && !b.error);
	CHECK(strncmp(b.data + 6993, "abc-999", 8) == 0);
	buf_add(&b, "x", SIZE_MAX / 2);
	CHECK(b.error == -ENOMEM && b.len == 7000);
	buf_str(&b, "more");
	CHECK(b.len == 7000);
	CHECK(buf_take(&b) == NULL && !b.data && !b.error);
	s = text_format("%d %s", 5, "x");
	CHECK_STREQ(s, "5 x");
	free(s);
	CHECK(startswith("abc", "ab") && !startswith("ab", "abc") && startswith("a", ""));
	CHECK(endswith("a.conf", ".conf") && !endswith("conf", ".conf") && endswith("a", ""));
}

static void check_strv(void)
{
	static const char *const twice[] = {"A=1", "B",	  "A",	 "A=",	 "AB=5", "B=1",
					    "=",   "A=3", "B=2", "AB=6", NULL},
				 *const once[] = {"B", "A", "=", "A=3", "B=2", "AB=6"};
	auto_strv char **v = NULL, **copy = NULL, **env = NULL;

	CHECK(strv_len(NULL) == 0);
	CHECK(strv_add(&v, "a") == 0 && strv_take(&v, strdup("b")) == 0 && strv_len(v) == 2);
	CHECK(strv_take(&v, NULL) == -ENOMEM && strv_len(v) == 2);
	CHECK(strv_copy(v, &copy) == 0 && strv_len(copy) == 2 && copy[0] != v[0]);
	CHECK(strv_extend(&copy, v) == 0 && strv_len(copy) == 4);
	CHECK_STREQ(copy[3], "b");
	CHECK(strv_extend(&copy, NULL) == 0);
	strv_free(copy);
	copy = NULL;
	CHECK(strv_copy(NULL, &copy) == 0 && copy && !copy[0]);

	CHECK(!env_get(NULL, "A"));
	CHECK(env_set(&env, "A=1") == 0 && env_set(&env, "AB=2") == 0 && env_set(&env, "C=") == 0);
	CHECK_STREQ(env_get(env, "A"), "1");
	CHECK_STREQ(env_get(env, "C"), "");
	CHECK(!env_get(env, "B") && !env_get(env, ""));
	CHECK(env_set(&env, "A=x=y") == 0 && strv_len(env) == 3);
	CHECK_STREQ(env_get(env, "A"), "x=y");
	CHECK(strv_add(&env, "A=again") == 0);
	env_unset(env, "A");
	CHECK(strv_len(env) == 2 && !env_get(env, "A"));
	env_unset(env, "nope");
	env_unset(env, "C");
	CHECK(strv_len(env) == 1);
	CHECK_STREQ(env[0], "AB=2");
	env_unset(NULL, "A");

	for (const char *const *s = twice; *s; s++)
		CHECK(strv_add(&env, *s) == 0);
	CHECK(env_dedup(env) == 0 && strv_len(env) == 6);
	for (size_t i = 0; env[i]; i++)
		CHECK_STREQ(env[i], once[i]);
	CHECK(env_dedup(env) == 0 && strv_len(env) == 6);
	CHECK(env_dedup(NULL) == 0);
}

static void check_sizes(void)
{
	static const struct {
		unsigned long long bytes;
		const char *text;
	} cases[] = {
		{0, "0B"},
		{999, "999B"},
		{1000, "1kB"},
		{1234, "1.23kB"},
		{12345, "12.3kB"},
		{123456, "123kB"},
		{1200000, "1.2MB"},
		{9999, "10kB"},
		{99999, "100kB"},
		{999499, "999kB"},
		{999999, "1MB"},
		{612000000, "612MB"},
		{1ULL << 40, "1.1TB"},
		{~0ULL, "18.4EB"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[16];

		format_size(cases[i].bytes, text);
		CHECK_STREQ(text, cases[i].text);
	}
}

static void check_ages(void)
{
	static const struct {
		long long age;
		const char *text;
	} cases[] = {
		{-100, "just now"},	  {5, "5 seconds ago"},	     {60, "1 minute ago"},
		{7300, "2 hours ago"},	  {90000, "1 day ago"},	     {700000, "1 week ago"},
		{3000000, "1 month ago"}, {70000000, "2 years ago"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[40];

		format_ago((long long)time(NULL) - cases[i].age, text);
		CHECK_STREQ(text, cases[i].text);
	}
}

/* What table_print writes to stdout. */
static void check_table(void)
{
	static const char *const headings[] = {"NAME", "SIZE", NULL};
	static const char want[] = "NAME       SIZE\n"
				   "a          1B\n"
				   "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9       -\n"
				   "\\x1b[1mx   2B\n";
	CLEANUP(table_done)
	struct table t;
	auto_free char *got = NULL;
	int fd, saved;

	table_init(&t, headings);
	table_add(&t, "a");
	table_add(&t, "1B");
	table_add(&t, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
	table_add(&t, NULL);
	table_add(&t, "\x1b[1mx");
	table_add(&t, "2B");
	(void)fflush(stdout);
	saved = dup(STDOUT_FILENO);
	fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (!CHECK(fd >= 0 && saved >= 0 && dup2(fd, STDOUT_FILENO) >= 0))
		return;
	CHECK(table_print(&t) == 0);
	(void)fflush(stdout);
	(void)dup2(saved, STDOUT_FILENO);
	(void)lseek(fd, 0, SEEK_SET);
	CHECK(fs_read_fd(fd, 4096, &got, NULL) == 0);
	CHECK_STREQ(got, want);
	(void)close(fd);
	(void)close(saved);
}

static void check_set(void)
{
	auto_free char *text = NULL;

	CHECK(text_set(&text, NULL) == 0 && !text);
	CHECK(text_set(&text, "one") == 0);
	CHECK_STREQ(text, "one");
	CHECK(text_set(&text, text + 1) == 0);
	CHECK_STREQ(text, "ne");
	CHECK(text_set(&text, NULL) == 0);
	CHECK_STREQ(text, "ne");
}

int main(void)
{
	check_utf8();
	check_escape();
	check_set();
	check_buf();
	check_strv();
	check_sizes();
	check_ages();
	check_table();
	return test_report();
}
