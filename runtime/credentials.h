/* SPDX-License-Identifier: MIT */
/*
 * The credentials that systemd passed a service (systemd.exec(5), "Credentials"). They are copied:
 * systemd's own directory is for the unit's user, which is root, and not for whom the image runs
 * as.
 */
#pragma once

struct container;

/*
 * Make the credentials of a service a read-only file system of its own, to be mounted on
 * /run/credentials/UNIT and SECRETS_DIR, apply the spec's secrets, and add $CREDENTIALS_DIRECTORY
 * to the app's environment. A container that is no service gets none. After mounts_prepare.
 * Reports.
 */
int credentials_up(struct container *c);
