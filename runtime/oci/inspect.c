/* SPDX-License-Identifier: MIT */
/* state, list, and the names of what containers of engines are in. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/strv.h"
#include "state.h"

int oci_state(const struct oci_options *o, const char *id, struct buf *out)
{
	auto_oci_state struct oci_state s = {.dirfd = -1};
	int r = oci_state_load(o, id, false, &s);

	if (r < 0)
		return r;
	oci_state_document(&s, oci_status_of(&s), out);
	return out->error ? log_oom() : 0;
}

static int fill(struct oci_info *i, struct oci_state *s)
{
	i->status = oci_status_of(s);
	i->pid = i->status == OCI_STOPPED ? 0 : s->pid;
	i->created_usec = s->created_usec;
	i->id = TAKE_PTR(s->id);
	i->bundle = TAKE_PTR(s->bundle);
	i->rootfs = TAKE_PTR(s->rootfs);
	i->annotations = TAKE_PTR(s->annotations);
	i->owner = strdup("root");
	return i->owner ? 0 : log_oom();
}

static int add(const struct oci_options *o, const char *id, struct oci_info **list, size_t *n)
{
	auto_oci_state struct oci_state s = {.dirfd = -1};
	struct oci_info *grown;
	int r = oci_state_load(o, id, false, &s);

	if (r < 0)
		return r == -ENOENT ? 0 : r; /* gone meanwhile */
	grown = reallocarray(*list, *n + 1, sizeof(*grown));
	if (!grown)
		return log_oom();
	*list = grown;
	grown[*n] = (struct oci_info){0};
	return fill(&grown[(*n)++], &s);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct oci_info *)a)->id, ((const struct oci_info *)b)->id);
}

int oci_list(const struct oci_options *o, struct oci_info **ret, size_t *ret_n)
{
	auto_dir DIR *dir = opendir(o->root);
	struct oci_info *list = NULL;
	const struct dirent *e;
	size_t n = 0;
	int r = 0;

	if (!dir && errno != ENOENT)
		return log_fail(-errno, "open %s", o->root);
	while (r == 0 && dir && (e = readdir(dir)))
		if (e->d_name[0] != '.' && e->d_type == DT_DIR)
			r = add(o, e->d_name, &list, &n);
	if (r < 0) {
		oci_list_free(list, n);
		return r;
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), by_id);
	*ret = list;
	*ret_n = n;
	return 0;
}

void oci_list_free(struct oci_info *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].id);
		free(list[i].bundle);
		free(list[i].owner);
		free(list[i].rootfs);
		strv_free(list[i].annotations);
	}
	free(list);
}
