/* SPDX-License-Identifier: MIT */
/* The text of a Secret=, as podman's --secret has it. What it makes of a credential is
 * for the runtime to do. */
#include "secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "parse.h"
#include "path.h"
#include "text.h"

#define ID_MAX 4294967294U /* (uid_t)-1 means "unchanged" */

void secret_done(struct secret_spec *s)
{
	free(s->name);
	free(s->env);
	free(s->target);
	*s = (struct secret_spec){0};
}

static bool file_name_is_valid(const char *s)
{
	size_t n = strlen(s);

	for (const char *c = s; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '/' || *c == ':')
			return false;
	return n > 0 && n <= 255 && !streq(s, ".") && !streq(s, "..");
}

/* systemd takes ASCII alone, and trims the value of LoadCredential=, where the name stands. */
bool credential_name_is_valid(const char *s)
{
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c > 0x7f)
			return false;
	return file_name_is_valid(s) && *s != ' ' && !endswith(s, " ");
}

static int bad(const char **ret_why, const char *reason)
{
	*ret_why = reason;
	return -EINVAL;
}

/* What one "key=value" of a Secret= says; env and target are told apart when all is known. */
struct secret_words {
	const char *type, *target;
	uint32_t uid, gid, mode;
};

static int read_word(char *word, struct secret_words *w, const char **ret_why)
{
	char *value = strchr(word, '=');

	if (!value)
		return bad(ret_why, "an option is KEY=VALUE");
	*value++ = '\0';
	if (streq(word, "type"))
		w->type = value;
	else if (streq(word, "target"))
		w->target = value;
	else if (streq(word, "uid"))
		return parse_u32(value, 0, ID_MAX, &w->uid) < 0 ? bad(ret_why, "uid: not an id")
								: 0;
	else if (streq(word, "gid"))
		return parse_u32(value, 0, ID_MAX, &w->gid) < 0 ? bad(ret_why, "gid: not an id")
								: 0;
	else if (streq(word, "mode"))
		return parse_mode(value, &w->mode) < 0 || w->mode > 0777
			       ? bad(ret_why, "mode: not octal permissions")
			       : 0;
	else
		return bad(ret_why, "the options are type, target, uid, gid and mode");
	return 0;
}

static int set_env_target(const char *name, struct secret_spec *s, const char **ret_why)
{
	if (!env_name_is_valid(name))
		return bad(ret_why, "target: not the name of a variable");
	s->env = strdup(name);
	return s->env ? 0 : -ENOMEM;
}

static int set_file_target(const char *target, struct secret_spec *s, const char **ret_why)
{
	const char *inside;
	int r = 0;

	if (target[0] == '/')
		r = path_normalize(target, &s->target);
	else
		s->target = strdup(target);
	if (r < 0 || !s->target)
		return r == -ENAMETOOLONG ? bad(ret_why, "target: too long") : -ENOMEM;
	inside = startswith(s->target, SECRETS_DIR "/");
	if (inside) /* the same, said in full */
		memmove(s->target, inside, strlen(inside) + 1);
	if (s->target[0] != '/' && !file_name_is_valid(s->target))
		return bad(ret_why, "target: not a file name, nor an absolute path");
	return streq(s->target, "/") ? bad(ret_why, "target: the root is no file") : 0;
}

int secret_parse(const char *text, struct secret_spec *ret, const char **ret_why)
{
	CLEANUP(secret_done)
	struct secret_spec s = {0};
	struct secret_words w = {
		.type = "mount", .uid = UINT32_MAX, .gid = UINT32_MAX, .mode = 0400};
	auto_free char *copy = strdup(text);
	char *rest = copy, *word;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	word = strsep(&rest, ",");
	if (startswith(word, "source="))
		word += strlen("source=");
	if (!credential_name_is_valid(word))
		return bad(ret_why, "not the name of a credential");
	s.name = strdup(word);
	while (r == 0 && (word = strsep(&rest, ",")))
		r = read_word(word, &w, ret_why);
	if (r < 0 || !s.name)
		return r < 0 ? r : -ENOMEM;
	if (!w.target)
		w.target = s.name;
	if (streq(w.type, "env"))
		r = set_env_target(w.target, &s, ret_why);
	else if (streq(w.type, "mount"))
		r = set_file_target(w.target, &s, ret_why);
	else
		r = bad(ret_why, "type: mount or env");
	if (r < 0)
		return r;
	s.uid = w.uid;
	s.gid = w.gid;
	s.mode = w.mode;
	*ret = s;
	s = (struct secret_spec){0};
	return 0;
}
