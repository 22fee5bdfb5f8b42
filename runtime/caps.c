/* SPDX-License-Identifier: MIT */
/* Names of capabilities (libcap's table) and the calls that give them up. */
#include "caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
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

uint64_t caps_all(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {0};

	if (capget(&header, data) < 0)
		return 0;
	return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

int caps_parse(const char *name, int *ret_cap)
{
	char full[64];
	cap_value_t cap;
	int n;

	if (strncasecmp(name, "cap_", 4) == 0)
		name += 4;
	n = snprintf(full, sizeof(full), "cap_%s", name);
	if (n < 0 || (size_t)n >= sizeof(full) || cap_from_name(full, &cap) < 0)
		return -EINVAL;
	*ret_cap = cap;
	return 0;
}

/* The names of capability.h; libcap's cap_to_name allocates, which nothing here needs. */
const char *caps_name(int cap)
{
	static const char *const names[] = {
		"cap_chown",
		"cap_dac_override",
		"cap_dac_read_search",
		"cap_fowner",
		"cap_fsetid",
		"cap_kill",
		"cap_setgid",
		"cap_setuid",
		"cap_setpcap",
		"cap_linux_immutable",
		"cap_net_bind_service",
		"cap_net_broadcast",
		"cap_net_admin",
		"cap_net_raw",
		"cap_ipc_lock",
		"cap_ipc_owner",
		"cap_sys_module",
		"cap_sys_rawio",
		"cap_sys_chroot",
		"cap_sys_ptrace",
		"cap_sys_pacct",
		"cap_sys_admin",
		"cap_sys_boot",
		"cap_sys_nice",
		"cap_sys_resource",
		"cap_sys_time",
		"cap_sys_tty_config",
		"cap_mknod",
		"cap_lease",
		"cap_audit_write",
		"cap_audit_control",
		"cap_setfcap",
		"cap_mac_override",
		"cap_mac_admin",
		"cap_syslog",
		"cap_wake_alarm",
		"cap_block_suspend",
		"cap_audit_read",
		"cap_perfmon",
		"cap_bpf",
		"cap_checkpoint_restore",
	};

	return cap >= 0 && (size_t)cap < ARRAY_SIZE(names) ? names[cap] : "cap_unknown";
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
