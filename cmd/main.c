/* SPDX-License-Identifier: MIT */
/*
 * nap: the table of verbs. The rows marked VERB_PROGRAM live in nap-image, which replaces this
 * process; everything else is in the file of cmd/ named after the verb.
 */
#include "cmd.h"
#include "program.h"

extern const struct verb verb_run, verb_exec, verb_ps, verb_stop, verb_kill, verb_rm, verb_clean,
	verb_images, verb_inspect, verb_prune, verb_rmi, verb_tag, verb_start, verb_restart,
	verb_enable, verb_disable, verb_status, verb_logs, verb_halt, verb_launch, verb_check,
	verb_unit, verb_complete, verb_net, verb_port;

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
	&verb_unit,    &verb_complete, NULL,
};

int main(int argc, char **argv)
{
	return verbs_main(nap_verbs, argc, argv);
}
