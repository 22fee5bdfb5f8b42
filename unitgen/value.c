/* SPDX-License-Identifier: MIT */
/* The checkers of plain values: words, numbers, times, names, paths. */
#include "value.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "lib/parse.h"
#include "lib/path.h"
#include "lib/probe.h"
#include "lib/quote.h"
#include "lib/strv.h"
#include "lib/text.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define ALNUM LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

enum { MEMORY_MIN_BYTES = 6 << 20, TASKS_MAX = 4194304, NAME_BYTES_MAX = 255 };

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

static bool consists_of(const char *s, const char *set)
{
	return *s && !s[strspn(s, set)];
}

/* ---- words ---- */

int check_choice(const struct key *key, const char *value, const char **ret_why)
{
	const char *word = startswith(key->expected, "one of ");
	size_t n = strlen(value);

	(void)ret_why;
	while (word && *word) {
		size_t len = strcspn(word, ",");

		if (len == n && strncmp(word, value, n) == 0)
			return 0;
		word += len;
		word += strspn(word, ", ");
	}
	return -EINVAL;
}

int check_bool(const struct key *key, const char *value, const char **ret_why)
{
	bool on;

	(void)key;
	(void)ret_why;
	return parse_bool(value, &on);
}

int check_bool_or_auto(const struct key *key, const char *value, const char **ret_why)
{
	return streq(value, "auto") ? 0 : check_bool(key, value, ret_why);
}

int check_notify(const struct key *key, const char *value, const char **ret_why)
{
	return streq(value, "healthy") ? 0 : check_bool(key, value, ret_why);
}

int check_word(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	(void)ret_why;
	return *value && !strpbrk(value, " \t") ? 0 : -EINVAL;
}

/* ---- numbers and times ---- */

int check_size(const struct key *key, const char *value, const char **ret_why)
{
	uint64_t bytes;
	int r = parse_size(value, &bytes);

	(void)key;
	(void)ret_why;
	return r == 0 && bytes == 0 ? -ERANGE : r;
}

int check_memory(const struct key *key, const char *value, const char **ret_why)
{
	uint64_t bytes;

	(void)key;
	if (parse_size(value, &bytes) < 0)
		return refuse(ret_why, "not a size");
	return bytes < MEMORY_MIN_BYTES ? -ERANGE : 0;
}

int check_count(const struct key *key, const char *value, const char **ret_why)
{
	uint32_t n;

	(void)key;
	(void)ret_why;
	return parse_u32(value, 1, 1000000, &n);
}

int check_tasks(const struct key *key, const char *value, const char **ret_why)
{
	uint64_t n;

	(void)key;
	(void)ret_why;
	return streq(value, "-1") ? 0 : parse_u64(value, 0, TASKS_MAX, &n);
}

int check_duration(const struct key *key, const char *value, const char **ret_why)
{
	uint64_t usec;

	(void)key;
	(void)ret_why;
	return parse_duration(value, &usec);
}

int check_period(const struct key *key, const char *value, const char **ret_why)
{
	uint64_t usec;
	int r = parse_duration(value, &usec);

	(void)key;
	(void)ret_why;
	return r == 0 && (usec == 0 || usec == UINT64_MAX) ? -ERANGE : r;
}

int check_signal(const struct key *key, const char *value, const char **ret_why)
{
	int signo;

	(void)key;
	(void)ret_why;
	return parse_signal(value, &signo);
}

/* ---- commands and assignments ---- */

int check_words(const struct key *key, const char *value, const char **ret_why)
{
	auto_strv char **words = NULL;

	(void)key;
	return quote_split(value, &words, ret_why);
}

int check_command(const struct key *key, const char *value, const char **ret_why)
{
	auto_strv char **words = NULL;
	int r = quote_split_command(value, &words, ret_why);

	(void)key;
	return r == 0 && words && *words && !**words
		       ? refuse(ret_why, "the command is an empty string")
		       : r;
}

int check_probe(const struct key *key, const char *value, const char **ret_why)
{
	auto_strv char **words = NULL;

	(void)key;
	return probe_parse(value, &words, ret_why);
}

int check_assignment(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	(void)ret_why;
	return *value == '=' || !strchr(value, '=') ? -EINVAL : 0;
}

int check_environment(const struct key *key, const char *value, const char **ret_why)
{
	auto_free char *name = strndup(value, strcspn(value, "="));

	(void)key;
	(void)ret_why;
	if (!name)
		return -ENOMEM;
	return env_name_is_valid(name) && !strpbrk(name, " \t") ? 0 : -EINVAL;
}

/* ---- names ---- */

