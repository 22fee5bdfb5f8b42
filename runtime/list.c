/* SPDX-License-Identifier: MIT */
/* Finding containers: by listing the two places where state lies. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cgroup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/proc.h"
#include "lib/strv.h"
#include "state.h"
#include "unitgen/unitgen.h"

#define HEALTH_MAX_BYTES 32

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_names(const char *path, char ***ids)
{
	auto_dir DIR *d = opendir(path);
	struct dirent *e;

	if (!d)
		return errno == ENOENT ? 0 : log_fail(-errno, "read %s", path);
	while ((e = readdir(d)))
		if (app_name_is_valid(e->d_name) && strv_add(ids, e->d_name) < 0)
			return log_oom();
	return 0;
}

/* Every id that has state somewhere, sorted, each once. */
static int list_ids(const struct paths *paths, char ***ret)
{
	auto_free char *running = text_format("%s/state", paths->runroot);
	auto_free char *storage = text_format("%s/containers", paths->root);
	auto_strv char **ids = NULL;
	size_t n, kept = 0;
	int r;

	if (!running || !storage)
		return log_oom();
	r = add_names(running, &ids);
	if (r == 0)
		r = add_names(storage, &ids);
	if (r < 0)
		return r;
	n = strv_len(ids);
	if (n > 0)
		qsort(ids, n, sizeof(char *), compare);
	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && streq(ids[i], ids[kept - 1]))
			free(ids[i]);
		else
			ids[kept++] = ids[i];
	}
	if (ids)
		ids[kept] = NULL;
	*ret = TAKE_PTR(ids);
	return 0;
}

static void info_done(struct container_info *i)
{
	free(i->id);
	free(i->image);
	free(i->image_id);
	free(i->command);
	free(i->unit);
	free(i->network);
	free(i->health);
}

void container_list_free(struct container_info *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		info_done(&list[i]);
	free(list);
}

/* The first word of a small file, allocated; NULL if there is none. */
static char *read_word(const char *path)
{
	char *text;

	if (!path || fs_read_file(AT_FDCWD, path, HEALTH_MAX_BYTES, &text, NULL) < 0)
		return NULL;
	text[strcspn(text, " \n")] = '\0';
	return text;
}

static char *read_health(const struct paths *paths, const char *id)
{
	auto_free char *path = text_format("%s/state/%s/health", paths->runroot, id);

	return read_word(path);
}

/* What is in the cgroup of the container alone; a one-off without limits is in ours. */
static int64_t read_memory(const struct state *s)
{
	auto_free char *cgroup = NULL, *path = NULL, *text = NULL;
	uint64_t bytes;

	if (!s->cgroup && !s->scope && !s->spec->unit)
		return -1;
	if (cgroup_of(s->pid, &cgroup) < 0)
		return -1;
	path = text_format("%s/memory.current", cgroup);
	text = read_word(path);
	return text && parse_u64(text, 0, INT64_MAX, &bytes) == 0 ? (int64_t)bytes : -1;
}

static char *network_of(const struct spec *spec)
{
	static const char *const names[] = {
		[NETWORK_PRIVATE] = "private",
		[NETWORK_NONE] = "none",
		[NETWORK_HOST] = "host",
	};

	return spec->network == NETWORK_SHARED ? text_format("container:%s", spec->network_of)
					       : strdup(names[spec->network]);
}

static int fill_info(struct container_info *info, const struct paths *paths, struct state *s)
{
	auto_fd int pidfd = state_open_app(s);
	bool running = pidfd >= 0;
	char *health = running ? read_health(paths, s->id) : NULL;

	if (!running && pidfd != -ESRCH)
		return log_fail(pidfd, "look whether container %s runs", s->id);
	*info = (struct container_info){
		.health = health,
		.network = network_of(s->spec),
		.memory_bytes = running ? read_memory(s) : -1,
		.unit = s->spec->unit ? TAKE_PTR(s->spec->unit) : TAKE_PTR(s->scope),
		.id = TAKE_PTR(s->id),
		.image = TAKE_PTR(s->image),
		.image_id = TAKE_PTR(s->image_id),
		.command = TAKE_PTR(s->command),
		.status = running		  ? CONTAINER_RUNNING
			  : s->pid || s->finished ? CONTAINER_EXITED
						  : CONTAINER_CREATED,
		.pid = running ? s->pid : 0,
		.created = s->created,
		.finished = s->finished,
		.exit_code = s->exit_code,
		.kept = s->keep,
		.id_base = s->id_base,
	};
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct container_info *x = a, *y = b;

	if (x->created != y->created)
		return x->created < y->created ? 1 : -1;
	return strcmp(x->id, y->id);
}

int container_list(const struct paths *paths, struct container_info **ret, size_t *ret_n)
{
	auto_strv char **ids = NULL;
	struct container_info *list;
	size_t n = 0;
	int r;

	r = list_ids(paths, &ids);
	if (r < 0)
		return r;
	list = calloc(strv_len(ids) + 1, sizeof(*list));
	if (!list)
		return log_oom();
	STRV_FOREACH (id, ids) {
		auto_state struct state *s = NULL;

		r = state_load(paths, *id, &s);
		if (r == 0)
			r = fill_info(&list[n], paths, s);
		if (r == 0)
			n++;
		else if (r != -ENOENT && r != -EBADMSG) {
			container_list_free(list, n);
			return r;
		} /* gone meanwhile, or not written yet, or reported as broken */
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), newest_first);
	*ret = list;
	*ret_n = n;
	return 0;
}

int container_resolve(const struct paths *paths, const char *name, char **ret_id)
{
	auto_strv char **ids = NULL;
	const char *found = NULL;
	int r;

	r = list_ids(paths, &ids);
	if (r < 0)
		return r;
	STRV_FOREACH (id, ids) {
		if (streq(*id, name)) {
			found = *id;
			break;
		}
		if (!startswith(*id, name) || !*name)
			continue;
		if (found)
			return -ENOTUNIQ;
		found = *id;
	}
	if (!found)
		return -ENOENT;
	*ret_id = strdup(found);
	return *ret_id ? 0 : log_oom();
}

int container_service(const struct paths *paths, const char *id, char **ret_unit)
{
	auto_state struct state *s = NULL;
	int r;

	r = state_load(paths, id, &s);
	if (r < 0)
		return r;
	*ret_unit = TAKE_PTR(s->spec->unit);
	return 0;
}

int container_uses_image(const struct paths *paths, const char *image_id)
{
	struct container_info *list;
	bool used = false;
	size_t n;
	int r = container_list(paths, &list, &n);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		used |= list[i].image_id && streq(list[i].image_id, image_id) &&
			(list[i].kept || list[i].status == CONTAINER_RUNNING);
	container_list_free(list, n);
	return used;
}
