/* SPDX-License-Identifier: MIT */
/* The line reader of unit-file syntax: what reaches the handler, and what is refused. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/conf.h"
#include "lib/log.h"
#include "lib/text.h"

/* Assignments as "LINE[SECTION]KEY=VALUE;" */
static int collect(void *data, const char *file, unsigned line, const char *section,
		   const char *key, const char *value)
{
	struct buf *b = data;

	CHECK_STREQ(file, "x.conf");
	buf_fmt(b, "%u[%s]%s=%s;", line, section, key, value);
	return streq(key, "Bad") ? -ERANGE : 0;
}

static const struct {
	const char *text, *want;
	int r;
} cases[] = {
	{"", "", 0},
	{"\n\n", "", 0},
	{"A=1", "1[]A=1;", 0},
	{"A=1\n", "1[]A=1;", 0},
	{"[S]\nA=1\nB=\n", "2[S]A=1;3[S]B=;", 0},
	{"[S]\r\nA = 1 \r\n", "2[S]A=1;", 0},
	{"  [S]  \n\tA\t=\t1 2\t\n", "2[S]A=1 2;", 0},
	{"# c\n; c\n  # c\nA=#1;2\n", "4[]A=#1;2;", 0},
	{"A=b=c\n", "1[]A=b=c;", 0},
	{"A=1\\\n2\nB=3\n", "1[]A=1 2;3[]B=3;", 0},
	{"A=1\\\n# dropped\n; too\n2\n", "1[]A=1 2;", 0},
	{"A=1\\\n\nB=2\n", "1[]A=1;3[]B=2;", 0},
	{"A=1\\\n  [S]\n", "1[]A=1   [S];", 0},
	{"A=1\\\\\nB=2\n", "1[]A=1\\\\;2[]B=2;", 0},
	{"A=1\\\\\\\n2\n", "1[]A=1\\\\ 2;", 0},
	/* the file ends while a line goes on */
	{"A=1\\", "1[]A=1;", 0},
	{"A=1\\\n", "1[]A=1;", 0},
	{"A=1\\\n# c\n", "1[]A=1;", 0},
	{"A=1\\\n# c", "1[]A=1;", 0},
	/* all errors are found in one go */
	{"nonsense\nA=1\n", "2[]A=1;", -EINVAL},
	{"=1\nA=1\n", "2[]A=1;", -EINVAL},
	{"[S\nA=1\n", "2[]A=1;", -EINVAL},
	{"[]\nA=1\n", "2[]A=1;", -EINVAL},
	{"[S] x\nA=1\n", "2[]A=1;", -EINVAL},
	{"Bad=1\nA=1\nnonsense\n", "1[]Bad=1;2[]A=1;", -ERANGE},
};

int main(void)
{
	auto_buf none = {0};

	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_buf b = {0};
		const char *text = cases[i].text;

		buf_str(&b, "");
		if (!CHECK(conf_parse("x.conf", text, strlen(text), collect, &b) == cases[i].r))
			(void)printf("\t%s\n", text);
		CHECK_STREQ(b.data, cases[i].want);
	}
	CHECK(conf_parse("x.conf", "A=1\0B=2", 7, collect, &none) == -EINVAL && none.len == 0);
	CHECK(conf_load("/nonexistent/x.conf", collect, &none) == -ENOENT);
	CHECK(conf_load("/proc/self/fd", collect, &none) < 0);
	return test_report();
}
