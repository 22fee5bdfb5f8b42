/* SPDX-License-Identifier: MIT */
/* What there is on this machine for completion to offer: containers, images, apps; and the names
 * that the kernel gives. Nothing is reported: a shell shows it in the middle of a command line. */
#include <ctype.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "complete.h"
#include "lib/caps.h"
#include "lib/cleanup.h"
#include "lib/parse.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "net/net.h"
#include "runtime/runtime.h"
#include "unitgen/unitgen.h"

static void print_containers(const struct settings *settings, const char *prefix)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	struct container_info *list;
	size_t n;

	if (geteuid() != 0 || container_list(&paths, &list, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		complete_print(prefix, list[i].id, list[i].image);
	container_list_free(list, n);
}

static void print_images(const struct settings *settings, const char *prefix)
{
	auto_store struct store *store = NULL;
	struct image **images;
	size_t n;

	/* looking must not make a store where there is none */
	if (geteuid() != 0 || access(settings->root, F_OK) < 0 ||
	    store_open(settings->root, &store) < 0 || image_list(store, &images, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		STRV_FOREACH (name, images[i]->names) {
			auto_free char *shorter = ref_shorten(*name);

			if (shorter)
				complete_print(prefix, shorter, NULL);
		}
		image_free(images[i]);
	}
	free(images);
}

static void print_apps(const struct settings *settings, const char *prefix)
{
	auto_strv char **names = NULL;

	(void)settings;
	if (app_names(&names) < 0)
		return;
	STRV_FOREACH (name, names)
		complete_print(prefix, *name, NULL);
}

/* "app:web", as soon as "app:" is typed. */
static void print_prefixed(const char *kind, const char *name, const char *prefix)
{
	auto_free char *word = text_format("%s%s", kind, name);

	if (word && startswith(prefix, kind))
		complete_print(prefix, word, NULL);
}

/* What --network takes beside words: the networks of this machine, and those of others' apps. */
static void print_networks(const struct settings *settings, const char *prefix)
{
	struct paths paths = {settings->root, settings->runroot, settings->scratch};
	auto_strv char **apps = NULL, **networks = NULL;
	struct container_info *list;
	size_t n;

	complete_print(prefix, NET_DEFAULT, NULL);
	if (network_names(&networks) == 0)
		STRV_FOREACH (name, networks)
			complete_print(prefix, *name, NULL);
	if (startswith(prefix, "app:") && app_names(&apps) == 0)
		STRV_FOREACH (name, apps)
			print_prefixed("app:", *name, prefix);
	if (!startswith(prefix, "container:") || geteuid() != 0 ||
	    container_list(&paths, &list, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		print_prefixed("container:", list[i].id, prefix);
	container_list_free(list, n);
}

static void print_signals(const struct settings *settings, const char *prefix)
{
	(void)settings;
	for (int signo = 1; signo < 32; signo++) {
		const char *name = signal_name(signo);

		complete_print(prefix, name, NULL);
		complete_print(prefix, name + strlen("SIG"), NULL);
	}
}

static void print_capabilities(const struct settings *settings, const char *prefix)
{
	(void)settings;
	complete_print(prefix, "ALL", NULL);
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++) {
		char name[32];
		size_t n = 0;

		/* as docker and capabilities(7) write them */
		for (const char *c = caps_name(cap) + strlen("cap_"); *c && n + 1 < sizeof(name);
		     c++)
			name[n++] = (char)toupper((unsigned char)*c);
		name[n] = '\0';
		complete_print(prefix, name, NULL);
	}
}

static void print_words(const struct settings *settings, const char *placeholder,
			const char *prefix)
{
	static const struct {
		const char *placeholder;
		void (*print)(const struct settings *settings, const char *prefix);
	} sources[] = {
		{"CONTAINER", print_containers},
		{"IMAGE", print_images},
		{"APP", print_apps},
		{"SIGNAL", print_signals},
		{"CAP", print_capabilities},
		{"NETWORK", print_networks},
	};

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		if (streq(sources[i].placeholder, placeholder))
			sources[i].print(settings, prefix);
}

extern const struct verb *const nap_verbs[];

static int run(const struct settings *settings, int argc, char **argv)
{
	return complete_run(nap_verbs, print_words, settings, argc, argv);
}

const struct verb verb_complete = {
	.args = {"complete", NULL, 0, 0, -1},
	.arguments = "-- WORD...",
	.help = "what may stand at the end of a command line, for shells",
	.flags = VERB_HIDDEN,
	.run = run,
};
