/* SPDX-License-Identifier: MIT */
/* The commands of health checks: from text to words to execute. Nothing here reports. */
#pragma once

/*
 * docker's Test: ["NONE"], ["CMD", ARG...] or ["CMD-SHELL", LINE]; [] is what a parent image had,
 * which docker has settled when it built. *ret is NULL if there is none. -EBADMSG.
 */
int probe_from_test(char *const *test, char ***ret);
/*
 * podman's HealthCmd: "none", for which *ret is NULL; a JSON list, of a command or in docker's
 * form; "CMD ARG..." or "CMD-SHELL LINE"; else a line for the shell. -EINVAL with *ret_why, or
 * -ENOMEM.
 */
int probe_parse(const char *text, char ***ret, const char **ret_why);
