/* SPDX-License-Identifier: MIT */
/*
 * What reads hostile archives gives up, before it reads the first byte, the capabilities that
 * making other people's files does not take. (Landlock, so that only the store could be written,
 * was tried: it walks up from every file that is made, 0.18 s of 2.3 s on an image of 65,000
 * entries, and does not hold a process that may make device nodes, which layers contain.)
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image.h"
#include "lib/cleanup.h"
#include "lib/log.h"

/* Owners, modes, devices, attributes of any kind; nothing that reaches beyond files. */
static int drop_capabilities(void)
{
	static const int kept[] = {
		CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,	  CAP_FSETID,
		CAP_SETGID, CAP_SETUID,	      CAP_MKNOD,	   CAP_SYS_ADMIN, CAP_SETFCAP,
	};
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

int image_confine(void)
{
	int r = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	/* so that setfsuid(2) leaves capabilities alone, see attr_assume(); without it files are
	 * given away by chown(2) */
	(void)prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0);
	if (r == 0)
		r = drop_capabilities();
	return r < 0 ? log_fail(r, "confine the reading of archives") : 0;
}
