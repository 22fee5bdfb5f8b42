/* SPDX-License-Identifier: MIT */
/* Resources as what is written: files of cgroup v2, properties of systemd. Numbers that are 0 count
 * as not given, as engines write them and runc and crun read them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cgroup.h"
#include "config.h"

/* The specification's name of the first limit that is asked for, or NULL. */
const char *oci_resources_first(const struct oci_resources *r);
/*
 * What to write, as "FILE=VALUE", in the order in which it is to be written. bfq: weights of block
 * devices go to io.bfq.weight. -EOPNOTSUPP: cgroup v2 has no such thing; -EINVAL. Reports.
 */
int oci_resources_files(const struct oci_resources *r, bool bfq, char ***v);
/* The same as files of cgroup v1: memory, processors, tasks, disks and network; devices. Report. */
int oci_resources_v1(const struct oci_resources *r, char ***v);
int oci_devices_v1(const struct oci_resources *r, char ***v);
/* What is left of them for v2 then; borrowed from r. */
struct oci_resources oci_resources_rest(const struct oci_resources *r);
/* A change of resources, made whole by what is in force where one number depends on another: the
 * memory limit for that of swap, quota and period. Reports. */
int oci_resources_complete(const struct oci_cgroup *g, struct oci_resources *r);

/* resources-undo.c: write a file; what was in it before is added to old as "FILE=VALUE", unless
 * that is NULL or it cannot be read. Negative errno. */
int oci_resources_write(int dirfd, const char *file, const char *value, char ***old);
/* What to write to have again what text says, the content of the file, when value has been written.
 * NULL: out of memory. */
char *oci_resources_old(const char *file, const char *text, const char *value);

/* Given, and not 0? */
static inline bool resources_has(const struct oci_number *n)
{
	return n->given && n->value != 0;
}
/* Shares of cgroup v1 (2 to 262144) as a weight of v2 (1 to 10000), linear as in runc and crun. */
uint64_t resources_cpu_weight(int64_t shares);
/* A weight of v1 (10 to 1000) as one of v2 (1 to 10000). */
uint64_t resources_io_weight(int64_t weight);
/*
 * v1 and the specification count memory and swap together, v2 swap alone. 1 with the number (-1: no
 * limit); 0: nothing is to be set; -EINVAL: reported.
 */
int resources_swap(const struct oci_resources *r, int64_t *ret);
