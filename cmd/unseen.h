/* SPDX-License-Identifier: MIT */
/* Apps that are started before systemd has read their settings. */
#pragma once

struct app;

/*
 * Called by the unit of app, as ExecStart=: if systemd has not read the app's drop-in, have it do
 * so. Reports, and negative if this start would lack what the app file asks for.
 */
int unseen_tell(const struct app *app);
