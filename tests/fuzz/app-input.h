/* SPDX-License-Identifier: MIT */
/* The bytes of a fuzzer as a definition that has passed all that nap check looks at. */
#pragma once

#include "fuzz.h"
#include "lib/conf.h"
#include "lib/text.h"
#include "unitgen/app.h"

/* False: the file is refused. app has a kind, a name and a path already. */
static bool app_take(struct app *app, const char *text, size_t size)
{
	struct loader loader = {.app = app};

	return conf_parse("file", text, size, section_take, &loader) == 0 &&
	       app->kind->check(app, "file") == 0;
}

/* What a file of that kind, name and path says; NULL: it is refused. */
__attribute__((unused)) static struct app *app_input(const struct definition_kind *kind,
						     const char *name, const char *path,
						     const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	auto_app struct app *app = calloc(1, sizeof(*app));

	REQUIRE(app);
	app->kind = kind;
	app->name = strdup(name);
	app->path = strdup(path);
	return app_take(app, text, size) ? TAKE_PTR(app) : NULL;
}
