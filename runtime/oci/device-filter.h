/* SPDX-License-Identifier: MIT */
/* The rules of devices as a program, for who tests it. */
#pragma once

#include <linux/bpf.h>
#include <stddef.h>

struct oci_resources;

/* NULL: everything is allowed, no program is needed. The caller frees. 0 or -ENOMEM. */
int device_filter_compile(const struct oci_resources *r, struct bpf_insn **ret, size_t *ret_n);
