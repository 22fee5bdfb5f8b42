/* SPDX-License-Identifier: MIT */
/* Sets of capabilities, and the calls that give them up. */
#include "caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "lib/cleanup.h"

uint64_t caps_default(void)
{
	static const int caps[] = {
		CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FOWNER,  CAP_FSETID,		 CAP_KILL,
		CAP_SETGID, CAP_SETUID,	      CAP_SETPCAP, CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT,
	};
	uint64_t mask = 0;

	for (size_t i = 0; i < ARRAY_SIZE(caps); i++)
		mask |= UINT64_C(1) << caps[i];
	return mask;
}

int caps_all(uint64_t *ret)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {0};

	if (capget(&header, data) < 0)
		return -errno;
	*ret = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	return 0;
}

int caps_drop_bounding(uint64_t keep)
{
	for (int cap = 0; cap < 64; cap++) {
		if (keep >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) {
			/* past the last capability of this kernel */
			return errno == EINVAL ? 0 : -errno;
		}
	}
	return 0;
}

int caps_set(uint64_t keep)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {
		{(uint32_t)keep, (uint32_t)keep, 0},
		{(uint32_t)(keep >> 32), (uint32_t)(keep >> 32), 0},
	};

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	return capset(&header, data) < 0 ? -errno : 0;
}

void caps_limit(struct caps_sets *s, uint64_t have)
{
	s->permitted &= have;
	s->effective &= s->permitted;
	s->inheritable &= have & s->bounding;
	s->ambient &= s->permitted & s->inheritable;
}

int caps_set_three(const struct caps_sets *s)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {
		{(uint32_t)s->effective, (uint32_t)s->permitted, (uint32_t)s->inheritable},
		{(uint32_t)(s->effective >> 32), (uint32_t)(s->permitted >> 32),
		 (uint32_t)(s->inheritable >> 32)},
	};

	return capset(&header, data) < 0 ? -errno : 0;
}

int caps_set_ambient(uint64_t ambient)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	for (int cap = 0; cap < 64; cap++)
		if (ambient >> cap & 1 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return -errno;
	return 0;
}
