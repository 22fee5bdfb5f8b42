/* SPDX-License-Identifier: MIT */
/*
 * The parts of spec_from_request that have files of their own. Each fills members of the spec from
 * the request and the image's configuration c, and reports what is wrong with them.
 */
#pragma once

#include "spec.h"

struct app;
struct image_config;

/* spec-env.c: env. Needs hostname and terminal. */
int spec_set_env(struct spec *spec, const struct request *q, const struct image_config *c);
/* spec-security.c: capabilities, seccomp profile, no_new_privs, masks. */
int spec_set_security(struct spec *spec, const struct request *q);
/* spec-names.c: labels and annotations, and what becomes resolv.conf and hosts. */
int spec_set_names(struct spec *spec, const struct request *q, const struct image_config *c);
/* spec-network.c: network, attach, publish and rules, and CLONE_NEWNET in namespaces. */
int spec_set_network(struct spec *spec, const struct request *q, const struct image_config *c);
/* spec-mounts.c: mounts, including those for the time zone and below a read-only root. */
int spec_set_mounts(struct spec *spec, const struct request *q, const struct image_config *c);

/* spec-health.c: health. */
int spec_set_health(struct spec *spec, const struct request *q, const struct image_config *c);

/* spec-network-conf.c: what the network name is to be. Reports. */
int spec_network_conf(const struct network_defaults *defaults, const char *name,
		      struct net_network_conf *ret);
/* spec-network-json.c: the members about the network, and those of them that are read back. */
void spec_network_to_json(const struct spec *spec, struct buf *b);
int spec_network_from_json(const struct json_t *j, struct spec *spec);

/* A copy of s in *ret if there is an s. Reports. */
int spec_copy_text(const char *s, char **ret);
