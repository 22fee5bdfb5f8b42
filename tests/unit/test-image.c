/* SPDX-License-Identifier: MIT */
/* Finding, reading, listing and naming images of a store written by hand. */
#include "test.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "image/config.h"
#include "image/record.h"
#include "lib/log.h"
#include "store-fixture.h"

static int resolve(struct fixture *f, const char *ref, const char *want)
{
	char id[65] = "untouched";
	int r = image_resolve(f->store, ref, id);

	CHECK_STREQ(id, r == 0 ? hex(want) : "untouched");
	return r;
}

static void check_resolve(struct fixture *f)
{
	char text[160];

	CHECK(resolve(f, "web", "aaa1") == 0);
	CHECK(resolve(f, "web:latest", "aaa1") == 0);
	CHECK(resolve(f, "docker.io/library/web", "aaa1") == 0);
	CHECK(resolve(f, "web:2", "") == -ENOENT);
	CHECK(resolve(f, "r.io:5000/team/web:1", "aaa2") == 0);
	CHECK(resolve(f, hex("aaa2"), "aaa2") == 0);
	CHECK(resolve(f, "aaa2", "aaa2") == 0);
	CHECK(resolve(f, "sha256:aaa2", "aaa2") == 0);
	CHECK(resolve(f, "aaa", "") == -ENOTUNIQ);
	CHECK(resolve(f, "sha256:a", "") == -ENOTUNIQ);
	CHECK(resolve(f, "b", "b1") == 0);
	CHECK(resolve(f, "c", "") == -ENOENT);
	CHECK(resolve(f, hex("c"), "") == -ENOENT);
	/* a name wins over an id that begins so */
	CHECK(resolve(f, "bad", "aaa1") == 0);
	CHECK(resolve(f, "AAA2", "") == -ENOENT);
	CHECK(resolve(f, "", "") == -ENOENT);
	CHECK(resolve(f, "sha256:", "") == -ENOENT);
	CHECK(resolve(f, "../images", "") == -ENOENT);
	(void)snprintf(text, sizeof(text), "%s0", hex("aaa2"));
	CHECK(resolve(f, text, "") == -ENOENT);
	(void)snprintf(text, sizeof(text), "web@sha256:%s", hex("faaa2"));
	CHECK(resolve(f, text, "aaa2") == 0);
	(void)snprintf(text, sizeof(text), "web:1@sha256:%s", hex("fb1"));
	CHECK(resolve(f, text, "b1") == 0);
	(void)snprintf(text, sizeof(text), "web@sha256:%s", hex("aaa2"));
	CHECK(resolve(f, text, "") == -ENOENT);
}

static void check_open(struct fixture *f)
{
	auto_image struct image *image = NULL;

	if (!CHECK(image_open(f->store, "web", &image) == 0))
		return;
	CHECK_STREQ(image->id, hex("aaa1"));
	CHECK(strv_len(image->layers) == 2);
	CHECK_STREQ(image->layers[0], hex("1"));
	CHECK_STREQ(image->layers[1], hex("2"));
	CHECK(image->size == 2000 && image->loaded_usec == 10);
	CHECK(image->root_mode == 0755 && image->root_uid == 7 && image->root_gid == 8);
	CHECK(image->root_mtime == -5);
	CHECK_STREQ(image->config.cmd[0], "sh");
	CHECK(!image->names);
	CHECK(image_read_names(f->store, image) == 0);
	CHECK(strv_len(image->names) == 2);
	CHECK_STREQ(image->names[0], "docker.io/library/bad:latest");
	CHECK_STREQ(image->names[1], "docker.io/library/web:latest");
}

static void check_list(struct fixture *f)
{
	static const char *const ids[] = {"b1", "aaa2", "aaa1"};
	struct image **images = NULL;
	size_t n = 0;

	CHECK(image_list(f->store, &images, &n) == 0 && n == 3);
	for (size_t i = 0; i < n; i++) {
		CHECK_STREQ(images[i]->id, hex(ids[i]));
		CHECK(strv_len(images[i]->names) == i);
		image_free(images[i]);
	}
	free(images);
}

static void check_tag(struct fixture *f)
{
	struct stat st;
	char text[160];

	CHECK(image_tag(f->store, "b1", "r.io/a/b:x") == 0);
	CHECK(resolve(f, "r.io/a/b:x", "b1") == 0);
	CHECK(fstatat(f->store->dirfd, "names/r.io/a", &st, 0) == 0 &&
	      (st.st_mode & 07777) == 0700);
	CHECK(image_tag(f->store, "web", "r.io/a/b:x") == 0);
	CHECK(resolve(f, "r.io/a/b:x", "aaa1") == 0);
	/* beneath another name, and above one */
	CHECK(image_tag(f->store, "b1", "r.io/a/b/c:x") == 0);
	CHECK(image_tag(f->store, "b1", "r.io/a:x") == 0);
	CHECK(resolve(f, "r.io/a/b/c:x", "b1") == 0);
	/* what a crash left is no obstacle */
	CHECK(symlinkat("x", f->store->dirfd, "tmp/name") == 0);
	CHECK(image_tag(f->store, "b1", "r.io/a:x") == 0);
	CHECK(!exists(f, "tmp/name"));
	CHECK(image_tag(f->store, "nope", "r.io/n/n:x") == -ENOENT);
	CHECK(!exists(f, "names/r.io/n"));
	CHECK(image_tag(f->store, "aaa", "r.io/n/n:x") == -ENOTUNIQ);
	(void)snprintf(text, sizeof(text), "r.io/n/n@sha256:%s", hex("1"));
	CHECK(image_tag(f->store, "web", text) == -EINVAL);
	CHECK(name_remove(f->store, "r.io/a/b:x") == 0);
	CHECK(exists(f, "names/r.io/a/b"));
	CHECK(name_remove(f->store, "r.io/a/b/c:x") == 0);
	CHECK(!exists(f, "names/r.io/a/b") && exists(f, "names/r.io/a:x"));
	CHECK(name_remove(f->store, "r.io/a:x") == 0);
	CHECK(!exists(f, "names/r.io") && exists(f, "names"));
	CHECK(name_remove(f->store, "r.io/a:x") == 0);
}

