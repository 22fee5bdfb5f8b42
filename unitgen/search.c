/* SPDX-License-Identifier: MIT */
/*
 * Where definitions are: the search path, the precedence of its directories, masking, drop-ins. The
 * rules are systemd's for units (systemd.unit(5)).
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/strv.h"

/* The directories of definitions, the first counting most. */
static int search_path(char ***ret)
{
	const char *path = getenv("NAP_APPS_PATH");
	auto_strv char **dirs = NULL;

	if (!path || !*path)
		path = "/etc/nap/apps:/run/nap/apps:/usr/lib/nap/apps";
	for (path += strspn(path, ":"); *path; path += strspn(path, ":")) {
		size_t n = strcspn(path, ":");

		if (strv_take(&dirs, strndup(path, n)) < 0)
			return log_oom();
		path += n;
	}
	*ret = TAKE_PTR(dirs);
	return 0;
}

int app_directory(char **ret)
{
	auto_strv char **dirs = NULL;
	int r = search_path(&dirs);

	if (r < 0)
		return r;
	if (!dirs)
		return log_refuse(-ENOENT, "$NAP_APPS_PATH names no directory");
	*ret = strdup(dirs[0]);
	return *ret ? 0 : log_oom();
}

static void source_done(struct source *s)
{
	free(s->path);
	free(s->label);
}

void sources_done(struct sources *s)
{
	source_done(&s->main);
	for (size_t i = 0; i < s->n_drop_ins; i++)
		source_done(&s->drop_ins[i]);
	free(s->drop_ins);
	*s = (struct sources){0};
}

/* "web@1" as it is and as its template "web@"; others as they are, NULL. */
struct stems {
	const char *name;
	char *template;
};

static void stems_done(struct stems *s)
{
	free(s->template);
}

static int stems_init(struct stems *s, const char *name)
{
	const char *at = strchr(name, '@');

	s->name = name;
	if (at && at[1] && !(s->template = strndup(name, (size_t)(at - name) + 1)))
		return log_oom();
	return 0;
}

/* An empty file, or the null device by a symlink. */
static bool is_mask(const struct stat *st)
{
	return S_ISCHR(st->st_mode) || (S_ISREG(st->st_mode) && st->st_size == 0);
}

/* Is there a definition of this stem in a directory? 1 and *ret; -ERFKILL: it is masked there. */
static int find_in(const struct definition_kind *kind, const char *dir, const char *stem,
		   struct source *ret)
{
	for (size_t i = 0; kind->suffixes[i]; i++) {
		auto_free char *path = text_format("%s/%s%s", dir, stem, kind->suffixes[i]);
		struct stat st;

		if (!path)
			return log_oom();
		if (stat(path, &st) < 0) {
			if (errno == ENOENT || errno == ENOTDIR)
				continue;
			return log_fail(-errno, "%s", path);
		}
		if (is_mask(&st))
			return -ERFKILL;
		ret->label = text_format("%s%s", stem, kind->suffixes[i]);
		ret->path = TAKE_PTR(path);
		return ret->label ? 1 : log_oom();
	}
	return 0;
}

static int find_main(const struct definition_kind *kind, char **dirs, const struct stems *stems,
		     struct source *ret)
{
	const char *const names[] = {stems->name, stems->template};

	for (size_t i = 0; i < ARRAY_SIZE(names) && names[i]; i++) {
		STRV_FOREACH (dir, dirs) {
			int r = find_in(kind, *dir, names[i], ret);

			if (r != 0)
				return r;
		}
	}
	return -ENOENT;
}

/* ---- drop-ins ---- */

static int add_drop_in(struct sources *s, const char *path, const char *label)
{
	struct source *grown;
	struct source new = {0};

	/* the same file name in a directory that counts more, or of the instance, hides this one */
	for (size_t i = 0; i < s->n_drop_ins; i++)
		if (streq(path_basename(s->drop_ins[i].path), path_basename(path)))
			return 0;
	grown = reallocarray(s->drop_ins, s->n_drop_ins + 1, sizeof(*grown));
	if (!grown)
		return log_oom();
	s->drop_ins = grown;
	new.path = strdup(path);
	new.label = strdup(label);
	grown[s->n_drop_ins++] = new;
	return new.path &&new.label ? 0 : log_oom();
}

/* DIR/STEM.SUFFIX.d; labels begin with prefix instead of DIR. */
static int add_drop_ins(struct sources *s, const char *dir, const char *prefix, const char *stem,
			const char *suffix)
{
	auto_free char *path = text_format("%s/%s%s.d", dir, stem, suffix);
	auto_dir DIR *d = NULL;
	struct dirent *e;
	int r = 0;

	if (!path)
		return log_oom();
	d = opendir(path);
	if (!d)
		return errno == ENOENT || errno == ENOTDIR ? 0 : log_fail(-errno, "read %s", path);
	while (r == 0 && (e = readdir(d))) {
		auto_free char *file = NULL, *label = NULL;

		if (e->d_name[0] == '.' || !endswith(e->d_name, ".conf"))
			continue;
		file = text_format("%s/%s", path, e->d_name);
		label = text_format("%s%s%s.d/%s", prefix, stem, suffix, e->d_name);
		r = file && label ? add_drop_in(s, file, label) : log_oom();
	}
	return r;
}

static int by_name(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	return strcmp(path_basename(x->path), path_basename(y->path));
}

