/* SPDX-License-Identifier: MIT */
/*
 * The specifiers of systemd.unit(5) in [Container]: those that are about the app, and those that
 * are the same for every system service. An unknown one is an error, not text.
 */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "app.h"

static const struct {
	char letter;
	const char *value;
} constants[] = {
	{'%', "%"},    {'t', "/run"}, {'S', "/var/lib"}, {'C', "/var/cache"}, {'L', "/var/log"},
	{'E', "/etc"}, {'T', "/tmp"}, {'V', "/var/tmp"}, {'h', "/root"},      {'u', "root"},
	{'U', "0"},    {'g', "root"}, {'G', "0"},
};

/* "web" of "web@1" */
static void add_base(const struct app *app, struct buf *out)
{
	buf_add(out, app->name, strcspn(app->name, "@"));
}

/* The last part of "front-web". */
static void add_last_part(const struct app *app, struct buf *out)
{
	size_t n = strcspn(app->name, "@"), at = n;

	while (at > 0 && app->name[at - 1] != '-')
		at--;
	buf_add(out, app->name + at, n - at);
}

static void add_instance(const struct app *app, bool sample, char separator, struct buf *out)
{
	const char *instance = app->instance ? app->instance : "";

	if (app->instance && !*instance)
		instance = sample ? "1" : separator == '/' ? "%I" : "%i";
	for (; *instance; instance++)
		buf_char(out, *instance == '-' ? separator : *instance);
}

static void add_unit(const struct app *app, bool sample, struct buf *out)
{
	buf_str(out, "app@");
	add_base(app, out);
	if (!app->instance)
		return;
	buf_char(out, '@');
	add_instance(app, sample, '-', out);
}

/* The machine's name, all of it or its first label, and its kernel's. */
static void add_machine(char letter, struct buf *out)
{
	struct utsname u;

	if (uname(&u) < 0)
		return;
	if (letter == 'v')
		buf_str(out, u.release);
	else
		buf_add(out, u.nodename,
			letter == 'l' ? strcspn(u.nodename, ".") : strlen(u.nodename));
}

static bool add_value(const struct app *app, bool sample, char letter, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(constants); i++) {
		if (constants[i].letter != letter)
			continue;
		buf_str(out, constants[i].value);
		return true;
	}
	if (letter == 'p' || letter == 'P')
		add_base(app, out);
	else if (letter == 'j')
		add_last_part(app, out);
	else if (letter == 'i')
		add_instance(app, sample, '-', out);
	else if (letter == 'I')
		add_instance(app, sample, '/', out);
	else if (letter == 'N' || letter == 'n')
		add_unit(app, sample, out);
	else if (letter == 'H' || letter == 'l' || letter == 'v')
		add_machine(letter, out);
	else
		return false;
	if (letter == 'n')
		buf_str(out, ".service");
	return true;
}

int specifier_expand(const struct app *app, bool sample, const char *text, char **ret,
		     const char **ret_why)
{
	auto_buf out = {0};

	for (; *text; text++) {
		if (*text != '%') {
			buf_char(&out, *text);
			continue;
		}
		if (!add_value(app, sample, *++text, &out)) {
			*ret_why =
				"an unknown specifier follows a '%' (a '%' itself is written %%)";
			return -EINVAL;
		}
	}
	*ret = buf_take(&out);
	return *ret ? 0 : -ENOMEM;
}
