// SPDX-License-Identifier: MIT
/*
 * Chooses and loads a container's seccomp program. The default for a container without special
 * capabilities is in seccomp-default.h, made by mkseccomp from seccomp-default.json when nap is
 * built; that text is in nap as well, for the other sets of capabilities.
 */
#include "seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "seccomp-default.h"
#include "seccomp-profile.h"

static int compile_profile(const char *name, struct seccomp_profile *profile,
			   struct seccomp_program *ret)
{
	struct sock_filter *insns;
	unsigned short n;
	int r = seccomp_profile_compile(name, profile, &insns, &n);

	if (r < 0)
		return r;
	*ret = (struct seccomp_program){insns, n, .owned = true, .flags = profile->flags};
	return 0;
}

static int compile(const char *name, const char *text, size_t len, uint64_t caps,
		   struct seccomp_program *ret)
{
	CLEANUP(seccomp_profile_done)
	struct seccomp_profile profile = {0};
	int r = seccomp_profile_parse(name, text, len, caps, false, &profile);

	return r < 0 ? r : compile_profile(name, &profile, ret);
}

int seccomp_compile_profile(const char *name, const json_t *j, uint64_t caps,
			    struct seccomp_program *ret)
{
	CLEANUP(seccomp_profile_done)
	struct seccomp_profile profile = {0};
	int r;

	if (!j) {
		*ret = (struct seccomp_program){0};
		return 0;
	}
	r = seccomp_profile_read(name, j, caps, &profile);
	return r < 0 ? r : compile_profile(name, &profile, ret);
}

int seccomp_default_program(uint64_t caps, struct seccomp_program *ret)
{
	if (caps & SECCOMP_DEFAULT_CAPS)
		return compile("(default)", seccomp_default_profile,
			       sizeof(seccomp_default_profile) - 1, caps, ret);
	*ret = (struct seccomp_program){seccomp_default, ARRAY_SIZE(seccomp_default)};
	return 0;
}

int seccomp_load_profile(const char *path, uint64_t caps, struct seccomp_program *ret)
{
	auto_free char *text = NULL;
	size_t len;
	int r;

	r = fs_read_file(AT_FDCWD, path, JSON_MAX_BYTES, &text, &len);
	if (r < 0)
		return log_fail(r, "read seccomp profile %s", path);
	return compile(path, text, len, caps, ret);
}

/*
 * No flags of nap's own: nap has one thread, and without SPEC_ALLOW the mitigation of speculative
 * store bypass stays what the administrator made of it (kernels since 5.16 leave it alone).
 */
int seccomp_apply(const struct seccomp_program *program)
{
	/* the kernel only reads the program, but its interface is older than const */
	struct sock_fprog fprog = {program->len, (struct sock_filter *)program->insns};
	int fd;

	if (program->len == 0)
		return 0;
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, program->flags, &fprog);
	return fd < 0 ? -errno : fd;
}

void seccomp_program_done(struct seccomp_program *program)
{
	if (program->owned)
		free((void *)program->insns);
	*program = (struct seccomp_program){0};
}

/* In the file: the flags, then the instructions. */
int seccomp_program_save(const struct seccomp_program *program, int dirfd, const char *name)
{
	auto_buf data = {0};

	buf_add(&data, &program->flags, sizeof(program->flags));
	buf_add(&data, program->insns, program->len * sizeof(struct sock_filter));
	return data.error ? data.error : fs_write_file(dirfd, name, data.data, data.len, 0600);
}

int seccomp_program_read(int dirfd, const char *name, struct seccomp_program *ret)
{
	struct seccomp_program program = {.owned = true};
	auto_free struct sock_filter *insns = NULL;
	auto_free char *data = NULL;
	size_t len;
	int r;

	r = fs_read_file(dirfd, name, sizeof(program.flags) + BPF_MAXINSNS * sizeof(*insns), &data,
			 &len);
	if (r < 0)
		return r;
	if (len <= sizeof(program.flags) || (len - sizeof(program.flags)) % sizeof(*insns))
		return -EBADMSG;
	memcpy(&program.flags, data, sizeof(program.flags));
	len -= sizeof(program.flags);
	insns = malloc(len);
	if (!insns)
		return -ENOMEM;
	memcpy(insns, data + sizeof(program.flags), len);
	program.len = (unsigned short)(len / sizeof(*insns));
	program.insns = TAKE_PTR(insns);
	*ret = program;
	return 0;
}
