/* SPDX-License-Identifier: MIT */
/* nap inspect --security for people: the measured posture of a container, a line for each fact. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "inspect.h"
#include "lib/cleanup.h"
#include "lib/json.h"

#define LABEL "  %-18s "

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = NULL;

	return json_get_string(object, key, &text) > 0 ? text : "not known";
}

/* What the app chose may be in it: a label, a path. */
static void print_text(const char *label, const char *text)
{
	auto_free char *safe = text_escape(text);

	printf(LABEL "%s\n", label, safe ? safe : "");
}

/* The words of a list in lines of a readable length. */
static void print_list(const char *label, const json_t *list, const char *prefix)
{
	size_t width = 0, n = json_array_size(list);

	printf(LABEL, label);
	for (size_t i = 0; i < n; i++) {
		const char *word = json_string_value(json_array_get(list, i));
		const char *rest = word ? startswith(word, prefix) : NULL;
		auto_free char *safe = text_escape(rest ? rest : word ? word : "");

		if (width > 0 && width + strlen(safe ? safe : "") > 75) {
			printf("\n" LABEL, "");
			width = 0;
		}
		width += (size_t)printf("%s%s", width > 0 ? " " : "", safe ? safe : "");
	}
	printf("%s\n", n > 0 ? "" : "none");
}

static void print_users(const json_t *s)
{
	json_t *map = json_object_get(s, "uid_map");
	const char *row = json_string_value(json_array_get(map, 0));
	const char *user = text_of(json_object_get(s, "namespaces"), "user");
	unsigned long inside, outside, count;

	print_text("user ids", text_of(s, "uids"));
	print_text("group ids", text_of(s, "gids"));
	print_text("groups", text_of(s, "groups"));
	if (streq(user, "own") && row && sscanf(row, "%lu %lu %lu", &inside, &outside, &count) == 3)
		printf(LABEL "its own: %lu is %lu of the host, %lu ids\n", "users", inside, outside,
		       count);
	else
		printf(LABEL "the host's: 0 is root of the host\n", "users");
}

static void print_capabilities(const json_t *s)
{
	static const char *const sets[] = {"effective", "permitted", "inheritable", "bounding",
					   "ambient"};
	json_t *all = json_object_get(s, "capabilities");

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		print_list(sets[i], json_object_get(all, sets[i]), "cap_");
}

static void print_filter(const json_t *s)
{
	const char *mode = text_of(s, "seccomp_mode"), *n = text_of(s, "seccomp_filters");

	printf(LABEL "%s\n", "new privileges",
	       streq(text_of(s, "no_new_privileges"), "1") ? "cannot be had (no_new_privs)"
							   : "by set-user-id programs");
	if (streq(mode, "2"))
		printf(LABEL "filtered (seccomp mode 2, filters: %s)\n", "system calls", n);
	else
		printf(LABEL "%s (seccomp mode %s)\n", "system calls",
		       streq(mode, "0") ? "all" : "hardly any", mode);
	print_text("security module", json_object_get(s, "lsm") ? text_of(s, "lsm") : "none");
	printf(LABEL "not known: the kernel does not tell\n", "Landlock");
}

static void print_namespaces(const json_t *s)
{
	static const char *const owners[] = {"own", "host"};
	json_t *all = json_object_get(s, "namespaces");

	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		auto_json json_t *names = json_array();
		const char *key;
		json_t *value;

		json_object_foreach (all, key, value)
			if (streq(json_string_value(value), owners[i]))
				(void)json_array_append_new(names, json_string(key));
		print_list(i ? "of the host" : "namespaces", names, "");
	}
}

static void print_members(const char *label, const json_t *object)
{
	auto_json json_t *words = json_array();
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)object, key, value)
		if (!streq(key, "path"))
			(void)json_array_append_new(
				words, json_sprintf("%s=%s", key, json_string_value(value)));
	print_list(label, words, "");
}

static bool is_in(const json_t *list, const char *word)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (streq(json_string_value(json_array_get(list, i)), word))
			return true;
	return false;
}

static void print_mounts(const json_t *s)
{
	json_t *masked = json_object_get(s, "masked"), *read_only = json_object_get(s, "read_only");
	json_t *mounts = json_object_get(s, "mounts"), *m;
	const char *label = "mounts";
	size_t i;

	print_list("hidden", masked, "");
	print_list("read-only", read_only, "");
	json_array_foreach (mounts, i, m) {
		const char *target = text_of(m, "target");
		auto_free char *safe = text_escape(target);

		if (is_in(masked, target) || is_in(read_only, target))
			continue;
		printf(LABEL "%-28s %-8s %s\n", label, safe ? safe : "", text_of(m, "type"),
		       text_of(m, "flags"));
		label = "";
	}
}

int inspect_print_security(const char *document)
{
	auto_json json_t *all = NULL;
	json_t *s;
	char why[160];
	int r = json_parse(document, strlen(document), why, &all);

	if (r < 0)
		return r;
	s = json_object_get(all, "security");
	printf("%s, process %lld\n", text_of(all, "Id"),
	       (long long)json_integer_value(json_object_get(s, "pid")));
	print_users(s);
	print_capabilities(s);
	print_filter(s);
	print_namespaces(s);
	print_members("limits", json_object_get(s, "limits"));
	print_members("of its cgroup", json_object_get(s, "cgroup"));
	print_text("oom_score_adj", text_of(s, "oom_score_adj"));
	print_mounts(s);
	return fflush(stdout) != 0 ? -errno : 0;
}
