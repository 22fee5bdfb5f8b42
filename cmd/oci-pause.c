/* SPDX-License-Identifier: MIT */
/* nap oci pause and resume. */
#include <stdlib.h>

#include "lib/cleanup.h"
#include "oci.h"

extern const struct oci_verb oci_verb_pause, oci_verb_resume;

static int run_pause(const struct oci_options *o, int argc, char **argv)
{
	auto_free char **args = NULL;
	int r = oci_verb_parse(&oci_verb_pause, argc, argv, oci_no_option, NULL, &args);

	return r == 0 ? oci_pause(o, args[0]) : r;
}

static int run_resume(const struct oci_options *o, int argc, char **argv)
{
	auto_free char **args = NULL;
	int r = oci_verb_parse(&oci_verb_resume, argc, argv, oci_no_option, NULL, &args);

	return r == 0 ? oci_resume(o, args[0]) : r;
}

const struct oci_verb oci_verb_pause = {
	.args = {"oci pause", oci_no_options, 0, 1, 1},
	.arguments = "ID",
	.help = "suspend all processes of a container",
	.run = run_pause,
};

const struct oci_verb oci_verb_resume = {
	.args = {"oci resume", oci_no_options, 0, 1, 1},
	.arguments = "ID",
	.help = "let a paused container go on",
	.run = run_resume,
};