static const char *const damaged[] = {
	"",
	"{}",
	"[]",
	"{\"layers\":[\"../../etc\"],\"size\":1,\"loaded\":1,"
	"\"root\":{\"mode\":493,\"uid\":0,\"gid\":0,\"mtime\":0},\"config\":{}}",
	"{\"layers\":[],\"size\":-1,\"loaded\":1,"
	"\"root\":{\"mode\":493,\"uid\":0,\"gid\":0,\"mtime\":0},\"config\":{}}",
	"{\"layers\":[],\"size\":1,\"loaded\":1,\"config\":{}}",
	"{\"layers\":[],\"size\":1,\"loaded\":1,"
	"\"root\":{\"mode\":493,\"uid\":0,\"gid\":0,\"mtime\":0}}",
	"{\"layers\":[],\"size\":1,\"loaded\":1,"
	"\"root\":{\"mode\":493,\"uid\":0,\"gid\":0,\"mtime\":0},"
	"\"config\":{\"Env\":1}}",
	"{\"layers\":[],\"size\":1,\"loaded\":1,"
	"\"root\":{\"mode\":4096,\"uid\":0,\"gid\":0,\"mtime\":0},\"config\":{}}",
	"{\"layers\":[],\"size\":1,\"loaded\":1,"
	"\"root\":{\"mode\":493,\"uid\":4294967295,\"gid\":0,\"mtime\":0},\"config\":{}}",
	"{\"layers\":[],\"size\":1,\"loaded\":1,\"manifest\":\"x\","
	"\"root\":{\"mode\":493,\"uid\":0,\"gid\":0,\"mtime\":0},\"config\":{}}",
};

static void check_damaged(struct fixture *f)
{
	char path[128];

	put_image(f, "dd", 5, "1", "2");
	(void)snprintf(path, sizeof(path), "images/%s/image", hex("dd"));
	for (size_t i = 0; i < ARRAY_SIZE(damaged); i++) {
		struct image **images = NULL, *image = NULL;
		size_t n = 0;

		CHECK(put(f, path, damaged[i]));
		if (!CHECK(image_open(f->store, "dd", &image) == -EBADMSG))
			(void)printf("\t%s\n", damaged[i]);
		CHECK(!image);
		/* the others can still be listed */
		CHECK(image_list(f->store, &images, &n) == 0 && n == 3);
		while (n > 0)
			image_free(images[--n]);
		free(images);
	}
	{
		struct image *image = NULL;

		CHECK(image_open(f->store, "nope", &image) == -ENOENT && !image);
		CHECK(image_open(f->store, "aaa", &image) == -ENOTUNIQ && !image);
	}
}

/* What is written is read back. */
static void check_record(void)
{
	struct image in = {.size = 1ULL << 40, .loaded_usec = 1700000000000000, .root_mode = 01777};
	auto_image struct image *out = calloc(1, sizeof(*out));
	auto_strv char **layers = NULL;
	auto_free char *text = NULL, *config = NULL;
	static const char blob[] = "{\"history\":[{\"created_by\":\"x\"}],\"os\":\"linux\","
				   "\"rootfs\":{\"diff_ids\":[]},\"config\":{\"Tty\":true,"
				   "\"User\":\"u\",\"Cmd\":[\"sh\"]}}";
	char manifest[80];

	(void)snprintf(manifest, sizeof(manifest), "sha256:%s", hex("abc"));
	CHECK(strv_add(&layers, hex("1")) == 0 && strv_add(&layers, hex("2")) == 0);
	in.layers = layers;
	in.manifest = manifest;
	in.root_uid = 0xfffffffeU;
	in.root_gid = 5;
	in.root_mtime = -1;
	CHECK(image_config_reduce(blob, strlen(blob), &config) == 0);
	CHECK_STREQ(config, "{\"os\":\"linux\",\"Cmd\":[\"sh\"],\"User\":\"u\"}");
	text = image_record_format(&in, config);
	if (!CHECK(text && out && image_record_parse(text, strlen(text), out) == 0))
		return;
	CHECK(out->size == in.size && out->loaded_usec == in.loaded_usec);
	CHECK(out->root_mode == 01777 && out->root_uid == in.root_uid && out->root_gid == 5);
	CHECK(out->root_mtime == -1 && strv_len(out->layers) == 2);
	CHECK_STREQ(out->manifest, manifest);
	CHECK_STREQ(out->layers[1], hex("2"));
	CHECK_STREQ(out->config.user, "u");
	CHECK_STREQ(out->config.cmd[0], "sh");
}

int main(void)
{
	struct fixture f;

	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	if (!CHECK(fixture_init(&f)))
		return test_report();
	put_image(&f, "aaa1", 10, "1", "2");
	put_image(&f, "aaa2", 20, "1", "3");
	put_image(&f, "b1", 30, "4", "5");
	CHECK(name_point(f.store, "docker.io/library/web:latest", hex("aaa1")) == 0);
	CHECK(name_point(f.store, "docker.io/library/bad:latest", hex("aaa1")) == 0);
	CHECK(name_point(f.store, "r.io:5000/team/web:1", hex("aaa2")) == 0);
	check_resolve(&f);
	check_open(&f);
	check_list(&f);
	check_tag(&f);
	check_damaged(&f);
	check_record();
	fixture_done(&f);
	return test_report();
}
