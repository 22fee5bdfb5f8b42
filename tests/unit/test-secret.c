/* SPDX-License-Identifier: MIT */
/* Secret= as podman writes it: what each option does, and what is refused. */
#include "test.h"

#include <errno.h>

#include "lib/cleanup.h"
#include "lib/secret.h"
#include "lib/text.h"

#define OWN ((uid_t)-1)

static void check_good(void)
{
	static const struct {
		const char *text, *env, *target;
		uid_t uid;
		gid_t gid;
		mode_t mode;
	} rows[] = {
		{"pw", NULL, "pw", OWN, OWN, 0400},
		{"source=pw", NULL, "pw", OWN, OWN, 0400},
		{"pw,type=mount", NULL, "pw", OWN, OWN, 0400},
		{"pw,type=mount,target=db.pw,uid=999,gid=0,mode=0440", NULL, "db.pw", 999, 0, 0440},
		{"pw,target=/run/secrets/x", NULL, "x", OWN, OWN, 0400},
		{"pw,target=/etc//app/./key", NULL, "/etc/app/key", OWN, OWN, 0400},
		{"pw,type=env,target=PGPASSWORD", "PGPASSWORD", NULL, OWN, OWN, 0400},
		{"PGPASSWORD,type=env", "PGPASSWORD", NULL, OWN, OWN, 0400},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(secret_done)
		struct secret_spec s = {0};
		const char *why = NULL;

		CHECK(secret_parse(rows[i].text, &s, &why) == 0);
		CHECK_STREQ(why, NULL);
		CHECK_STREQ(s.env, rows[i].env);
		CHECK_STREQ(s.target, rows[i].target);
		CHECK(s.uid == rows[i].uid && s.gid == rows[i].gid && s.mode == rows[i].mode);
		CHECK(s.name && strstr(rows[i].text, s.name));
	}
}

static void check_bad(void)
{
	static const char *const rows[][2] = {
		{"", "not the name of a credential"},
		{"source=", "not the name of a credential"},
		{".", "not the name of a credential"},
		{"..", "not the name of a credential"},
		{"../shadow", "not the name of a credential"},
		{"a:b", "not the name of a credential"},
		{"a\nb", "not the name of a credential"},
		{"\xc3\xa9", "not the name of a credential"},
		{" a", "not the name of a credential"},
		{"a ", "not the name of a credential"},
		{"pw,", "an option is KEY=VALUE"},
		{"pw,type", "an option is KEY=VALUE"},
		{"pw,type=file", "type: mount or env"},
		{"pw,source=x", "the options are type, target, uid, gid and mode"},
		{"pw,uid=-1", "uid: not an id"},
		{"pw,uid=4294967295", "uid: not an id"},
		{"pw,gid=users", "gid: not an id"},
		{"pw,mode=0999", "mode: not octal permissions"},
		{"pw,mode=4755", "mode: not octal permissions"},
		{"pw,target=../x", "target: not a file name, nor an absolute path"},
		{"pw,target=..", "target: not a file name, nor an absolute path"},
		{"pw,target=/run/secrets/a/b", "target: not a file name, nor an absolute path"},
		{"pw,target=/run/secrets/../..", "target: the root is no file"},
		{"pw,target=/", "target: the root is no file"},
		{"pw,target=", "target: not a file name, nor an absolute path"},
		{"my-pw,type=env,target=A=B", "target: not the name of a variable"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(secret_done)
		struct secret_spec s = {0};
		const char *why = NULL;

		CHECK(secret_parse(rows[i][0], &s, &why) == -EINVAL);
		CHECK_STREQ(why, rows[i][1]);
		CHECK(!s.name);
	}
}

int main(void)
{
	check_good();
	check_bad();
	return test_report();
}
