/* SPDX-License-Identifier: MIT */
/*
 * What all fuzz targets share. A target is one function that is given bytes and must neither crash
 * nor break what it promises: linked with libFuzzer (make fuzz), or with replay.c, which gives it
 * the files of its corpus (make check).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* A directory of this process in memory, which goes when it ends; made when first asked for. */
const char *fuzz_scratch(void);

/* What must be true whatever comes in. */
#define REQUIRE(condition)                                                               \
	do {                                                                             \
		if (!(condition)) {                                                      \
			(void)fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, \
				      #condition);                                       \
			abort();                                                         \
		}                                                                        \
	} while (0)

/* A copy that ends where its memory ends, so that a sanitizer sees one byte too many. */
__attribute__((unused)) static char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	REQUIRE(text);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* Cut the next line off the front of *rest; NULL when there is none. */
__attribute__((unused)) static char *fuzz_line(char **rest)
{
	return strsep(rest, "\n");
}

/* Cut the next part off the front of *rest, which ends before a line "---"; NULL when there is
 * none. */
__attribute__((unused)) static char *fuzz_part(char **rest)
{
	static const char between[] = "\n---\n";
	char *part = *rest, *end = part ? strstr(part, between) : NULL;

	*rest = end ? end + strlen(between) : NULL;
	if (end)
		*end = '\0';
	return part;
}
