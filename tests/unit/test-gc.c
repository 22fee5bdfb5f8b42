/* SPDX-License-Identifier: MIT */
/* Removing and pruning: who may go, who must stay, and what is left after a crash. */
#include "test.h"

#include <errno.h>
#include <sys/file.h>

#include "image/staging.h"
#include "lib/log.h"
#include "store-fixture.h"

/* An image that a container uses, by the beginning of its id. */
static int in_use(void *data, const char *id)
{
	return data && startswith(id, data);
}

static bool has_image(struct fixture *f, const char *id)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "images/%s/config", hex(id));
	return exists(f, path);
}

static bool has_layer(struct fixture *f, const char *key)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "layers/%s/fs", hex(key));
	return exists(f, path);
}

/* Two images that share layer 1, and one of its own; web and w:2 name the first, x the second. */
static bool fill(struct fixture *f)
{
	if (!fixture_init(f))
		return false;
	put_image(f, "a", 10, "1", "2");
	put_image(f, "b", 20, "1", "3");
	put_image(f, "c", 30, "4", "5");
	return name_point(f->store, "docker.io/library/web:latest", hex("a")) == 0 &&
	       name_point(f->store, "r.io/w:2", hex("a")) == 0 &&
	       name_point(f->store, "docker.io/u/x:latest", hex("b")) == 0;
}

/* Nothing but what belongs into a store. */
static bool is_tidy(struct fixture *f)
{
	/* rmdir(2) knows whether it is empty */
	return unlinkat(f->store->dirfd, "tmp", AT_REMOVEDIR) == 0 &&
	       mkdirat(f->store->dirfd, "tmp", 0700) == 0;
}

static int rmi(struct fixture *f, const char *ref, bool force, void *busy, const char *untagged,
	       size_t n_deleted)
{
	struct removed removed = {0};
	auto_buf names = {0};
	int r;

	r = image_remove(f->store, ref, force, in_use, busy, &removed);
	buf_str(&names, "");
	STRV_FOREACH (s, removed.untagged)
		buf_fmt(&names, "%s%s", s == removed.untagged ? "" : " ", *s);
	CHECK_STREQ(names.data, untagged);
	CHECK(strv_len(removed.deleted) == n_deleted);
	removed_done(&removed);
	CHECK(is_tidy(f));
	return r;
}

static void check_remove(void)
{
	struct fixture f;

	if (!CHECK(fill(&f)))
		return;
	CHECK(rmi(&f, "nope", false, NULL, "", 0) == -ENOENT);
	CHECK(rmi(&f, "", true, NULL, "", 0) == -ENOENT);
	/* an id with several names needs force */
	CHECK(rmi(&f, "a", false, NULL, "", 0) == -EBUSY);
	CHECK(has_image(&f, "a") && exists(&f, "names/r.io/w:2"));
	/* one of several names: nothing else happens, even while in use */
	CHECK(rmi(&f, "web", false, (void *)"a", "docker.io/library/web:latest", 0) == 0);
	CHECK(has_image(&f, "a") && !exists(&f, "names/docker.io/library"));
	/* the last name, in use: stays, force or not */
	CHECK(rmi(&f, "r.io/w:2", true, (void *)"a", "", 0) == -EBUSY);
	CHECK(exists(&f, "names/r.io/w:2"));
	/* the last name: image and layer 2; layer 1 is shared */
	CHECK(rmi(&f, "r.io/w:2", false, (void *)"b", "r.io/w:2", 2) == 0);
	CHECK(!has_image(&f, "a") && !has_layer(&f, "2") && has_layer(&f, "1"));
	CHECK(!exists(&f, "names/r.io"));
	/* an id with one name needs none; nor one without */
	CHECK(rmi(&f, "sha256:b", false, NULL, "docker.io/u/x:latest", 3) == 0);
	CHECK(!has_layer(&f, "1") && !has_layer(&f, "3") && has_layer(&f, "4"));
	CHECK(rmi(&f, "c", false, NULL, "", 3) == 0);
	CHECK(!has_layer(&f, "4"));
	fixture_done(&f);
}

static void check_force(void)
{
	struct removed removed = {0};
	struct fixture f;

	if (!CHECK(fill(&f)))
		return;
	CHECK(rmi(&f, hex("a"), true, (void *)"a", "", 0) == -EBUSY);
	CHECK(image_remove(f.store, "a", true, in_use, NULL, &removed) == 0);
	CHECK(strv_len(removed.untagged) == 2 && strv_len(removed.deleted) == 2);
	CHECK(removed.bytes == 1000);
	removed_done(&removed);
	CHECK(!has_image(&f, "a") && has_image(&f, "b"));
	fixture_done(&f);
}

