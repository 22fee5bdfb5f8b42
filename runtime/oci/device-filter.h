/* SPDX-License-Identifier: MIT */
/* The rules of devices: what they mean, and as a program. */
#pragma once

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

struct oci_device_rule;
struct oci_resources;

/* Rules from this one on count: those after the last that speaks of all devices, which it allows or
 * denies. Without one it is the first, and all are denied. */
size_t device_rules_start(const struct oci_resources *r, bool *ret_allow);
/* What is allowed in spite of a denial of all: the devices that every container has. */
const struct oci_device_rule *device_rules_default(size_t *ret_n);

/* NULL: everything is allowed, no program is needed. The caller frees. 0 or -ENOMEM. */
int device_filter_compile(const struct oci_resources *r, struct bpf_insn **ret, size_t *ret_n);
