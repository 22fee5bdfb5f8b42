/* SPDX-License-Identifier: MIT */
/* Records of images, made from what the jobs of a load came to. */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "config.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "record.h"
#include "result.h"

/* Keys of the layers, bottom first, and their bytes. */
static int collect_layers(struct job *top, struct image *image)
{
	if (!top)
		return 0;
	if (collect_layers(top->below, image) < 0 || strv_add(&image->layers, top->key) < 0)
		return -ENOMEM;
	image->size += top->size;
	return 0;
}

/* The root directory is that of the topmost layer with an entry for it. */
static int read_root(struct pipeline *p, struct job *top, struct image *image)
{
	auto_fd int fd = -1;
	struct stat st;

	image->root_mode = 0755;
	while (top && !top->has_root)
		top = top->below;
	if (!top)
		return 0;
	fd = pipeline_open_fs(p, pipeline_maker(p, top));
	if (fd < 0 || fstat(fd, &st) < 0)
		return log_fail(fd < 0 ? fd : -errno, "open %s", top->label);
	image->root_mode = st.st_mode & 07777;
	image->root_uid = st.st_uid;
	image->root_gid = st.st_gid;
	image->root_mtime = st.st_mtim.tv_sec;
	return 0;
}

static int make_record(struct pipeline *p, const struct manifest *m, struct job *top, char **ret)
{
	auto_image struct image *image = calloc(1, sizeof(*image));
	auto_free char *config = NULL;
	struct timespec now;
	int r;

	if (!image || collect_layers(top, image) < 0)
		return log_oom();
	r = read_root(p, top, image);
	if (r < 0)
		return r;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	image->loaded_usec = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	if (*m->digest) {
		image->manifest = text_format("sha256:%s", m->digest);
		if (!image->manifest)
			return log_oom();
	}
	r = image_config_reduce(m->config, m->config_len, &config);
	if (r < 0)
		return log_fail(r, "read the config of the image");
	*ret = image_record_format(image, config);
	return *ret ? 0 : log_oom();
}

/* STAGING/image-N with all that STORE/images/ID will hold. */
static int stage_image(struct pipeline *p, const struct manifest *m, size_t i)
{
	auto_free char *record = NULL;
	auto_fd int fd = -1;
	char name[32];
	int r;

	r = make_record(p, m, p->tops[i], &record);
	if (r < 0)
		return r;
	(void)snprintf(name, sizeof(name), "image-%zu", i);
	if (mkdirat(p->staging_fd, name, 0755) < 0)
		return log_fail(-errno, "make %s", name);
	fd = openat(p->staging_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = fd < 0 ? -errno : fs_write_file(fd, "config", m->config, m->config_len, 0644);
	if (r == 0 && m->text)
		r = fs_write_file(fd, "manifest", m->text, m->text_len, 0644);
	if (r == 0)
		r = fs_write_file(fd, "image", record, strlen(record), 0644);
	return r < 0 ? log_fail(r, "write the record of the image") : 0;
}

/* ---- the result ---- */

static int list_layers(const struct pipeline *p, struct result *result)
{
	int r = 0;

	for (size_t i = 0; i < p->n && r == 0; i++) {
		const struct job *job = &p->jobs[i];

		if (job->place == JOB_STAGED)
			r = result_add_layer(result, job->index, job->key);
		else if (job->place == JOB_STORED)
			r = strv_add(&result->needed, job->key);
	}
	return r;
}

static int list_images(const struct manifest_list *list, struct result *result)
{
	int r = 0;

	for (size_t i = 0; i < list->n && r == 0; i++) {
		r = result_add_image(result, i, list->items[i].id);
		if (r == 0)
			r = strv_extend(&result->images[i].names, list->items[i].names);
	}
	return r;
}

int stage_images(struct pipeline *p, const struct manifest_list *list)
{
	CLEANUP(result_done)
	struct result result = {0};
	int r = 0;

	for (size_t i = 0; i < list->n && r == 0; i++)
		r = stage_image(p, &list->items[i], i);
	if (r < 0)
		return r;
	r = list_layers(p, &result);
	if (r == 0)
		r = list_images(list, &result);
	if (r == 0)
		r = result_write(&result, p->staging_fd);
	return r < 0 ? log_fail(r, "write the result") : 0;
}
