/* SPDX-License-Identifier: MIT */
/* Asking before what cannot be undone. */
#pragma once

#include <stdbool.h>

/* 0 with force, or when the answer to "QUESTION Go on?" is yes. ARGS_USAGE if there is nobody to
 * ask, -ECANCELED; both reported as of verb. */
int confirm(const char *verb, bool force, const char *question);
