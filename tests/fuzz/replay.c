/* SPDX-License-Identifier: MIT */
/*
 * fuzz-NAME CORPUS: give a target each file of a directory once. What breaks it ends the program;
 * its name has been printed by then.
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>

#include "lib/cleanup.h"
#include "lib/fs.h"

#define INPUT_MAX_BYTES (4U << 20)

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_input(const struct dirent *e)
{
	return *e->d_name != '.';
}

static bool replay(int dirfd, const char *name)
{
	auto_free char *text = NULL;
	size_t len;

	(void)printf("# %s\n", name);
	(void)fflush(stdout);
	if (fs_read_file(dirfd, name, INPUT_MAX_BYTES, &text, &len) < 0)
		return false;
	(void)LLVMFuzzerTestOneInput((const uint8_t *)text, len);
	return true;
}

int main(int argc, char **argv)
{
	struct dirent **inputs = NULL;
	auto_fd int dirfd = -1;
	bool all = true;
	int n;

	if (argc != 2)
		return 2;
	(void)LLVMFuzzerInitialize(&argc, &argv);
	dirfd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = scandir(argv[1], &inputs, is_input, by_name);
	for (int i = 0; i < n; i++) {
		all = replay(dirfd, inputs[i]->d_name) && all;
		free(inputs[i]);
	}
	free(inputs);
	(void)printf("%sok - %d inputs\n", n > 0 && all ? "" : "not ", n);
	return n > 0 && all ? 0 : 1;
}