static int find_drop_ins(const struct definition_kind *kind, char **dirs, const char *prefix,
			 const struct stems *stems, struct sources *s)
{
	const char *const names[] = {stems->name, stems->template};
	int r = 0;

	STRV_FOREACH (dir, dirs)
		for (size_t i = 0; i < ARRAY_SIZE(names) && names[i]; i++)
			for (size_t k = 0; kind->suffixes[k] && r == 0; k++)
				r = add_drop_ins(s, *dir, prefix, names[i], kind->suffixes[k]);
	if (r == 0 && s->n_drop_ins > 0)
		qsort(s->drop_ins, s->n_drop_ins, sizeof(*s->drop_ins), by_name);
	return r;
}

/* ---- what others call ---- */

static int refuse_missing(const struct definition_kind *kind, const char *name, char **dirs, int r)
{
	if (r == -ERFKILL)
		return log_refuse(-ENOENT, "%s \"%s\" is masked: its file is empty or /dev/null",
				  kind->noun, name);
	if (r != -ENOENT)
		return r;
	(void)log_refuse(r, "there is no %s \"%s\"", kind->noun, name);
	if (dirs)
		log_hint("its definition would be %s/%s%s", dirs[0], name, kind->suffixes[0]);
	return r;
}

int sources_find(const struct definition_kind *kind, const char *name, struct sources *ret)
{
	CLEANUP(sources_done)
	struct sources s = {0};
	CLEANUP(stems_done)
	struct stems stems = {0};
	auto_strv char **dirs = NULL;
	int r;

	r = search_path(&dirs);
	if (r == 0)
		r = stems_init(&stems, name);
	if (r < 0)
		return r;
	r = find_main(kind, dirs, &stems, &s.main);
	if (r < 0)
		return refuse_missing(kind, name, dirs, r);
	r = find_drop_ins(kind, dirs, "", &stems, &s);
	if (r < 0)
		return r;
	*ret = s;
	s = (struct sources){0};
	return 0;
}

int sources_beside(const struct definition_kind *kind, const char *path, const char *name,
		   struct sources *ret)
{
	CLEANUP(sources_done)
	struct sources s = {0};
	CLEANUP(stems_done)
	struct stems stems = {0};
	auto_strv char **dirs = NULL;
	size_t n = (size_t)(path_basename(path) - path);
	auto_free char *prefix = strndup(path, n);
	int r;

	if (!prefix || strv_add(&dirs, n > 0 ? prefix : ".") < 0)
		return log_oom();
	s.main.path = strdup(path);
	s.main.label = strdup(path);
	if (!s.main.path || !s.main.label)
		return log_oom();
	r = stems_init(&stems, name);
	if (r == 0)
		r = find_drop_ins(kind, dirs, prefix, &stems, &s);
	if (r < 0)
		return r;
	*ret = s;
	s = (struct sources){0};
	return 0;
}

/* ---- all names ---- */

/* The name that a file of this name defines, or NULL. */
static char *stem_of(const struct definition_kind *kind, const char *file)
{
	for (size_t i = 0; kind->suffixes[i]; i++)
		if (endswith(file, kind->suffixes[i]))
			return strndup(file, strlen(file) - strlen(kind->suffixes[i]));
	return NULL;
}

static int list_dir(const struct definition_kind *kind, const char *dir, char ***names)
{
	auto_dir DIR *d = opendir(dir);
	struct dirent *e;

	if (!d) {
		if (errno != ENOENT)
			(void)log_fail(-errno, "read %s", dir);
		return 0; /* the other directories count all the same */
	}
	while ((e = readdir(d))) {
		auto_free char *name = e->d_name[0] == '.' ? NULL : stem_of(kind, e->d_name);

		if (!name)
			continue;
		if (!kind->name_is_valid(name)) {
			log_warn("%s/%s is left out: \"%s\" cannot be the name of %s", dir,
				 e->d_name, name, kind->a_noun);
			continue;
		}
		if (strv_add(names, name) < 0)
			return log_oom();
	}
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Keep each name once, and only those that are not masked. */
static int settle_names(const struct definition_kind *kind, char **dirs, char **names)
{
	char **kept = names;
	int r = 0;

	STRV_FOREACH (name, names) {
		CLEANUP(source_done)
		struct source found = {0};
		struct stems stems = {*name, NULL};

		if (r >= 0 && (kept == names || !streq(kept[-1], *name))) {
			r = find_main(kind, dirs, &stems, &found);
			if (r >= 0) {
				*kept++ = *name;
				continue;
			}
			r = r == -ENOMEM ? r : 0; /* what else is wrong has been told */
		}
		free(*name);
	}
	if (kept)
		*kept = NULL;
	return r < 0 ? r : 0;
}

int definition_names(const struct definition_kind *kind, char ***ret)
{
	auto_strv char **dirs = NULL, **names = NULL;
	int r;

	r = search_path(&dirs);
	STRV_FOREACH (dir, dirs)
		if (r == 0)
			r = list_dir(kind, *dir, &names);
	if (r < 0)
		return r;
	if (names)
		qsort(names, strv_len(names), sizeof(*names), compare_names);
	r = settle_names(kind, dirs, names);
	if (r < 0)
		return r;
	if (!names && !(names = calloc(1, sizeof(*names))))
		return log_oom();
	*ret = TAKE_PTR(names);
	return 0;
}
