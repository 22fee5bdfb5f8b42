/* SPDX-License-Identifier: MIT */
/* Around the inputs: messages of the product go nowhere, however many inputs are refused; and a
 * place for files. */
#include "fuzz.h"

#include <fcntl.h>
#include <signal.h>

#include "lib/fs.h"
#include "lib/log.h"

static char scratch[64];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	log_set_fd(-1);
	(void)signal(SIGPIPE, SIG_IGN);
	return 0;
}

static void remove_scratch(void)
{
	(void)fs_remove_tree(AT_FDCWD, scratch); /* at exit: there is nobody to tell */
}

const char *fuzz_scratch(void)
{
	if (*scratch)
		return scratch;
	(void)snprintf(scratch, sizeof(scratch), "/dev/shm/nap-fuzz.XXXXXX");
	REQUIRE(mkdtemp(scratch) && atexit(remove_scratch) == 0);
	return scratch;
}
