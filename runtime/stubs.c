/* SPDX-License-Identifier: MIT */
/* Programs in sealed memory files. */
#include "stubs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

int stub_open(const void *program, size_t n, int lowest)
{
	auto_fd int fd = memfd_create("nap-stub", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	int high;

	if (fd < 0 && errno == EINVAL) /* MFD_EXEC came with Linux 6.3 */
		fd = memfd_create("nap-stub", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || fs_write_all(fd, program, n) < 0 || fchmod(fd, 0111) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -errno;
	high = fcntl(fd, F_DUPFD_CLOEXEC, lowest);
	return high < 0 ? -errno : high;
}
