/* SPDX-License-Identifier: MIT */
/* What is written into units: nothing that comes in ends a line, expands, or begins a command. */
#include "test.h"

#include <stdlib.h>

#include "lib/quote.h"
#include "lib/strv.h"
#include "unitgen/escape.h"

typedef void (*escape_fn)(struct buf *out, const char *text);

static void check(escape_fn escape, const char *text, const char *want)
{
	auto_buf out = {0};

	escape(&out, text);
	CHECK_STREQ(out.data ? out.data : "", want);
}

static void test_line(void)
{
	check(escape_line, "", "");
	check(escape_line, "as it is: %i $HOME \"x\"", "as it is: %i $HOME \"x\"");
	check(escape_line, "a\nExecStart=/bin/evil", "a ExecStart=/bin/evil");
	check(escape_line, "a\rExecStart=/bin/evil", "a ExecStart=/bin/evil");
	check(escape_line, "a\x1b[31m\x7f", "a [31m ");
	check(escape_line, "not \xff UTF-8 \xc3", "not   UTF-8  ");
	check(escape_line, "caf\xc3\xa9", "caf\xc3\xa9");
	check(escape_line, "takes the next line\\", "takes the next line\\ ");
	check(escape_line, "an even number\\\\", "an even number\\\\ ");
}

static void test_value(void)
{
	check(escape_value, "100%", "100%%");
	check(escape_value, "%n %% %\n", "%%n %%%% %% ");
	check(escape_value, "\\", "\\ ");
}

static void test_word(void)
{
	check(escape_word, "plain-1.2_3/x:@y,z=+", "plain-1.2_3/x:@y,z=+");
	check(escape_word, "", "\"\"");
	check(escape_word, ";", "\";\"");
	check(escape_word, "a b", "\"a b\"");
	check(escape_word, "it's", "\"it's\"");
	check(escape_word, "say \"hi\"\\", "\"say \\\"hi\\\"\\\\\"");
	check(escape_word, "50%", "\"50%%\"");
	check(escape_word, "$HOME ${X}", "\"$$HOME $${X}\"");
	check(escape_word, "a\nb\tc\r", "\"a\\x0ab\\x09c\\x0d\"");
	check(escape_word, "\xff", "\"\\xff\"");
}

/* systemd takes words apart as quote_split() does, then halves '%' and '$'. */
static void test_word_comes_back(void)
{
	for (int c = 1; c < 256; c++) {
		char word[] = {'a', (char)c, 'b', (char)c, '\0'}, back[8] = "";
		auto_strv char **words = NULL;
		auto_buf out = {0};
		const char *why;
		size_t n = 0;

		escape_word(&out, word);
		if (!CHECK(quote_split(out.data, &words, &why) == 0 && strv_len(words) == 1))
			continue;
		for (const char *s = words[0]; *s && n < sizeof(back) - 1; s++) {
			back[n++] = *s;
			if ((*s == '%' || *s == '$') && s[1] == *s)
				s++;
		}
		CHECK_STREQ(back, word);
	}
}

static void check_path(const char *path, const char *want)
{
	auto_buf out = {0};

	CHECK(escape_path(&out, path) == (want != NULL));
	if (want)
		CHECK_STREQ(out.data, want);
	else
		CHECK(out.len == 0);
}

static void test_path(void)
{
	check_path("/srv/data", "/srv/data");
	check_path("/srv/my data", "\"/srv/my data\"");
	check_path("/srv/100%", "/srv/100%%");
	check_path("/srv/a;b$c", "/srv/a;b$c");
	check_path("/srv/it's", NULL);
	check_path("/srv/\"", NULL);
	check_path("/srv/\\", NULL);
	check_path("/srv/\n", NULL);
	check_path("/srv/\xff", NULL);
}

int main(void)
{
	test_line();
	test_value();
	test_word();
	test_word_comes_back();
	test_path();
	return test_report();
}
