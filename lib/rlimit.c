/* SPDX-License-Identifier: MIT */
/* The table of resource limits and the parser of docker's notation. */
#include "rlimit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "parse.h"
#include "text.h"

static const struct {
	const char *name, *constant;
} limits[] = {
	[RLIMIT_AS] = {"as", "RLIMIT_AS"},
	[RLIMIT_CORE] = {"core", "RLIMIT_CORE"},
	[RLIMIT_CPU] = {"cpu", "RLIMIT_CPU"},
	[RLIMIT_DATA] = {"data", "RLIMIT_DATA"},
	[RLIMIT_FSIZE] = {"fsize", "RLIMIT_FSIZE"},
	[RLIMIT_LOCKS] = {"locks", "RLIMIT_LOCKS"},
	[RLIMIT_MEMLOCK] = {"memlock", "RLIMIT_MEMLOCK"},
	[RLIMIT_MSGQUEUE] = {"msgqueue", "RLIMIT_MSGQUEUE"},
	[RLIMIT_NICE] = {"nice", "RLIMIT_NICE"},
	[RLIMIT_NOFILE] = {"nofile", "RLIMIT_NOFILE"},
	[RLIMIT_NPROC] = {"nproc", "RLIMIT_NPROC"},
	[RLIMIT_RSS] = {"rss", "RLIMIT_RSS"},
	[RLIMIT_RTPRIO] = {"rtprio", "RLIMIT_RTPRIO"},
	[RLIMIT_RTTIME] = {"rttime", "RLIMIT_RTTIME"},
	[RLIMIT_SIGPENDING] = {"sigpending", "RLIMIT_SIGPENDING"},
	[RLIMIT_STACK] = {"stack", "RLIMIT_STACK"},
};

const char *rlimit_name(int resource)
{
	return resource >= 0 && (size_t)resource < ARRAY_SIZE(limits) ? limits[resource].name
								      : "unknown";
}

const char *rlimit_constant(int resource)
{
	return limits[resource].constant;
}

int rlimit_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (limits[i].name && streq(limits[i].name, name))
			return (int)i;
	return -1;
}

static int parse_value(const char *s, rlim_t *ret)
{
	uint64_t v;
	int r;

	if (streq(s, "-1") || streq(s, "unlimited")) {
		*ret = RLIM_INFINITY;
		return 0;
	}
	r = parse_u64(s, 0, INT64_MAX, &v);
	if (r == 0)
		*ret = v;
	return r;
}

int rlimit_parse(const char *text, struct rlimit_spec *ret)
{
	size_t n = strcspn(text, "=");
	struct rlimit_spec spec = {0};
	char soft[32];
	const char *colon;
	int r;

	if (text[n] != '=' || n >= sizeof(soft))
		return -EINVAL;
	memcpy(soft, text, n);
	soft[n] = '\0';
	spec.resource = rlimit_number(soft);
	if (spec.resource < 0)
		return -EINVAL;
	text += n + 1;
	colon = strchr(text, ':');
	n = colon ? (size_t)(colon - text) : strlen(text);
	if (n >= sizeof(soft))
		return -EINVAL;
	memcpy(soft, text, n);
	soft[n] = '\0';
	r = parse_value(soft, &spec.limit.rlim_cur);
	if (r == 0)
		r = parse_value(colon ? colon + 1 : soft, &spec.limit.rlim_max);
	if (r < 0)
		return r;
	if (spec.limit.rlim_cur > spec.limit.rlim_max)
		return -ERANGE;
	*ret = spec;
	return 0;
}
