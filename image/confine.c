/* SPDX-License-Identifier: MIT */
/*
 * What reads hostile archives gives up, before it reads the first byte, all it will not need: with
 * Landlock every file but the store and the archive, and its capabilities but those that making
 * other people's files takes. A mistake further on then ends at the store.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "digest.h"
#include "image.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"

/* All rights of Landlock's second version (Linux 5.19), the first that knows of renames. */
#define ALL_RIGHTS (((uint64_t)LANDLOCK_ACCESS_FS_REFER << 1) - 1)
#define READ_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static int allow(int ruleset, int fd, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};

	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0
		       ? -errno
		       : 0;
}

static int allow_archive(int ruleset, const char *path)
{
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0; /* reported by who opens it to read */
	if (S_ISDIR(st.st_mode))
		return allow(ruleset, fd, READ_RIGHTS);
	/* a pipe in /dev/fd has no place in any tree, and needs no permission */
	return S_ISREG(st.st_mode) ? allow(ruleset, fd, LANDLOCK_ACCESS_FS_READ_FILE) : 0;
}

/* 0 also where the kernel has no Landlock: it is a second line. */
static int restrict_files(const struct store *store, const char *path)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = ALL_RIGHTS};
	auto_fd int ruleset = -1;
	int r;

	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 2)
		return 0;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return -errno;
	r = allow(ruleset, store->dirfd, ALL_RIGHTS);
	if (r == 0 && !streq(path, "-"))
		r = allow_archive(ruleset, path);
	if (r < 0)
		return r;
	return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
}

/* Owners, modes, devices, attributes of any kind; nothing that reaches beyond files. */
static int drop_capabilities(void)
{
	static const int kept[] = {CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,
				   CAP_FSETID, CAP_MKNOD,	 CAP_SETFCAP,	      CAP_SYS_ADMIN,
				   CAP_SETUID, CAP_SETGID};
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];
	uint64_t keep = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		keep |= (uint64_t)1 << kept[i];
	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(data); i++) {
		data[i].permitted &= (uint32_t)(keep >> (32 * i));
		data[i].effective &= data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int image_confine(const struct store *store, const char *path)
{
	char hex[SHA256_HEX + 1];
	int r;

	/* libcrypto reads its configuration when it is first used */
	r = sha256_text("", 0, hex);
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	if (r == 0)
		r = restrict_files(store, path);
	/* so that setfsuid(2) leaves capabilities alone, see attr_assume(); without it files are
	 * given away by chown(2) */
	(void)prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0);
	if (r == 0)
		r = drop_capabilities();
	return r < 0 ? log_fail(r, "confine the reading of archives") : 0;
}
