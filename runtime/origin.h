/* SPDX-License-Identifier: MIT */
/* What a message calls a setting: by the option that was typed, or by file, line and key. */
#pragma once

#include "runtime.h"

/* "--volume", or for an app "web.app:12: Volume=". Text in a buffer of the caller's. */
struct origin {
	char text[256];
};
struct origin request_origin(const struct request *q, const char *option, const char *value);
/* Refuse a value of docker's option: "--volume: "x": why". Returns -EINVAL. */
int request_refuse(const struct request *q, const char *option, const char *value, const char *why);
/* The same by the key of an app: "web.app:12: Volume=". */
int app_refuse(const struct app *app, const char *key, const char *value, const char *why);
