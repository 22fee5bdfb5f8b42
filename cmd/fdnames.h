/* SPDX-License-Identifier: MIT */
/* What the descriptors are called that a socket unit passes to an app. */
#pragma once

struct app;

/*
 * Put the names of the app's ListenStream= and ListenDatagram= into $LISTEN_FDNAMES. unit: the
 * service that we are. Reports.
 */
int fdnames_set(const struct app *app, const char *unit);
