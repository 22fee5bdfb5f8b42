/* SPDX-License-Identifier: MIT */
/* The strict reader: what it takes keeps its limits and, written down, is read as the same. */
#include "fuzz.h"

#include <errno.h>

#include "lib/cleanup.h"
#include "lib/json.h"

static unsigned depth_of(const json_t *j)
{
	unsigned deepest = 0, d;
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_array(j))
		json_array_foreach (j, i, value)
			deepest = (d = depth_of(value)) > deepest ? d : deepest;
	else if (json_is_object(j))
		json_object_foreach ((json_t *)j, key, value)
			deepest = (d = depth_of(value)) > deepest ? d : deepest;
	else
		return 0;
	return deepest + 1;
}

/* Strings through our own writer. */
static void check_strings(const json_t *j)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)j, key, value) {
		auto_json json_t *again = NULL;
		auto_buf b = {0};
		char why[160];

		buf_char(&b, '{');
		json_member(&b, key, json_is_string(value) ? json_string_value(value) : key);
		json_member_bool(&b, *key ? "" : "x", true);
		buf_char(&b, '}');
		REQUIRE(json_parse(b.data, b.len, why, &again) == 0);
		REQUIRE(!json_is_string(value) || json_equal(json_object_get(again, key), value));
	}
}

static void check(const json_t *j)
{
	auto_json json_t *again = NULL;
	auto_free char *text = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);
	char why[160] = "";

	REQUIRE(depth_of(j) <= JSON_MAX_DEPTH);
	REQUIRE(text && json_parse(text, strlen(text), why, &again) == 0 && !*why);
	REQUIRE(json_equal(j, again));
	if (json_is_object(j))
		check_strings(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	auto_json json_t *j = NULL;
	char why[160] = "";
	int r = json_parse(text, size, why, &j);

	REQUIRE(r == 0 || (r == -EBADMSG && *why && !j));
	if (r == 0)
		check(j);
	return 0;
}
