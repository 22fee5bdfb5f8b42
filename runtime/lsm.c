/* SPDX-License-Identifier: MIT */
/* Whether the machine has what a spec asks for. The stub enters the profile: it comes into force at
 * the next execve(2), which must be the app's. */
#include "lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"

#define ATTRIBUTE_BYTES 4096 /* the size that sysfs says each file has */

bool lsm_has_apparmor(void)
{
	auto_free char *enabled = NULL;

	return fs_read_file(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", ATTRIBUTE_BYTES,
			    &enabled, NULL) == 0 &&
	       enabled[0] == 'Y';
}

int lsm_check(const char *apparmor)
{
	if (!apparmor || lsm_has_apparmor())
		return 0;
	return log_refuse(-EOPNOTSUPP, "AppArmor profile %s: this machine has no AppArmor",
			  apparmor);
}

bool lsm_has_selinux(void)
{
	return access("/sys/fs/selinux/enforce", F_OK) == 0;
}
