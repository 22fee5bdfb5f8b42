/* SPDX-License-Identifier: MIT */
/*
 * nap-image: the program that reads archives. It is apart from nap so that the start path does not
 * pay for the libraries of image work, and so that what reads hostile input can be confined as a
 * whole.
 */
#include <locale.h>

#include "cmd.h"
#include "complete.h"

extern const struct verb verb_load;
static const struct verb verb_complete;

static const struct verb *const verbs[] = {
	&verb_load,
	&verb_complete,
	NULL,
};

static int complete(const struct settings *settings, int argc, char **argv)
{
	return complete_run(verbs, NULL, settings, argc, argv);
}

static const struct verb verb_complete = {
	.args = {"complete", NULL, 0, 0, -1},
	.arguments = "-- WORD...",
	.help = "what may stand at the end of a command line, for shells",
	.flags = VERB_HIDDEN,
	.run = complete,
};

int main(int argc, char **argv)
{
	/* libarchive converts pax names by the locale; the image's names are bytes, best kept as
	 * UTF-8 */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return verbs_main(verbs, argc, argv);
}
