/* SPDX-License-Identifier: MIT */
/*
 * App files all the way to the spec of a container: what an operator says and an image asks for is
 * refused, or it is a spec that makes sense and can be written down.
 */
#include "app-input.h"
#include "image/image.h"
#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/parse.h"
#include "lib/path.h"
#include "lib/strv.h"
#include "runtime/spec.h"

/* An image that asks for something. */
static const struct image *image(void)
{
	static char path[] = "PATH=/bin", lang[] = "LANG=C", sh[] = "/bin/sh", data[] = "/data",
		    port[] = "80/tcp", user[] = "app", dir[] = "/srv";
	static char *env[] = {path, lang, NULL}, *cmd[] = {sh, NULL}, *volumes[] = {data, NULL},
		    *ports[] = {port, NULL}, *layers[] = {NULL};
	static const struct image image = {
		.layers = layers,
		.config = {.env = env,
			   .cmd = cmd,
			   .user = user,
			   .working_dir = dir,
			   .volumes = volumes,
			   .exposed_ports = ports},
	};

	return &image;
}

static bool is_clean(const char *path)
{
	auto_free char *again = NULL;

	return path_normalize(path, &again) == 0 && streq(path, again);
}

static void check_mounts(const struct spec *spec)
{
	for (size_t i = 0; i < spec->n_mounts; i++) {
		const struct mount_spec *m = &spec->mounts[i];

		REQUIRE(is_clean(m->target) && !streq(m->target, "/"));
		REQUIRE(m->kind != MOUNT_BIND || is_clean(m->source));
		for (size_t k = 0; k < i; k++)
			REQUIRE(!streq(spec->mounts[k].target, m->target));
	}
}

static void check_env(const struct spec *spec)
{
	STRV_FOREACH (e, spec->env) {
		auto_free char *name = strndup(*e, strcspn(*e, "="));

		REQUIRE(strchr(*e, '=') && env_name_is_valid(name));
		for (char **other = spec->env; other < e; other++)
			REQUIRE(strncmp(*other, *e, strlen(name) + 1) != 0);
	}
}

static void check(const struct spec *spec)
{
	auto_spec struct spec *again = NULL;
	auto_json json_t *j = NULL;
	auto_buf text = {0};
	char why[160];

	REQUIRE(spec->argv && *spec->argv && *spec->working_dir == '/');
	REQUIRE(app_name_is_valid(spec->id));
	REQUIRE(!spec->hostname || hostname_is_valid(spec->hostname));
	check_mounts(spec);
	check_env(spec);
	spec_to_json(spec, &text);
	REQUIRE(!text.error && json_parse(text.data, text.len, why, &j) == 0);
	REQUIRE(spec_from_json(j, &again) == 0);
	REQUIRE(streq(again->id, spec->id) && again->caps == spec->caps);
}

/* What reads files of this machine is left out: a fuzzer would find those that never end. */
static bool reads_files(const struct app *app)
{
	return app_get(app, "EnvironmentFile") || app_get(app, "SeccompProfile") ||
	       app_get(app, "Timezone") || app_get(app, "EnvironmentHost");
}

static void resolve(const struct app *app)
{
	struct request request = {0};
	auto_spec struct spec *spec = NULL;
	const struct image *from = app_get(app, "Rootfs") ? NULL : image();

	if (request_from_app(app, NULL, &request) == 0 &&
	    spec_from_request(&request, from, &spec) == 0)
		check(spec);
	request_done(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_app struct app *app = app_input(&kind_app, "web", "/etc/nap/apps/web.app", data, size);

	if (app && !reads_files(app))
		resolve(app);
	return 0;
}
