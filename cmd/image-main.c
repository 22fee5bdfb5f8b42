/* SPDX-License-Identifier: MIT */
/*
 * nap-image: the program that reads archives. It is apart from nap so that the start path does not
 * pay for the libraries of image work, and so that what reads hostile input can be confined as a
 * whole.
 */
#include <locale.h>

#include "cmd.h"

extern const struct verb verb_load;

static const struct verb *const verbs[] = {
	&verb_load,
	NULL,
};

int main(int argc, char **argv)
{
	/* libarchive converts pax names by the locale; the image's names are bytes, best kept as
	 * UTF-8 */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return verbs_main(verbs, argc, argv);
}