int check_hostname(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	(void)ret_why;
	return hostname_is_valid(value) ? 0 : -EINVAL;
}

/* Whether it is there, and whether a reference is one to the letter, is for the store to say. */
int check_image(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	if (endswith(value, ".image") || endswith(value, ".build"))
		return refuse(ret_why, "nap has no .image and .build units: name an image of the "
				       "store or the path of an archive");
	if (*value == '/' || *value == '.')
		return 0;
	return consists_of(value, ALNUM "_./:@-") ? 0 : -EINVAL;
}

static bool is_id(const char *s)
{
	uint32_t id;

	return parse_u32(s, 0, UINT32_MAX - 1, &id) == 0;
}

/* A number must be an id; a name is for the image's own passwd to know. */
static bool is_user(const char *s)
{
	if (consists_of(s, "0123456789"))
		return is_id(s);
	return consists_of(s, ALNUM "_.@$-") && *s != '-' && strlen(s) <= NAME_BYTES_MAX;
}

int check_group(const struct key *key, const char *value, const char **ret_why)
{
	(void)ret_why;
	if (streq(key->name, "GroupAdd") && streq(value, "keep-groups"))
		return 0;
	return is_user(value) ? 0 : -EINVAL;
}

int check_user(const struct key *key, const char *value, const char **ret_why)
{
	const char *colon = strchr(value, ':');
	auto_free char *user = strndup(value, strcspn(value, ":"));

	(void)key;
	(void)ret_why;
	if (!user)
		return -ENOMEM;
	return is_user(user) && (!colon || is_user(colon + 1)) ? 0 : -EINVAL;
}

/* ---- user namespaces ---- */

#define NO_MAPS "the ids inside are one range of the host, from 0 to 65535 (UserNS=auto)"

int check_userns(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	if (startswith(value, "auto:"))
		return refuse(ret_why, "must be auto alone: the range is 65536 ids, nap's choice");
	return streq(value, "auto") || streq(value, "host") ? 0 : -EINVAL;
}

/* INSIDE:OUTSIDE[:COUNT] of ids */
int check_id_map(const struct key *key, const char *value, const char **ret_why)
{
	auto_free char *copy = strdup(value);
	char *rest = copy, *part;
	size_t n = 0;

	(void)key;
	if (!copy)
		return -ENOMEM;
	while ((part = strsep(&rest, ":"))) {
		if (!is_id(part) || (n == 2 && !part[strspn(part, "0")]))
			return -EINVAL;
		n++;
	}
	return n == 2 || n == 3 ? refuse(ret_why, NO_MAPS) : -EINVAL;
}

int check_sub_id_map(const struct key *key, const char *value, const char **ret_why)
{
	int r = check_word(key, value, ret_why);

	return r < 0 ? r : refuse(ret_why, NO_MAPS);
}

/* ---- other names ---- */

int check_timezone(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	(void)ret_why;
	if (*value == '/' || strstr(value, "..") || strstr(value, "//") || endswith(value, "/"))
		return -EINVAL;
	return consists_of(value, ALNUM "_+/-") ? 0 : -EINVAL;
}

int check_unit_name(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	if (endswith(value, ".service"))
		return refuse(ret_why, "is written without .service");
	return consists_of(value, ALNUM "_.:@-") && *value != '@' && strlen(value) <= 200 ? 0
											  : -EINVAL;
}

/* ---- paths ---- */

int check_path(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	(void)ret_why;
	return *value && strlen(value) < PATH_MAX && !endswith(value, "/") ? 0 : -EINVAL;
}

int check_optional_path(const struct key *key, const char *value, const char **ret_why)
{
	return check_path(key, *value == '-' ? value + 1 : value, ret_why);
}

static bool is_absolute(const char *path)
{
	auto_free char *clean = NULL;

	return path_normalize(path, &clean) == 0;
}

static bool is_below_root(const char *path)
{
	auto_free char *clean = NULL;

	return path_normalize(path, &clean) == 0 && !streq(clean, "/");
}

int check_absolute_path(const struct key *key, const char *value, const char **ret_why)
{
	(void)key;
	(void)ret_why;
	return is_absolute(value) ? 0 : -EINVAL;
}

int check_masks(const struct key *key, const char *value, const char **ret_why)
{
	auto_free char *copy = strdup(value);
	char *rest = copy, *path;

	(void)ret_why;
	if (!copy)
		return -ENOMEM;
	if (streq(key->name, "Unmask") && strcasecmp(value, "all") == 0)
		return 0;
	while ((path = strsep(&rest, ":")))
		if (!is_below_root(path))
			return -EINVAL;
	return 0;
}
