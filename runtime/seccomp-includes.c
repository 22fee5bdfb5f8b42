/* SPDX-License-Identifier: MIT */
/*
 * "includes" and "excludes" of a rule, as moby has them (profiles/seccomp): the capabilities of the
 * container, the architecture and the kernel that it is for or not for.
 */
#include <seccomp.h>
#include <stdio.h>
#include <sys/capability.h>

#include "lib/proc.h"
#include "seccomp-reader.h"

/* Docker's names of architectures are Go's. */
static const char *native_arch_name(void)
{
	switch (seccomp_arch_native()) {
	case SCMP_ARCH_X86_64:
		return "amd64";
	case SCMP_ARCH_AARCH64:
		return "arm64";
	case SCMP_ARCH_RISCV64:
		return "riscv64";
	default:
		return "";
	}
}

/* Whether this kernel is at least version, "MAJOR.MINOR". */
static int kernel_at_least(const struct seccomp_reader *rd, const char *version, bool *ret)
{
	unsigned major, minor;
	int end = 0;

	if (sscanf(version, "%u.%u%n", &major, &minor, &end) < 2 || version[end])
		return seccomp_bad(rd, "\"minKernel\": \"%s\": not MAJOR.MINOR", version);
	*ret = proc_kernel_is(major, minor);
	return 0;
}

/* How many of a list of capability names the container has. */
static int count_caps(const struct seccomp_reader *rd, const json_t *caps, size_t *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(caps); i++) {
		const char *name = json_string_value(json_array_get(caps, i));
		cap_value_t cap;

		if (!name)
			return seccomp_bad(rd, "\"caps\": not a list of names");
		if (cap_from_name(name, &cap) < 0 || cap < 0 || cap > 63)
			continue; /* one that this version does not know: nobody has it */
		rd->profile->caps_named |= 1ULL << cap;
		n += (rd->caps >> cap & 1) != 0;
	}
	*ret = n;
	return 0;
}

static bool list_has(const json_t *list, const char *s)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *item = json_string_value(json_array_get(list, i));

		if (item && streq(item, s))
			return true;
	}
	return false;
}

/* What "includes" or "excludes" found. Included: everything that is given must hold, of caps all;
 * excluded: one thing is enough. */
static int read_filter(const struct seccomp_reader *rd, json_t *rule, const char *key,
		       bool *ret_all, bool *ret_any)
{
	static const char *const keys[] = {"caps", "arches", "minKernel", NULL};
	json_t *filter = NULL, *caps = NULL, *arches = NULL;
	const char *kernel = NULL;
	bool arch, recent = false;
	size_t n = 0;
	int r;

	r = seccomp_get_object(rd, rule, key, &filter);
	if (r > 0)
		r = seccomp_check_keys(rd, filter, keys);
	if (r >= 0 && filter)
		r = seccomp_get_array(rd, filter, "caps", &caps);
	if (r >= 0 && filter)
		r = seccomp_get_array(rd, filter, "arches", &arches);
	if (r >= 0 && filter)
		r = seccomp_get_string(rd, filter, "minKernel", &kernel);
	if (r >= 0 && kernel)
		r = kernel_at_least(rd, kernel, &recent);
	if (r >= 0)
		r = count_caps(rd, caps, &n);
	if (r < 0)
		return r;
	arch = list_has(arches, native_arch_name());
	*ret_all = n == json_array_size(caps) && (arch || json_array_size(arches) == 0) &&
		   (recent || !kernel);
	*ret_any = n > 0 || arch || recent;
	return 0;
}

int seccomp_rule_applies(const struct seccomp_reader *rd, json_t *rule, bool *ret)
{
	bool included, excluded, unused;
	int r = read_filter(rd, rule, "includes", &included, &unused);

	if (r >= 0)
		r = read_filter(rd, rule, "excludes", &unused, &excluded);
	if (r < 0)
		return r;
	*ret = included && !excluded;
	return 0;
}
