/* SPDX-License-Identifier: MIT */
/*
 * nap: the table of verbs. The rows marked VERB_PROGRAM live in nap-image, which replaces this
 * process; everything else is in the file of cmd/ named after the verb.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "lib/cleanup.h"
#include "lib/path.h"
#include "lib/text.h"
#include "program.h"

extern const struct verb verb_run, verb_exec, verb_ps, verb_stop, verb_kill, verb_rm, verb_clean,
	verb_images, verb_inspect, verb_prune, verb_rmi, verb_tag, verb_start, verb_restart,
	verb_enable, verb_disable, verb_status, verb_logs, verb_halt, verb_launch, verb_check,
	verb_unit, verb_complete, verb_net, verb_port, verb_oci;

/* nap-image parses and explains these; only what `nap help` lists is repeated here. */
static const struct verb verb_load = {
	.args = {"load", NULL, 1, 0, -1},
	.help = "load the images of an archive into the store",
	.flags = VERB_PROGRAM,
	.run = program_run,
};

extern const struct verb *const nap_verbs[]; /* for complete-words.c */
const struct verb *const nap_verbs[] = {
	&verb_run,     &verb_exec,     &verb_ps,      &verb_logs,   &verb_start,  &verb_stop,
	&verb_restart, &verb_enable,   &verb_disable, &verb_status, &verb_kill,	  &verb_rm,
	&verb_load,    &verb_images,   &verb_inspect, &verb_prune,  &verb_rmi,	  &verb_tag,
	&verb_net,     &verb_port,     &verb_clean,   &verb_check,  &verb_launch, &verb_halt,
	&verb_unit,    &verb_complete, &verb_oci,     NULL,
};

/* Called nap-oci: what follows is for that verb. */
static int oci_main(int argc, char **argv)
{
	auto_free char **v = calloc((size_t)argc + 2, sizeof(char *));
	static char oci[] = "oci";

	if (!v)
		return 1;
	v[0] = argv[0];
	v[1] = oci;
	memcpy(v + 2, argv + 1, (size_t)argc * sizeof(char *));
	return verbs_main(nap_verbs, argc + 1, v);
}

int main(int argc, char **argv)
{
	if (argc > 0 && streq(path_basename(argv[0]), "nap-oci"))
		return oci_main(argc, argv);
	return verbs_main(nap_verbs, argc, argv);
}
