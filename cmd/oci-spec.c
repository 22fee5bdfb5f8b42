/* SPDX-License-Identifier: MIT */
/* nap oci spec and features. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "oci.h"

static const struct arg_option spec_options[] = {
	{"bundle", 'b', "DIR", "where to write config.json (default: here)", 1, false},
	ARG_END,
};

extern const struct oci_verb oci_verb_spec, oci_verb_features;

static int take_bundle(void *data, int id, const char *value)
{
	(void)id;
	*(const char **)data = value;
	return 0;
}

/* What is there may be somebody's work. */
static int write_config(const char *bundle, const struct buf *document)
{
	auto_fd int dirfd = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int fd = -1;
	int r;

	if (dirfd < 0)
		return log_fail(-errno, "open %s", bundle);
	fd = openat(dirfd, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 && errno == EEXIST)
		return log_refuse(-EEXIST, "config.json exists: remove it first");
	r = fd < 0 ? -errno : fs_write_all(fd, document->data, document->len);
	return r < 0 ? log_fail(r, "write %s/config.json", bundle) : 0;
}

static int run_spec(const struct oci_options *o, int argc, char **argv)
{
	const char *bundle = ".";
	auto_free char **args = NULL;
	auto_buf out = {0};
	int r;

	r = oci_verb_parse(&oci_verb_spec, argc, argv, take_bundle, &bundle, &args);
	if (r == 0)
		r = oci_spec(o, &out);
	return r == 0 ? write_config(bundle, &out) : r;
}

static int run_features(const struct oci_options *o, int argc, char **argv)
{
	auto_free char **args = NULL;
	auto_buf out = {0};
	int r = oci_verb_parse(&oci_verb_features, argc, argv, oci_no_option, NULL, &args);

	if (r == 0)
		r = oci_features(o, &out);
	return r == 0 ? json_print(out.data) : r;
}

const struct oci_verb oci_verb_spec = {
	.args = {"oci spec", spec_options, 0, 0, 0},
	.arguments = "[OPTION...]",
	.help = "write a config.json to start from",
	.run = run_spec,
};

const struct oci_verb oci_verb_features = {
	.args = {"oci features", oci_no_options, 0, 0, 0},
	.arguments = "",
	.help = "print what this runtime can do as JSON",
	.run = run_features,
};
