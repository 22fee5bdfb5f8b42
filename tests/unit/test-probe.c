/* SPDX-License-Identifier: MIT */
/* What the command of a health check means, and what is none. */
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/probe.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "test.h"

/* The words joined by '|'; "none"; or why not. */
static void check(const char *text, const char *want)
{
	auto_strv char **argv = NULL;
	const char *why = "";
	auto_buf got = {0};
	int r = probe_parse(text, &argv, &why);

	STRV_FOREACH (word, argv)
		buf_fmt(&got, "%s%s", got.len ? "|" : "", *word);
	if (r == 0 && !argv)
		buf_str(&got, "none");
	if (r < 0)
		buf_str(&got, why);
	if (!CHECK(got.data && strcmp(got.data, want) == 0))
		printf("%s: got %s, want %s\n", text, got.data, want);
}

int main(void)
{
	static const char *const cases[][2] = {
		{"none", "none"},
		{"NONE", "none"},
		{"[\"NONE\"]", "none"},
		{"curl -f 'http://x", "/bin/sh|-c|curl -f 'http://x"},
		{"CMD-SHELL a | b", "/bin/sh|-c|a | b"},
		{"CMD /check 'a b'", "/check|a b"},
		{"[\"CMD\", \"/check\"]", "/check"},
		{"[\"CMD-SHELL\", \"a | b\"]", "/bin/sh|-c|a | b"},
		{"[\"/check\", \"a b\"]", "/check|a b"},
		{"[]", "the command is empty"},
		{"[\"\"]", "the command is empty"},
		{"[\"CMD\"]", "not one of NONE, CMD with words, CMD-SHELL with a line"},
		{"[\"CMD-SHELL\", \"a\", \"b\"]",
		 "not one of NONE, CMD with words, CMD-SHELL with a line"},
		{"CMD \"a", "the quote is not closed"},
		{"[1]", "not a JSON list of strings"},
		{"[", "not a JSON list"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check(cases[i][0], cases[i][1]);
	return test_report();
}
