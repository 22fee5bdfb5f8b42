/* SPDX-License-Identifier: MIT */
/* String vectors and environment blocks. */
#include "strv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

size_t strv_len(char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

int strv_take(char ***v, char *s)
{
	size_t n = strv_len(*v);
	char **grown;

	if (!s)
		return -ENOMEM;
	grown = reallocarray(*v, n + 2, sizeof(char *));
	if (!grown) {
		free(s);
		return -ENOMEM;
	}
	grown[n] = s;
	grown[n + 1] = NULL;
	*v = grown;
	return 0;
}

int strv_add(char ***v, const char *s)
{
	return strv_take(v, strdup(s));
}

int strv_room(char ***v, size_t n, char ***ret_end)
{
	size_t have = strv_len(*v);
	char **grown = reallocarray(*v, have + n + 1, sizeof(char *));

	if (!grown)
		return -ENOMEM;
	grown[have] = NULL;
	*v = grown;
	*ret_end = grown + have;
	return 0;
}

int strv_extend(char ***v, char *const *w)
{
	for (; w && *w; w++)
		if (strv_add(v, *w) < 0)
			return -ENOMEM;
	return 0;
}

int strv_copy(char *const *v, char ***ret)
{
	auto_strv char **copy = calloc(1, sizeof(char *));

	if (!copy || strv_extend(&copy, v) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(copy);
	return 0;
}

void strv_free(char **v)
{
	STRV_FOREACH (s, v)
		free(*s);
	free(v);
}

/* The place of NAME (n bytes of name) in env, or NULL. */
static char **env_find(char **env, const char *name, size_t n)
{
	STRV_FOREACH (e, env)
		if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
			return e;
	return NULL;
}

const char *env_get(char *const *env, const char *name)
{
	size_t n = strlen(name);
	char **e = env_find((char **)env, name, n);

	return e ? *e + n + 1 : NULL;
}

int env_set(char ***env, const char *assignment)
{
	char **e = env_find(*env, assignment, strcspn(assignment, "="));
	char *copy;

	if (!e)
		return strv_add(env, assignment);
	copy = strdup(assignment);
	if (!copy)
		return -ENOMEM;
	free(*e);
	*e = copy;
	return 0;
}

/* With the "=": what has none is not of that name. */
static size_t name_len(const char *s)
{
	size_t n = strcspn(s, "=");

	return s[n] ? n + 1 : n;
}

/* Slots by name, then by place. */
static int compare_slots(const void *a, const void *b)
{
	char **x = *(char ***)a, **y = *(char ***)b;
	size_t n = name_len(*x), m = name_len(*y);
	int r = memcmp(*x, *y, n < m ? n : m);

	if (r != 0 || n != m)
		return r != 0 ? r : n < m ? -1 : 1;
	return x < y ? -1 : 1;
}

static bool is_same_name(const char *a, const char *b)
{
	size_t n = name_len(a);

	return a[n - (n > 0)] == '=' && strncmp(a, b, n) == 0;
}

int env_dedup(char **env)
{
	size_t n = strv_len(env), kept = 0;
	auto_free char ***slots = n > 1 ? reallocarray(NULL, n, sizeof(char **)) : NULL;

	if (n <= 1)
		return 0;
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		slots[i] = env + i;
	qsort(slots, n, sizeof(char **), compare_slots);
	for (size_t i = 0; i + 1 < n; i++)
		if (is_same_name(*slots[i], *slots[i + 1])) {
			free(*slots[i]);
			*slots[i] = NULL;
		}
	for (size_t i = 0; i < n; i++)
		if (env[i])
			env[kept++] = env[i];
	env[kept] = NULL;
	return 0;
}

void env_unset(char **env, const char *name)
{
	size_t n = strlen(name);

	/* an environment that we did not build can hold a name twice */
	for (char **e = env_find(env, name, n); e; e = env_find(e, name, n)) {
		free(*e);
		for (char **p = e; *p; p++)
			p[0] = p[1];
	}
}
