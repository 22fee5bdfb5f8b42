/* SPDX-License-Identifier: MIT */
/*
 * Credentials as an app finds them: owners, modes, both places, each kind of secret, read-only. As
 * root, in a mount namespace of its own; without root there is nothing to see.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "runtime/container.h"
#include "runtime/credentials.h"
#include "runtime/mounts.h"

#define APP 1234

static const char *const passed[][2] = {{"token", "t0ken"}, {"pw", "secret\n"}, {"key", "KEY"}};

static struct secret_spec secrets[] = {
	{.name = "pw", .env = "PGPASSWORD", .uid = (uid_t)-1, .gid = (gid_t)-1, .mode = 0400},
	{.name = "pw", .target = "db.pw", .uid = 70, .gid = (gid_t)-1, .mode = 0440},
	{.name = "key", .target = "/etc/app/key", .uid = (uid_t)-1, .gid = 71, .mode = 0400},
};

static struct spec spec = {.unit = "app@web@1.service"};

/* "OWNER GROUP MODE CONTENT" of a file below root. */
static const char *look(int rootfd, const char *path)
{
	static char text[128];
	auto_free char *content = NULL;
	struct stat st;

	if (fstatat(rootfd, path, &st, 0) < 0)
		return "missing";
	if (S_ISREG(st.st_mode) && fs_read_file(rootfd, path, 100, &content, NULL) < 0)
		return "unreadable";
	(void)snprintf(text, sizeof(text), "%d %d %o %s", (int)st.st_uid, (int)st.st_gid,
		       st.st_mode & 07777, content ? content : "");
	return text;
}

static void check_tree(int rootfd)
{
#define DIRECTORY "run/credentials/app@web@1.service"
	struct statvfs fs;
	auto_fd int dir = openat(rootfd, DIRECTORY, O_RDONLY | O_DIRECTORY);

	CHECK_STREQ(look(rootfd, DIRECTORY), "1234 1235 511 ");
	CHECK_STREQ(look(rootfd, DIRECTORY "/token"), "1234 1235 400 t0ken");
	CHECK_STREQ(look(rootfd, "run/secrets/token"), "1234 1235 400 t0ken");
	CHECK_STREQ(look(rootfd, "run/secrets/pw"), "1234 1235 400 secret\n");
	CHECK_STREQ(look(rootfd, "run/secrets/db.pw"), "70 1235 440 secret\n");
	CHECK_STREQ(look(rootfd, "etc/app/key"), "1234 71 400 KEY");
	CHECK(dir >= 0 && fstatvfs(dir, &fs) == 0);
	CHECK((fs.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC)) ==
	      (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC));
	CHECK(openat(rootfd, "run/secrets/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS);
	CHECK(openat(rootfd, "etc/app/key", O_WRONLY) < 0 && errno == EROFS);
}

static void undo(struct container *c)
{
	container_drop_mounts(c);
	free(c->mounts);
	strv_free(c->credentials);
	strv_free(c->env);
}

static void new_container(struct container *c)
{
	container_init(c, NULL, &spec);
	c->user = (struct user_spec){.uid = APP, .gid = APP + 1};
}

static void check_given(const char *top)
{
	CLEANUP(undo)
	struct container c;
	auto_free char *root = text_format("%s/root", top);
	auto_fd int rootfd = -1;
	const char *what = "";

	CHECK(mkdir(root, 0755) == 0);
	rootfd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	new_container(&c);
	spec.secrets = secrets;
	spec.n_secrets = ARRAY_SIZE(secrets);
	CHECK(credentials_up(&c) == 0);
	CHECK(mounts_attach(&c, rootfd, &what) == 0);
	CHECK_STREQ(what, "");
	CHECK_STREQ(env_get(c.env, "CREDENTIALS_DIRECTORY"), "/" DIRECTORY);
	CHECK_STREQ(env_get(c.env, "PGPASSWORD"), "secret\n");
	check_tree(rootfd);
}

static int up(void)
{
	CLEANUP(undo)
	struct container c;

	new_container(&c);
	return credentials_up(&c);
}

static void check_refused(const char *source)
{
	static struct secret_spec missing = {.name = "no", .target = "no"};
	static char big[(1U << 20) + 1];
	auto_fd int dir = open(source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	spec.secrets = &missing;
	spec.n_secrets = 1;
	CHECK(up() == -ENOENT);
	spec.n_secrets = 0;
	CHECK(up() == 0);
	/* together with the others */
	CHECK(fs_write_file(dir, "big", big, sizeof(big) - 10, 0600) == 0 && up() == -EFBIG);
	CHECK(unlinkat(dir, "big", 0) == 0);
	CHECK(fs_write_file(dir, "a:b", "", 0, 0600) == 0 && up() == -EINVAL);
	CHECK(unlinkat(dir, "a:b", 0) == 0);
	CHECK(mkdirat(dir, "dir", 0700) == 0 && up() < 0);
	CHECK(unlinkat(dir, "dir", AT_REMOVEDIR) == 0);
	spec.secrets = secrets;
	secrets[0].name = (char *)"zero";
	spec.n_secrets = 1;
	CHECK(fs_write_file(dir, "zero", "a\0b", 3, 0600) == 0 && up() == -EINVAL);
	/* nap run is given none, whoever called it */
	spec.unit = NULL;
	spec.n_secrets = 0;
	CHECK(up() == 0);
	{
		CLEANUP(undo)
		struct container c;

		new_container(&c);
		CHECK(credentials_up(&c) == 0 && c.n_mounts == 0 && !c.env);
	}
}

int main(void)
{
	char top[] = "/tmp/test-credentials.XXXXXX";
	auto_free char *source = NULL;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0) {
		(void)printf("needs root: skipped\n");
		return 0;
	}
	if (!CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0) ||
	    !CHECK(mkdtemp(top)) || !CHECK(mount("top", top, "tmpfs", 0, NULL) == 0))
		return test_report();
	source = text_format("%s/passed", top);
	CHECK(mkdir(source, 0700) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(passed); i++) {
		auto_free char *path = text_format("%s/%s", source, passed[i][0]);

		CHECK(fs_write_file(AT_FDCWD, path, passed[i][1], strlen(passed[i][1]), 0600) == 0);
	}
	CHECK(setenv("CREDENTIALS_DIRECTORY", source, 1) == 0);
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	check_given(top);
	check_refused(source);
	CHECK(umount2(top, MNT_DETACH) == 0 && rmdir(top) == 0);
	return test_report();
}
