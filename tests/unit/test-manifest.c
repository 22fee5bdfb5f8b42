/* SPDX-License-Identifier: MIT */
/* Which images an archive offers: OCI layouts and docker archives, right and wrong ones, written
 * into a scratch directory. */
#include "image/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "test.h"

#define OCI "application/vnd.oci.image."
#define INDEX OCI "index.v1+json"
#define MANIFEST OCI "manifest.v1+json"

struct archive_dir {
	char path[64];
	int dirfd;
	struct store store;
};

static void dir_init(struct archive_dir *d)
{
	*d = (struct archive_dir){.path = "/tmp/nap-test-manifest.XXXXXX"};
	if (!mkdtemp(d->path))
		abort();
	d->dirfd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d->store = (struct store){d->path, d->dirfd};
	CHECK(fs_mkdirs(d->dirfd, "blobs/sha256", 0755) == 0);
}

static void dir_done(struct archive_dir *d)
{
	CHECK(fs_remove_tree(AT_FDCWD, d->path) == 0);
	fd_drop(&d->dirfd);
}

static void put(struct archive_dir *d, const char *name, const char *text)
{
	CHECK(fs_write_file(d->dirfd, name, text, strlen(text), 0644) == 0);
}

/* A blob, and "digest":...,"size":... for its descriptor. */
struct blob {
	char hex[SHA256_HEX + 1];
	char descriptor[160];
};

static struct blob put_blob(struct archive_dir *d, const char *text)
{
	struct blob b;
	char name[100];

	CHECK(sha256_text(text, strlen(text), b.hex) == 0);
	(void)snprintf(name, sizeof(name), "blobs/sha256/%s", b.hex);
	put(d, name, text);
	(void)snprintf(b.descriptor, sizeof(b.descriptor), "\"digest\":\"sha256:%s\",\"size\":%zu",
		       b.hex, strlen(text));
	return b;
}

static struct blob put_config(struct archive_dir *d, const char *arch, const char *diff_id)
{
	auto_free char *text = text_format(
		"{\"os\":\"linux\",\"architecture\":\"%s\",\"rootfs\":{\"type\":"
		"\"layers\",\"diff_ids\":[\"sha256:%s\"]}}",
		arch, diff_id);

	return put_blob(d, text);
}

/* An image of one layer; extra goes into the manifest, e.g. a second meaning. */
static struct blob put_image(struct archive_dir *d, const char *arch, const char *extra)
{
	struct blob layer = put_blob(d, "a layer"), config = put_config(d, arch, layer.hex);
	auto_free char *text = text_format("{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST
					   "\",\"config\":{\"mediaType\":\"" OCI
					   "config.v1+json\",%s},\"layers\":[{\"mediaType\":\"" OCI
					   "layer.v1.tar\",%s}]%s}",
					   config.descriptor, layer.descriptor, extra);

	return put_blob(d, text);
}

