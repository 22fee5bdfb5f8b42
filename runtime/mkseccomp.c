// SPDX-License-Identifier: MIT
/*
 * Runs when nap is built: compiles the default seccomp profile for this machine's architecture and
 * prints it as a C header, with the profile's text beside it. Not part of nap.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "seccomp-profile.h"

static void print_program(const struct sock_filter *insns, unsigned n)
{
	printf("static const struct sock_filter seccomp_default[] = {\n");
	for (unsigned i = 0; i < n; i++)
		printf("\t{0x%02x, %u, %u, 0x%08x},\n", insns[i].code, insns[i].jt, insns[i].jf,
		       insns[i].k);
	printf("};\n");
}

static void print_text(const char *text)
{
	printf("static const char seccomp_default_profile[] =\n\t\"");
	for (; *text; text++) {
		if (*text == '\n')
			printf("\\n\"\n\t\"");
		else if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else
			putchar(*text);
	}
	printf("\";\n");
}

int main(int argc, char **argv)
{
	CLEANUP(seccomp_profile_done)
	struct seccomp_profile profile = {0};
	auto_free struct sock_filter *insns = NULL;
	auto_free char *text = NULL;
	unsigned short n;
	size_t len;
	int r;

	if (argc != 2) {
		fprintf(stderr, "usage: mkseccomp PROFILE >HEADER\n");
		return 2;
	}
	r = fs_read_file(AT_FDCWD, argv[1], JSON_MAX_BYTES, &text, &len);
	if (r < 0)
		return log_fail(r, "read %s", argv[1]), 1;
	/* without any capability; for a container with one of those named, nap compiles itself */
	r = seccomp_profile_parse(argv[1], text, len, 0, true, &profile);
	if (r >= 0)
		r = seccomp_profile_compile(argv[1], &profile, &insns, &n);
	if (r < 0)
		return 1;
	printf("/* Made by mkseccomp from %s. */\n", argv[1]);
	printf("#define SECCOMP_DEFAULT_CAPS 0x%llxULL\n\n",
	       (unsigned long long)profile.caps_named);
	print_program(insns, n);
	print_text(text);
	return ferror(stdout) || fflush(stdout) != 0;
}
