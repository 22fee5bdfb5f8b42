/* SPDX-License-Identifier: MIT */
/* Images that are named by the path of their archive, and loaded by nap-image when they are used.
 */
#include "archive.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "program.h"

/*
 * Is IMAGE a file and not a name? A path is, where it leads to a file, or to a directory that says
 * it is an OCI layout; and so is a file here whose name ends like an archive's.
 */
bool archive_is_path(const char *image)
{
	static const char *const endings[] = {".tar", ".tar.gz",  ".tgz",  ".tar.xz",
					      ".txz", ".tar.zst", ".tzst", ".oci"};
	bool plain = *image == '/' || *image == '.', path = plain || strchr(image, '/');
	auto_free char *layout = NULL;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		path |= endswith(image, endings[i]);
	if (!path || stat(image, &st) < 0)
		return false;
	if (plain || S_ISREG(st.st_mode))
		return S_ISREG(st.st_mode) || S_ISDIR(st.st_mode);
	layout = text_format("%s/oci-layout", image);
	return layout && stat(layout, &st) == 0;
}

int archive_load(const struct settings *settings, const char *path, const char *platform,
		 char **ret_id)
{
	auto_strv char **argv = NULL;
	auto_free char *out = NULL;
	size_t n;
	int r;

	if (strv_add(&argv, "load") < 0 || strv_add(&argv, "-q") < 0 ||
	    (platform && (strv_add(&argv, "--platform") < 0 || strv_add(&argv, platform) < 0)) ||
	    strv_add(&argv, "--") < 0 || strv_add(&argv, path) < 0)
		return log_oom();
	r = program_read(settings, argv, &out);
	if (r != 0)
		return r < 0 ? r : -EIO; /* reported by the other program */
	n = strcspn(out, "\n");
	if (n == 0)
		return log_refuse(-ENOENT, "%s: holds no image", path);
	if (out[n] && out[n + 1]) {
		(void)log_refuse(-ENOTUNIQ, "%s: holds more than one image", path);
		log_hint("nap load %s, then run one of them by name", path);
		return -ENOTUNIQ;
	}
	out[n] = '\0';
	*ret_id = TAKE_PTR(out);
	return 0;
}
