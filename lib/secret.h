/* SPDX-License-Identifier: MIT */
/* Secret= of an app file: a credential of the unit that the app gets in another way than the rest.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Where the app finds all its credentials, beside $CREDENTIALS_DIRECTORY. */
#define SECRETS_DIR "/run/secrets"

struct secret_spec {
	char *name;   /* of the credential */
	char *env;    /* the variable that it becomes; NULL: it is a file */
	char *target; /* the file: a name in /run/secrets, or an absolute path elsewhere */
	uid_t uid;    /* (uid_t)-1: the app's own */
	gid_t gid;    /* the same */
	mode_t mode;
};

/*
 * "[source=]NAME[,type=mount|env][,target=TARGET][,uid=N][,gid=N][,mode=OCTAL]". -EINVAL with a
 * reason in *ret_why; -ENOMEM. Does not report.
 */
int secret_parse(const char *text, struct secret_spec *ret, const char **ret_why);
void secret_done(struct secret_spec *s);
/* A file name, and nothing that systemd would not have as the name of a credential. */
bool credential_name_is_valid(const char *s);
