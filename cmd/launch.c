/* SPDX-License-Identifier: MIT */
/*
 * nap launch: what ExecStart= of app@NAME.service calls. Reads the app's definition, starts it, and
 * hands the unit over to it. Exit codes are systemd's, so that `systemctl status` names the step;
 * the reason is the unit's status text as well.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"
#include "cmd.h"
#include "fdnames.h"
#include "launch.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/notify.h"
#include "lib/text.h"
#include "runtime/runtime.h"
#include "unitgen/unitgen.h"
#include "unseen.h"

#define EXIT_CONFIG 78 /* sysexits.h; the unit is not restarted then */
/* The least speed of a disk that an archive is read from, in bytes per microsecond. */
#define LOAD_BYTES_PER_USEC 1
#define LOAD_EXTRA_USEC UINT64_C(60000000)

enum { OPT_DRY_RUN = 1, OPT_FILE };

static const struct arg_option options[] = {
	{"dry-run", 0, NULL, "print the resolved spec as JSON and do nothing", OPT_DRY_RUN, true},
	{"file", 0, "FILE", "read this definition, wherever it is", OPT_FILE, false},
	ARG_END,
};

struct launch_options {
	const char *file;
	bool dry_run;
};

extern const struct verb verb_launch;

static int take_option(void *data, int id, const char *value)
{
	struct launch_options *o = data;

	if (id == OPT_FILE)
		o->file = value;
	else
		o->dry_run = streq(value, "true");
	return 0;
}

static void tell_systemd(const char *key, const char *value)
{
	auto_free char *text = text_format("%s=%s", key, value);
	auto_fd int fd = notify_open();

	if (text && fd >= 0)
		(void)notify_send(fd, text); /* nobody else to tell; the log has it too */
}

void launch_explain(void)
{
	tell_systemd("STATUS", log_first_error());
}

/* Reading an archive may take longer than a start usually does. */
static void ask_for_time(const char *path)
{
	char usec[24];
	struct stat st;

	if (stat(path, &st) < 0)
		return; /* the loader will say so */
	(void)snprintf(
		usec, sizeof(usec), "%llu",
		(unsigned long long)(LOAD_EXTRA_USEC + (uint64_t)st.st_size / LOAD_BYTES_PER_USEC));
	tell_systemd("EXTEND_TIMEOUT_USEC", usec);
	tell_systemd("STATUS", "loading the image");
}

/* The unit we run in: what systemd calls our cgroup. */
static int find_unit(const struct app *app, char **ret)
{
	auto_free char *unit = service_own_unit();

	if (!unit)
		unit = text_format("app@%s.service", app->name);
	*ret = TAKE_PTR(unit);
	return *ret ? 0 : log_oom();
}

static int launch_image(const struct settings *settings, const struct app *app,
			const struct launch_options *o, const char *ref)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	auto_store struct store *store = NULL;
	auto_image struct image *image = NULL;
	auto_spec struct spec *spec = NULL;
	auto_free char *unit = NULL;
	int lock_fd = -1, r;

	r = store_open(settings->root, &store);
	if (r == 0)
		r = store_lock(store, LOCK_SH, &lock_fd);
	if (r < 0)
		return EXIT_CONFIG;
	r = ref ? image_open(store, ref, &image) : 0;
	if (r == 0)
		r = find_unit(app, &unit);
	if (r == 0)
		r = fdnames_set(app, unit);
	if (r == 0)
		r = spec_from_app(app, unit, &settings->network, image, &spec);
	if (r == 0 && !o->dry_run)
		return container_launch(&paths, spec, lock_fd);
	fd_drop(&lock_fd);
	if (r == 0) {
		auto_buf out = {0};

		spec_to_json(spec, &out);
		r = out.error ? log_oom() : json_print(out.data);
	}
	return r < 0 ? EXIT_CONFIG : 0;
}

static int launch_app(const struct settings *settings, const struct app *app,
		      const struct launch_options *o)
{
	auto_free char *ref = NULL, *loaded = NULL;

	if (image_from_app(app, &ref) < 0)
		return EXIT_CONFIG;
	/* a name is one, whatever lies in the directory that systemd has started us in */
	if (!ref || *ref != '/' || !archive_is_path(ref))
		return launch_image(settings, app, o, ref);
	ask_for_time(ref);
	if (archive_load(settings, ref, NULL, &loaded) < 0)
		return EXIT_CONFIG;
	return launch_image(settings, app, o, loaded);
}

static int run(const struct settings *settings, int argc, char **argv)
{
	struct launch_options o = {0};
	auto_app struct app *app = NULL;
	auto_free char **args = NULL;
	int r;

	r = verb_parse(&verb_launch, argc, argv, take_option, &o, &args);
	if (r != 0)
		return r;
	r = o.file ? app_load_file_as(o.file, args[0], &app) : app_load(args[0], &app);
	if (r == 0 && !o.file && !o.dry_run)
		r = unseen_tell(app);
	r = r < 0 ? EXIT_CONFIG : launch_app(settings, app, &o);
	if (r != 0)
		launch_explain();
	return r;
}

const struct verb verb_launch = {
	.args = {"launch", options, 0, 1, 1},
	.arguments = "[OPTION...] APP",
	.help = "start an app as the service that systemd runs this for",
	.flags = VERB_ROOT | VERB_HIDDEN,
	.run = run,
};
