/* SPDX-License-Identifier: MIT */
/* Hashes as text: the only forms in which they may become part of a path. */
#pragma once

#include <stdbool.h>

/* 64 lower-case hex digits and nothing else: an image id, a layer's key. */
bool hex64_is_valid(const char *s);
/* "sha256:" and 64 lower-case hex digits. */
bool digest_is_valid(const char *s);
