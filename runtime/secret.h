/* SPDX-License-Identifier: MIT */
/* Secret= of an app file: a credential of the unit that the app gets in another way than the rest.
 */
#pragma once

#include <stdbool.h>

/* Where the app finds all its credentials, beside $CREDENTIALS_DIRECTORY. */
#define SECRETS_DIR "/run/secrets"

struct app;
struct secret_spec;
struct spec;

/*
 * "NAME[,type=mount|env][,target=TARGET][,uid=N][,gid=N][,mode=OCTAL]". -EINVAL with a reason in
 * why; -ENOMEM. Does not report.
 */
int secret_parse(const char *text, char why[static 80], struct secret_spec *ret);
void secret_done(struct secret_spec *s);
/* A file name, and nothing that systemd would not have as the name of a credential. */
bool credential_name_is_valid(const char *s);
