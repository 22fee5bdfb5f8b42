/* SPDX-License-Identifier: MIT */
/*
 * App files: where they are looked for, how main file and drop-ins are merged, what specifiers
 * mean. What is refused, key by key, is in tests/app.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "unitgen/unitgen.h"

static char top[] = "/tmp/nap-test-app.XXXXXX";

static void write_text(const char *path, const char *text)
{
	auto_free char *full = text_format("%s/%s", top, path);
	char *slash = strrchr(full, '/');

	*slash = '\0';
	CHECK(fs_mkdirs(AT_FDCWD, full, 0755) == 0);
	*slash = '/';
	CHECK(fs_write_file(AT_FDCWD, full, text, strlen(text), 0644) == 0);
}

static void drop(const char *path)
{
	auto_free char *full = text_format("%s/%s", top, path);

	CHECK(fs_remove_tree(AT_FDCWD, full) == 0);
}

/* The settings as "[Section]Key=value;", of files as "FILE:LINE" with places. */
static char *settings(const struct app *app, bool places)
{
	auto_buf b = {0};

	buf_str(&b, "");
	for (size_t i = 0; app && i < app->n_settings; i++) {
		const struct app_setting *s = &app->settings[i];

		if (places)
			buf_fmt(&b, "%s:%u ", s->file, s->line);
		buf_fmt(&b, "[%s]%s=%s;", s->section, s->key, s->value);
	}
	return buf_take(&b);
}

static void check_load(const char *name, const char *want)
{
	auto_app struct app *app = NULL;
	auto_free char *got = NULL;
	int r = app_load(name, &app);

	if (!want) {
		CHECK(r < 0);
		return;
	}
	CHECK(r == 0);
	got = settings(app, false);
	CHECK_STREQ(got, want);
}

#define IMAGE "[Container]\nImage=x\n"
#define GOT_IMAGE "[Container]Image=x;"