static void prune(struct fixture *f, bool all, void *busy, size_t untagged, size_t deleted)
{
	struct removed removed = {0};

	CHECK(image_prune(f->store, all, in_use, busy, &removed) == 0);
	CHECK(strv_len(removed.untagged) == untagged);
	CHECK(strv_len(removed.deleted) == deleted);
	removed_done(&removed);
}

static void check_prune(void)
{
	struct fixture f;

	if (!CHECK(fill(&f)))
		return;
	prune(&f, false, (void *)"c", 0, 0);
	CHECK(has_image(&f, "c"));
	put_layer(&f, "9");
	prune(&f, false, NULL, 0, 4); /* image c, its two layers, and one that nobody needs */
	CHECK(!has_image(&f, "c") && !has_layer(&f, "9") && has_layer(&f, "3"));
	prune(&f, true, (void *)"a", 1, 2);
	CHECK(has_image(&f, "a") && !has_image(&f, "b") && has_layer(&f, "1"));
	prune(&f, true, NULL, 2, 3);
	CHECK(!has_image(&f, "a") && !has_layer(&f, "1") && !exists(&f, "names/docker.io"));
	prune(&f, true, NULL, 0, 0);
	CHECK(is_tidy(&f));
	fixture_done(&f);
}

/* While a load is going on no layer goes; the next prune takes them. */
static void check_during_load(void)
{
	struct fixture f;
	int load;

	if (!CHECK(fill(&f)))
		return;
	load = openat(f.store->dirfd, "load.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(load >= 0 && flock(load, LOCK_SH) == 0);
	CHECK(rmi(&f, "u/x", false, NULL, "docker.io/u/x:latest", 1) == 0);
	CHECK(!has_image(&f, "b") && has_layer(&f, "3"));
	prune(&f, false, NULL, 0, 1);
	CHECK(has_layer(&f, "3") && has_layer(&f, "4"));
	(void)close(load);
	prune(&f, false, NULL, 0, 3);
	CHECK(!has_layer(&f, "3") && has_layer(&f, "1"));
	fixture_done(&f);
}

/* Everything that a kill can leave behind. */
static void check_leftovers(void)
{
	struct staging owned = {.dirfd = -1};
	struct fixture f;

	if (!CHECK(fill(&f)))
		return;
	CHECK(put(&f, "tmp/trash-1/l-x/fs/a/b", "x"));
	CHECK(put(&f, "tmp/load-2/layers/fs/.wh.x", "x"));
	CHECK(put(&f, "tmp/spool", "x"));
	CHECK(symlinkat(hex("a"), f.store->dirfd, "tmp/name") == 0);
	CHECK(name_point(f.store, "r.io/gone/x:1", hex("77")) == 0);
	CHECK(mkdirat(f.store->dirfd, "names/empty.io", 0700) == 0);
	CHECK(mkdirat(f.store->dirfd, "names/empty.io/a", 0700) == 0);
	CHECK(staging_new(f.store, "load", &owned) == 0);
	prune(&f, false, (void *)"c", 0, 0);
	CHECK(!exists(&f, "tmp/trash-1") && !exists(&f, "tmp/load-2") && !exists(&f, "tmp/spool"));
	CHECK(!exists(&f, "tmp/name") && !exists(&f, "names/r.io/gone"));
	CHECK(!exists(&f, "names/empty.io") && exists(&f, "names/r.io/w:2"));
	CHECK(exists(&f, owned.path));
	CHECK(staging_done(f.store, &owned) == 0);
	CHECK(staging_done(f.store, &owned) == 0);
	CHECK(is_tidy(&f));
	fixture_done(&f);
}

/* An image that cannot be read keeps all layers; it can be removed by hand. */
static void check_damaged(void)
{
	struct removed removed = {0};
	struct fixture f;
	char path[96];

	if (!CHECK(fill(&f)))
		return;
	(void)snprintf(path, sizeof(path), "images/%s/image", hex("b"));
	CHECK(put(&f, path, "{"));
	CHECK(image_prune(f.store, true, in_use, NULL, &removed) < 0);
	CHECK(!removed.deleted && has_layer(&f, "1") && has_layer(&f, "4"));
	CHECK(has_image(&f, "b") && exists(&f, "names/docker.io/u/x:latest"));
	CHECK(rmi(&f, "b", false, NULL, "docker.io/u/x:latest", 1) == 0);
	prune(&f, true, NULL, 0, 5);
	fixture_done(&f);
}

int main(void)
{
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	check_remove();
	check_force();
	check_prune();
	check_during_load();
	check_leftovers();
	check_damaged();
	return test_report();
}
