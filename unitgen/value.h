/* SPDX-License-Identifier: MIT */
/* The checkers of the values of [Container] keys, each a key_check (keys.h). */
#pragma once

#include "keys.h"

/* One of the words of key->expected, "one of A, B, C". */
int check_choice(const struct key *key, const char *value, const char **ret_why);
int check_bool(const struct key *key, const char *value, const char **ret_why);
int check_bool_or_auto(const struct key *key, const char *value, const char **ret_why);
int check_notify(const struct key *key, const char *value, const char **ret_why);
int check_size(const struct key *key, const char *value, const char **ret_why);
int check_memory(const struct key *key, const char *value, const char **ret_why);
int check_count(const struct key *key, const char *value, const char **ret_why); /* from 1 */
int check_tasks(const struct key *key, const char *value, const char **ret_why);
int check_duration(const struct key *key, const char *value, const char **ret_why);
int check_period(const struct key *key, const char *value, const char **ret_why); /* not 0 */
int check_signal(const struct key *key, const char *value, const char **ret_why);
int check_words(const struct key *key, const char *value, const char **ret_why);
int check_command(const struct key *key, const char *value, const char **ret_why);
/* What a health check runs: a JSON list, or a line for the shell. */
int check_probe(const struct key *key, const char *value, const char **ret_why);
int check_assignment(const struct key *key, const char *value, const char **ret_why);
int check_environment(const struct key *key, const char *value, const char **ret_why);
int check_word(const struct key *key, const char *value, const char **ret_why); /* no blanks */
int check_hostname(const struct key *key, const char *value, const char **ret_why);
int check_image(const struct key *key, const char *value, const char **ret_why);
/* "-PATH" may be missing. */
int check_optional_path(const struct key *key, const char *value, const char **ret_why);
int check_path(const struct key *key, const char *value, const char **ret_why);
int check_absolute_path(const struct key *key, const char *value, const char **ret_why);
int check_masks(const struct key *key, const char *value, const char **ret_why);
int check_user(const struct key *key, const char *value, const char **ret_why);
int check_group(const struct key *key, const char *value, const char **ret_why);
/* Correct or not, what needs a user namespace is refused: there are none yet. */
int check_userns(const struct key *key, const char *value, const char **ret_why);
int check_sub_id_map(const struct key *key, const char *value, const char **ret_why);
int check_id_map(const struct key *key, const char *value, const char **ret_why);
int check_timezone(const struct key *key, const char *value, const char **ret_why);
int check_unit_name(const struct key *key, const char *value, const char **ret_why);

/* value-docker.c: docker's small languages, which lib/ takes apart */
int check_capability(const struct key *key, const char *value, const char **ret_why);
int check_device(const struct key *key, const char *value, const char **ret_why);
int check_volume(const struct key *key, const char *value, const char **ret_why);
int check_mount(const struct key *key, const char *value, const char **ret_why);
int check_tmpfs(const struct key *key, const char *value, const char **ret_why);
int check_ulimit(const struct key *key, const char *value, const char **ret_why);
int check_sysctl(const struct key *key, const char *value, const char **ret_why);
int check_secret(const struct key *key, const char *value, const char **ret_why);
int check_host(const struct key *key, const char *value, const char **ret_why);
int check_port(const struct key *key, const char *value, const char **ret_why);

/* value-net.c */
int check_address(const struct key *key, const char *value, const char **ret_why);
int check_ipv4(const struct key *key, const char *value, const char **ret_why);
int check_ipv6(const struct key *key, const char *value, const char **ret_why);
int check_interface(const struct key *key, const char *value, const char **ret_why);
/* Allow= and Deny= */
int check_rule(const struct key *key, const char *value, const char **ret_why);
int check_network(const struct key *key, const char *value, const char **ret_why);
int check_search_domain(const struct key *key, const char *value, const char **ret_why);
int check_resolver_option(const struct key *key, const char *value, const char **ret_why);
/* of [Network] */
int check_driver(const struct key *key, const char *value, const char **ret_why);
int check_ipam(const struct key *key, const char *value, const char **ret_why);
int check_subnet(const struct key *key, const char *value, const char **ret_why);
int check_range(const struct key *key, const char *value, const char **ret_why);
int check_option(const struct key *key, const char *value, const char **ret_why);

int check_listen(const struct key *key, const char *value, const char **ret_why);