static void check_names(void)
{
	static const char *const good[] = {"web", "a.b-c_1", "web@1", "web@A:b.c_d-e", "0@0"};
	static const char *const bad[] = {"",	     "Web",	"@1",	       "web@",
					  "web@a@b", "web@a b", "web@a/b",     "-a",
					  "web@%i",  "a b",	"web@\xc3\xa9"};
	char text[140];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		CHECK(app_name_is_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(!app_name_is_valid(bad[i]));
	memset(text, 'a', sizeof(text));
	text[63] = '@';
	text[126] = '\0';
	CHECK(app_name_is_valid(text));
	text[126] = 'a';
	text[127] = '\0';
	CHECK(!app_name_is_valid(text));
	text[63] = 'a';
	text[64] = '\0';
	CHECK(!app_name_is_valid(text));
}

static void check_search(void)
{
	write_text("low/web.app", IMAGE "Exec=low\n");
	check_load("web", GOT_IMAGE "[Container]Exec=low;");
	write_text("high/web.container", IMAGE "Exec=container\n");
	check_load("web", GOT_IMAGE "[Container]Exec=container;");
	write_text("high/web.app", IMAGE "Exec=high\n");
	check_load("web", GOT_IMAGE "[Container]Exec=high;");
	check_load("other", NULL);
	check_load("Web", NULL);
	/* an empty file masks what comes after it */
	write_text("high/web.app", "");
	check_load("web", NULL);
	drop("high");
	write_text("high/x", "");
	{
		auto_free char *link = text_format("%s/high/web.app", top);

		CHECK(symlink("/dev/null", link) == 0);
	}
	check_load("web", NULL);
	drop("high");
	check_load("web", GOT_IMAGE "[Container]Exec=low;");
	drop("low");
}

static void check_drop_ins(void)
{
	auto_app struct app *app = NULL;
	auto_free char *got = NULL;

	write_text("low/web.app", IMAGE "Exec=a\nTmpfs=/a\n");
	write_text("low/web.app.d/20-b.conf", "[Container]\nTmpfs=/b20\nUser=low\n");
	write_text("high/web.app.d/30-c.conf", "[Container]\nTmpfs=/c30\n");
	write_text("high/web.container.d/10-a.conf", "[Container]\nExec=d10\n");
	check_load("web", GOT_IMAGE "[Container]Tmpfs=/a;[Container]Exec=d10;[Container]Tmpfs=/b20;"
				    "[Container]User=low;[Container]Tmpfs=/c30;");
	/* the same name in a directory that counts more */
	write_text("high/web.app.d/20-b.conf", "[Container]\nTmpfs=/high20\n");
	check_load("web",
		   GOT_IMAGE "[Container]Tmpfs=/a;[Container]Exec=d10;[Container]Tmpfs=/high20;"
			     "[Container]Tmpfs=/c30;");
	/* an empty assignment, and a masked drop-in */
	write_text("high/web.app.d/40-d.conf", "[Container]\nTmpfs=\nTmpfs=/d40\n");
	write_text("high/web.app.d/10-a.conf", "");
	check_load("web", GOT_IMAGE "[Container]Exec=a;[Container]Tmpfs=/d40;");
	write_text("high/web.app.d/not-a-drop-in", "nonsense");
	write_text("high/web.app.d/.hidden.conf", "nonsense");
	CHECK(app_load("web", &app) == 0);
	got = settings(app, true);
	CHECK_STREQ(got, "web.app:2 [Container]Image=x;web.app:3 [Container]Exec=a;"
			 "web.app.d/40-d.conf:3 [Container]Tmpfs=/d40;");
	write_text("high/web.app.d/50-e.conf", "[Container]\nNonsense=1\n");
	check_load("web", NULL);
	drop("low");
	drop("high");
}

static void check_instances(void)
{
	write_text("low/web@.app", IMAGE "HostName=%p-%i\nExec=%n %N %%\n");
	write_text("low/web@1.app.d/50.conf", "[Container]\nUser=one\n");
	write_text("low/web@.app.d/50.conf", "[Container]\nUser=all\n");
	write_text("low/web@.app.d/60.conf", "[Container]\nGroup=all\n");
	check_load("web@1", GOT_IMAGE
		   "[Container]HostName=web-1;[Container]Exec=app@web@1.service app@web@1 %;"
		   "[Container]User=one;[Container]Group=all;");
	check_load("web@",
		   GOT_IMAGE "[Container]HostName=web-%i;[Container]Exec=app@web@%i.service "
			     "app@web@%i %;[Container]User=all;[Container]Group=all;");
	check_load("web", NULL);
	/* an instance of its own */
	write_text("low/web@1.app", IMAGE "HostName=own\n");
	check_load("web@1",
		   GOT_IMAGE "[Container]HostName=own;[Container]User=one;[Container]Group=all;");
	drop("low");
}

static void check_all_names(void)
{
	auto_strv char **names = NULL;

	write_text("low/web.app", IMAGE);
	write_text("low/b.container", IMAGE);
	write_text("low/t@.app", IMAGE);
	write_text("low/t@1.app", IMAGE);
	write_text("low/masked.app", IMAGE);
	write_text("high/masked.app", "");
	write_text("high/web.container", IMAGE);
	write_text("high/Bad.app", IMAGE);
	write_text("high/web.app.d/x.conf", "");
	write_text("high/readme.txt", "");
	CHECK(app_names(&names) == 0);
	if (CHECK(strv_len(names) == 4)) {
		CHECK_STREQ(names[0], "b");
		CHECK_STREQ(names[1], "t@");
		CHECK_STREQ(names[2], "t@1");
		CHECK_STREQ(names[3], "web");
	}
	drop("low");
	drop("high");
}

static void check_file(void)
{
	auto_free char *path = text_format("%s/x/web.app", top);
	auto_app struct app *app = NULL;
	auto_free char *got = NULL, *want = NULL;

	write_text("x/web.app", IMAGE);
	write_text("x/web.app.d/a.conf", "[Container]\nExec=b\n");
	write_text("x/web.txt", IMAGE);
	CHECK(app_load_file(path, &app) == 0);
	if (app) {
		CHECK_STREQ(app->name, "web");
		CHECK_STREQ(app->path, path);
		CHECK(!app->instance);
	}
	got = settings(app, true);
	want = text_format("%s:2 [Container]Image=x;%s.d/a.conf:2 [Container]Exec=b;", path, path);
	CHECK_STREQ(got, want);
	strcpy(path + strlen(path) - 3, "txt");
	CHECK(app_load_file(path, &app) < 0);
	drop("x");
}

/* text as the lines of [Container]; want as in check_load, without the image. */
static void check_container(const char *text, const char *want)
{
	auto_free char *file = text_format(IMAGE "%s\n", text);
	auto_free char *all = want ? text_format(GOT_IMAGE "%s", want) : NULL;

	write_text("low/a-b.app", file);
	check_load("a-b", all);
}

static void check_merging(void)
{
	/* single values: the last counts, an empty one takes it back */
	check_container("User=a\nUser=b", "[Container]User=b;");
	check_container("User=a\nUser=", "");
	check_container("User=a\nUser=b!", NULL);
	check_container("Exec=x\nEntrypoint=a\nEntrypoint=",
			"[Container]Exec=x;[Container]Entrypoint=;");
	/* lists */
	check_container("Tmpfs=/a\nTmpfs=/b c", "[Container]Tmpfs=/a;[Container]Tmpfs=/b c;");
	check_container("Tmpfs=/a\nTmpfs=\nTmpfs=/b", "[Container]Tmpfs=/b;");
	/* words */
	check_container("Environment=A=1 \"B=2 3\" C='4'",
			"[Container]Environment=A=1;[Container]Environment=B=2 3;"
			"[Container]Environment=C=4;");
	check_container("Environment=A=1\nEnvironment=\nEnvironment=B=\\x41%%",
			"[Container]Environment=B=A%;");
	check_container("Environment=\"A=1", NULL);
	/* specifiers */
	check_container("Exec=%p %N %j %i %t", "[Container]Exec=a-b app@a-b b  /run;");
	check_container("Exec=100%", NULL);
	check_container("Exec=%z", NULL);
	/* what is not ours */
	check_container("X-Mine=%\n[X-Any]\nA=%\n[Service]\nA=%z\nB=1\nB=\nC=\\x41",
			"[Service]A=%z;[Service]C=\\x41;");
	check_container("[Service]\nA=1\n[Container]\nExec=e", "[Service]A=1;[Container]Exec=e;");
	drop("low");
}

static void check_access(void)
{
	auto_app struct app *app = NULL;
	size_t i = 0;

	write_text("low/web.app", IMAGE "Tmpfs=/a\nExec=x\nTmpfs=/b\n[Service]\nTmpfs=c\n");
	if (!CHECK(app_load("web", &app) == 0))
		return;
	CHECK_STREQ(app_get(app, "Exec"), "x");
	CHECK_STREQ(app_get(app, "User"), NULL);
	CHECK_STREQ(app_next(app, "Container", "Tmpfs", &i), "/a");
	CHECK_STREQ(app_next(app, "Container", "Tmpfs", &i), "/b");
	CHECK_STREQ(app_next(app, "Container", "Tmpfs", &i), NULL);
	i = 0;
	CHECK_STREQ(app_next(app, "Service", "Tmpfs", &i), "c");
	drop("low");
}

int main(void)
{
	auto_free char *path = NULL;

	if (!mkdtemp(top))
		return 1;
	path = text_format("%s/high:%s/low:", top, top);
	(void)setenv("NAP_APPS_PATH", path, 1);
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	check_names();
	check_search();
	check_drop_ins();
	check_instances();
	check_all_names();
	check_file();
	check_merging();
	check_access();
	CHECK(fs_remove_tree(AT_FDCWD, top) == 0);
	return test_report();
}
