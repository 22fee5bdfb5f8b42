/* SPDX-License-Identifier: MIT */
/*
 * One strict parser each: the whole string is the value, leading blanks, signs and trailing text
 * are errors, the range is checked. All return 0, or -EINVAL (not that at all) or -ERANGE (out of
 * range); none reports.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Decimal, min to max, no sign, no leading blanks. Leading zeros are accepted. */
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);
int parse_u32(const char *s, uint32_t min, uint32_t max, uint32_t *ret);
/* Decimal with an optional '-'. */
int parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret);
/* Octal permissions, 0 to 07777. */
int parse_mode(const char *s, uint32_t *ret);
/* 1, yes, y, true, t, on; 0, no, n, false, f, off; any case (systemd's parse_boolean). */
int parse_bool(const char *s, bool *ret);
/* Bytes: a decimal number with optional suffix b, k, m, g, t, p (1024 based, any case, "kb" and
 * "kib" too), fractions allowed as docker does ("1.5g"). */
int parse_size(const char *s, uint64_t *ret_bytes);
/* Time in microseconds: systemd's time span ("90", "1min 30s", "500 ms", "2h"); a bare number is
 * seconds; "infinity" is UINT64_MAX. */
int parse_duration(const char *s, uint64_t *ret_usec);
/* A point in time as RFC 3339 writes it ("2024-01-02T03:04:05.678Z", "+01:00"), in seconds since
 * the epoch; the fraction is dropped. */
int parse_timestamp(const char *s, int64_t *ret_epoch);
/* CPUs as docker's --cpus: "1.5" becomes 1500000 (microseconds per second). At least 0.001. */
int parse_cpus(const char *s, uint64_t *ret_usec_per_sec);
/* A signal by number (1 to 64), name ("TERM", "SIGTERM", any case), "RTMIN+3" or "RTMAX-1". */
int parse_signal(const char *s, int *ret_signo);
/* "SIGTERM" style name of a signal; "SIGRTMIN+n" for real-time ones. Static storage. */
const char *signal_name(int signo);
/* Names of containers that were typed, volumes, networks: [a-z0-9][a-z0-9_.-]{0,62}. */
bool name_is_valid(const char *s);
/* Apps, and so all containers: such a name, or the instance of a template, "web@1". */
#define APP_NAME_BYTES 127 /* with the NUL */
bool app_name_is_valid(const char *s);
/* Environment variable names: non-empty, no '=', no control characters. */
bool env_name_is_valid(const char *s);
/* A host name: labels of letters, digits, '-', '_', joined by dots; 64 bytes at most. */
bool hostname_is_valid(const char *s);
/* The name of a network interface: 1 to 15 letters, digits, '_', '.', '-'. */
bool interface_name_is_valid(const char *s);
