/* SPDX-License-Identifier: MIT */
/* How one app names another, or a network: by its file, where systemd has units. */
#include <stdlib.h>
#include <string.h>

#include "unitgen.h"

/* Keys of [Unit] whose words are units. */
static const char *const unit_keys[] = {
	"After",
	"Before",
	"BindsTo",
	"Conflicts",
	"OnFailure",
	"OnSuccess",
	"PartOf",
	"PropagatesReloadTo",
	"PropagatesStopTo",
	"ReloadPropagatedFrom",
	"Requires",
	"Requisite",
	"StopPropagatedFrom",
	"Upholds",
	"Wants",
};

bool reference_key(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(unit_keys); i++)
		if (streq(unit_keys[i], key))
			return true;
	return false;
}

char *reference_app(const char *word, size_t n)
{
	static const char *const suffixes[] = {".app", ".container"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t suffix = strlen(suffixes[i]);

		if (n > suffix && memcmp(word + n - suffix, suffixes[i], suffix) == 0)
			return strndup(word, n - suffix);
	}
	return NULL;
}

bool reference_is_network(const char *word, size_t n)
{
	static const char suffix[] = ".network";
	size_t len = strlen(suffix);

	return n > len && memcmp(word + n - len, suffix, len) == 0;
}