static void put_index(struct archive_dir *d, const char *name, const char *manifests)
{
	auto_free char *text = text_format("{\"schemaVersion\":2,\"manifests\":[%s]}", manifests);

	put(d, name, text);
	put(d, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
}

static char *entry(const struct blob *b, const char *type, const char *more)
{
	return text_format("{\"mediaType\":\"%s\",%s%s}", type, b->descriptor, more);
}

static int read_all(struct archive_dir *d, const char *platform, struct manifest_list *list)
{
	auto_fd int fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_tarball struct tarball *t = NULL;

	CHECK(tarball_open(&d->store, fd, &load_limits_default, &t) == 0);
	return manifest_read_all(t, &load_limits_default, platform, list);
}

/* How many images there are for linux/amd64, or the error. */
static int count(struct archive_dir *d)
{
	CLEANUP(manifest_list_done)
	struct manifest_list list = {0};
	int r = read_all(d, "linux/amd64", &list);

	return r < 0 ? r : (int)list.n;
}

static void check_oci(void)
{
	CLEANUP(manifest_list_done)
	struct manifest_list list = {0};
	struct archive_dir d;
	struct blob image;

	dir_init(&d);
	image = put_image(&d, "amd64", "");
	{
		auto_free char *e = entry(&image, MANIFEST,
					  ",\"annotations\":{\"org.opencontainers.image.ref.name\":"
					  "\"web:2\"}");
		put_index(&d, "index.json", e);
	}
	if (CHECK(read_all(&d, "linux/amd64", &list) == 0 && list.n == 1)) {
		CHECK_STREQ(list.items[0].digest, image.hex);
		CHECK_STREQ(list.items[0].names[0], "docker.io/library/web:2");
		CHECK(list.items[0].n_layers == 1 && list.items[0].layers[0].size == 7);
		CHECK_STREQ(list.items[0].layers[0].chain_id, list.items[0].layers[0].diff_id);
	}
	dir_done(&d);
}

/* A nested index of two platforms and an attestation. */
static void check_nested(void)
{
	struct archive_dir d;
	struct blob a, b, inner;

	dir_init(&d);
	a = put_image(&d, "amd64", "");
	b = put_image(&d, "arm64", "");
	{
		auto_free char *text = text_format(
			"{\"schemaVersion\":2,\"mediaType\":\"" INDEX "\",\"manifests\":["
			"{\"mediaType\":\"" MANIFEST "\",%s,\"platform\":{\"os\":\"linux\","
			"\"architecture\":\"amd64\"}},"
			"{\"mediaType\":\"" MANIFEST "\",%s,\"platform\":{\"os\":\"linux\","
			"\"architecture\":\"arm64\",\"variant\":\"v8\"}},"
			"{\"mediaType\":\"" MANIFEST "\",%s,\"platform\":{\"os\":\"unknown\","
			"\"architecture\":\"unknown\"}}]}",
			a.descriptor, b.descriptor, a.descriptor);
		auto_free char *e = NULL;

		inner = put_blob(&d, text);
		e = entry(&inner, INDEX, "");
		put_index(&d, "index.json", e);
	}
	for (int arm = 0; arm < 2; arm++) {
		CLEANUP(manifest_list_done)
		struct manifest_list list = {0};

		if (CHECK(read_all(&d, arm ? "linux/arm64" : "linux/amd64", &list) == 0))
			CHECK_STREQ(list.items[0].digest, arm ? b.hex : a.hex);
	}
	{
		CLEANUP(manifest_list_done)
		struct manifest_list list = {0};

		CHECK(read_all(&d, "linux/s390x", &list) == -ENOENT && list.n == 0);
	}
	dir_done(&d);
}

/* An image whose manifest or index says extra, or whose descriptor has another type. */
static int with(const char *manifest_extra, const char *type, const char *descriptor_extra)
{
	struct archive_dir d;
	auto_free char *e = NULL;
	struct blob image;
	int r;

	dir_init(&d);
	image = put_image(&d, "amd64", manifest_extra);
	e = entry(&image, type, descriptor_extra);
	put_index(&d, "index.json", e);
	r = count(&d);
	dir_done(&d);
	return r;
}

static void check_confusion(void)
{
	CHECK(with("", MANIFEST, "") == 1);
	CHECK(with(",\"manifests\":[]", MANIFEST, "") == -EBADMSG);
	CHECK(with("", INDEX, "") == -EBADMSG);
	CHECK(with(",\"layers\":[]", MANIFEST, "") == -EBADMSG); /* a key twice */
	CHECK(with("", MANIFEST, ",\"annotations\":{\"vnd.docker.reference.type\":\"x\"}") ==
	      -ENOENT);
	CHECK(with("", MANIFEST, ",\"annotations\":[]") == -EBADMSG);
	CHECK(with("", MANIFEST, ",\"platform\":\"linux\"") == -EBADMSG);
	CHECK(with("", "application/vnd.example.artifact", "") == -ENOENT);
}

static int with_index(const char *manifests)
{
	struct archive_dir d;
	int r;

	dir_init(&d);
	put_index(&d, "index.json", manifests);
	r = count(&d);
	dir_done(&d);
	return r;
}

static void check_descriptors(void)
{
	CHECK(with_index("") == -ENOENT);
	CHECK(with_index("{}") == -EBADMSG);
	CHECK(with_index("1") == -EBADMSG);
	CHECK(with_index("{\"digest\":\"sha256:../../etc/passwd\",\"size\":1}") == -EINVAL);
	CHECK(with_index("{\"digest\":\"md5:00\",\"size\":1}") == -ENOTSUP);
	CHECK(with_index("{\"digest\":\"sha256:"
			 "0000000000000000000000000000000000000000000000000000000000000000\","
			 "\"size\":-1}") == -EBADMSG);
	CHECK(with_index("{\"digest\":\"sha256:"
			 "0000000000000000000000000000000000000000000000000000000000000000\","
			 "\"size\":1}") == -ENOENT);
}

static void check_docker(void)
{
	CLEANUP(manifest_list_done)
	struct manifest_list list = {0};
	struct archive_dir d;
	struct blob config;
	char diff_id[SHA256_HEX + 1];

	dir_init(&d);
	CHECK(sha256_text("a layer", 7, diff_id) == 0);
	config = put_config(&d, "amd64", diff_id);
	put(&d, "layer.tar", "a layer");
	{
		auto_free char *text = text_format("[{\"Config\":\"blobs/sha256/"
						   "%s\",\"RepoTags\":[\"web:1\",\"a.example/b:c\","
						   "\"web:1\"],\"Layers\":[\"layer.tar\"]}]",
						   config.hex);

		put(&d, "manifest.json", text);
	}
	if (CHECK(read_all(&d, "linux/amd64", &list) == 0 && list.n == 1)) {
		CHECK_STREQ(list.items[0].id, config.hex);
		CHECK_STREQ(list.items[0].digest, "");
		CHECK(strv_len(list.items[0].names) == 2);
	}
	put(&d, "manifest.json", "{}");
	CHECK(count(&d) == -EBADMSG);
	put(&d, "manifest.json", "[{\"Config\":\"../config\",\"Layers\":[]}]");
	CHECK(count(&d) < 0);
	dir_done(&d);
}

int main(void)
{
	/* the reasons are the subject of the integration tests */
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	check_oci();
	check_nested();
	check_confusion();
	check_descriptors();
	check_docker();
	return test_report();
}
