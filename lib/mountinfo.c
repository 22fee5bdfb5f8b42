/* SPDX-License-Identifier: MIT */
/* "ID PARENT MAJOR:MINOR ROOT TARGET FLAGS [OPTIONAL...] - TYPE SOURCE OPTIONS" */
#include "mountinfo.h"

#include <string.h>

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* "\\040" and the like, in place. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (*s == '\\' && is_octal(s[1]) && is_octal(s[2]) && is_octal(s[3])) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static bool take_line(char *line, struct mountinfo *ret)
{
	char *fields[6], *type = strstr(line, " - ");
	int n = 0;

	if (!type)
		return false;
	*type = '\0';
	type += strlen(" - ");
	type[strcspn(type, " ")] = '\0';
	while (n < 6 && (fields[n] = strsep(&line, " ")))
		n++;
	if (n < 6)
		return false;
	unescape(fields[4]);
	*ret = (struct mountinfo){fields[4], fields[5], type};
	return true;
}

bool mountinfo_next(char **rest, struct mountinfo *ret)
{
	char *line;

	while ((line = strsep(rest, "\n")))
		if (take_line(line, ret))
			return true;
	return false;
}
