/* SPDX-License-Identifier: MIT */
/* Which of an app's messages systemd hears (stub-notify.h): text alone, without a system call. */
#pragma once

static inline int notify_is_main_pid(const char *s, unsigned long n)
{
	static const char name[] = "MAINPID";

	for (unsigned long i = 0; i < sizeof(name) - 1; i++)
		if (i >= n || s[i] != name[i])
			return 0;
	return 1;
}

/* Take the assignments out that are not passed on; both ends of line part them for systemd. */
static inline unsigned long notify_filter(char *s, unsigned long n)
{
	unsigned long kept = 0;

	for (unsigned long i = 0, end; i < n; i = end) {
		for (end = i; end < n && s[end] != '\n' && s[end] != '\r';)
			end++;
		end += end < n;
		if (notify_is_main_pid(s + i, end - i))
			continue;
		for (unsigned long k = i; k < end; k++)
			s[kept++] = s[k];
	}
	return kept;
}
