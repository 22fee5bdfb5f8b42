/* SPDX-License-Identifier: MIT */
/* Mappings of ids: looked up, and made into a user namespace. */
#include "mapping.h"

#include <errno.h>

#include "lib/cleanup.h"
#include "lib/text.h"
#include "runtime/userns.h"

static int host_id(const struct oci_mapping *m, size_t n, uint32_t id, uint32_t *ret)
{
	if (n == 0) {
		*ret = id;
		return 0;
	}
	for (; n > 0; m++, n--)
		if (id >= m->inside && id - m->inside < m->n) {
			*ret = m->outside + (id - m->inside);
			return 0;
		}
	return -EOVERFLOW;
}

int oci_host_uid(const struct oci_config *config, uid_t uid, uid_t *ret)
{
	return host_id(config->uids, config->n_uids, uid, ret);
}

int oci_host_gid(const struct oci_config *config, gid_t gid, gid_t *ret)
{
	return host_id(config->gids, config->n_gids, gid, ret);
}

/* ---- a namespace ---- */

static void add_map(struct buf *b, const struct oci_mapping *m, size_t n)
{
	for (; n > 0; n--, m++)
		buf_fmt(b, "%u %u %u\n", m->inside, m->outside, m->n);
}

int oci_mapping_namespace(const struct oci_mapping *uids, size_t n_uids,
			  const struct oci_mapping *gids, size_t n_gids, int *ret_fd)
{
	struct userns_holder holder = {.pidfd = -1};
	auto_buf uid_map = {0}, gid_map = {0};
	int r;

	add_map(&uid_map, uids, n_uids);
	add_map(&gid_map, gids, n_gids);
	if (uid_map.error || gid_map.error)
		return -ENOMEM;
	r = userns_make(&holder, 0, uid_map.data ? uid_map.data : "",
			gid_map.data ? gid_map.data : "", ret_fd);
	userns_release(&holder, true);
	return r;
}
