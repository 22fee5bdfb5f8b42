/* SPDX-License-Identifier: MIT */
/* Devices in docker's notation. */
#pragma once

struct device_spec {
	char *source, *target; /* absolute, the target below /dev */
	char access[4];	       /* of r, w and m: what the device cgroup allows */
};

void device_done(struct device_spec *d);
/* SOURCE[:TARGET][:RIGHTS], rights of r, w and m. -EINVAL with *ret_why, or -ENOMEM. */
int device_parse(const char *text, struct device_spec *ret, const char **ret_why);
