/* SPDX-License-Identifier: MIT */
/* Ids of a user namespace and those that they are outside. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config.h"

/*
 * The host's id for one of the container's: config.uids or gids say, and without any they are the
 * same. -EOVERFLOW: there is none.
 */
int oci_host_uid(const struct oci_config *config, uid_t uid, uid_t *ret);
int oci_host_gid(const struct oci_config *config, gid_t gid, gid_t *ret);
/* A user namespace with these mappings and nobody in it. 0 or negative errno. */
int oci_mapping_namespace(const struct oci_mapping *uids, size_t n_uids,
			  const struct oci_mapping *gids, size_t n_gids, int *ret_fd);
