/* SPDX-License-Identifier: MIT */
/* The strict reader and the writer, and that the reader takes what the writer makes. */
#include "test.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/json.h"
#include "lib/strv.h"

static int parse(const char *text, size_t len, char why[static 160])
{
	auto_json json_t *j = NULL;
	int r;

	*why = '\0';
	r = json_parse(text, len, why, &j);
	CHECK((r == 0) == (j != NULL) && (r == 0) == (*why == '\0'));
	return r;
}

static void check_strict(void)
{
	static const struct {
		const char *text;
		size_t len; /* 0: strlen */
	} bad[] = {
		{"", 0},
		{" ", 0},
		{"{", 0},
		{"{}}", 0},
		{"{} {}", 0},
		{"{}x", 0},
		{"{}\0", 3},
		{"{\"a\":1,\"a\":2}", 0},
		{"{\"a\":\"\\u0000\"}", 0},
		{"{\"a\\u0000b\":1}", 0},
		{"{\"a\":\"\xff\"}", 0},
		{"{\"a\":\"\xed\xa0\x80\"}", 0},
		{"{\"a\":\"\\ud800\"}", 0},
		{"{\"a\":'b'}", 0},
		{"{a:1}", 0},
		{"{\"a\":1,}", 0},
		{"[1,]", 0},
		{"{\"a\":01}", 0},
		{"{\"a\":NaN}", 0},
		{"{\"a\":99999999999999999999}", 0},
		{"{\"a\":1e999}", 0},
		{"{\"a\":\"\n\"}", 0},
		{"// x\n{}", 0},
		{"\xef\xbb\xbf{}", 0},
	};
	char why[160];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		size_t len = bad[i].len ? bad[i].len : strlen(bad[i].text);

		if (!CHECK(parse(bad[i].text, len, why) == -EBADMSG))
			(void)printf("\t%s\n", bad[i].text);
	}
	CHECK(parse(" {\"a\":[1,2.5,true,null,\"\\u20ac\"]}\n", 34, why) == 0);
}

static void check_depth(void)
{
	char text[300], why[160];

	for (size_t depth = 10; depth < 70; depth++) {
		memset(text, '[', depth);
		text[depth] = '1'; /* a number is no level */
		memset(text + depth + 1, ']', depth);
		CHECK(parse(text, 2 * depth + 1, why) == (depth <= 64 ? 0 : -EBADMSG));
	}
	memset(text, '[', sizeof(text));
	CHECK(parse(text, sizeof(text), why) == -EBADMSG);
}

static void check_getters(void)
{
	static const char text[] = "{\"s\":\"x\",\"n\":null,\"i\":-5,\"r\":1.5,\"b\":true,"
				   "\"o\":{},\"a\":[\"p\",\"q\"],\"m\":[\"p\",1]}";
	auto_json json_t *j = NULL, *borrowed = NULL;
	auto_strv char **v = NULL;
	auto_free char *copy = NULL;
	const char *s = "before";
	int64_t i = 7;
	bool b = false;
	char why[160];

	if (!CHECK(json_parse(text, strlen(text), why, &j) == 0))
		return;
	CHECK(json_get_string(j, "absent", &s) == 0 && json_get_string(j, "n", &s) == 0);
	CHECK_STREQ(s, "before");
	CHECK(json_get_string(j, "i", &s) == -EBADMSG);
	CHECK(json_get_string(j, "s", &s) == 1);
	CHECK_STREQ(s, "x");
	CHECK(json_get_text(j, "n", &copy) == 0 && json_get_text(j, "i", &copy) == -EBADMSG);
	CHECK(!copy && json_get_text(j, "s", &copy) == 1);
	CHECK_STREQ(copy, "x");
	CHECK(json_get_i64(j, "i", &i) == 1 && i == -5);
	CHECK(json_get_i64(j, "r", &i) == -EBADMSG && json_get_i64(j, "s", &i) == -EBADMSG);
	CHECK(json_get_bool(j, "b", &b) == 1 && b && json_get_bool(j, "i", &b) == -EBADMSG);
	CHECK(json_get_strv(j, "a", &v) == 1 && strv_len(v) == 2);
	CHECK(json_get_strv(j, "m", &v) == -EBADMSG && json_get_strv(j, "o", &v) == -EBADMSG);
	CHECK(json_get_strv(j, "n", &v) == 0);
	{
		json_t *object = NULL;

		CHECK(json_get_object(j, "a", &object) == -EBADMSG && !object);
		CHECK(json_get_array(j, "o", &object) == -EBADMSG && !object);
		CHECK(json_get_object(j, "o", &object) == 1 && object);
		CHECK(json_get_array(j, "a", &object) == 1 && json_array_size(object) == 2);
	}
	CHECK(!borrowed);
}

static void check_writer(void)
{
	static char first[] = "a\"\\\n\x01\x7f", second[] = "bad\xff utf \xc3\xa9";
	static char *list[] = {first, second, NULL};
	auto_buf b = {0};
	char why[160];

	buf_char(&b, '{');
	json_member(&b, "s", "v");
	json_member(&b, "left out", NULL);
	json_member_i64(&b, "i", INT64_MIN);
	json_member_bool(&b, "t", true);
	json_member_strv(&b, "v", list);
	json_member_strv(&b, "none", NULL);
	json_open_object(&b, "o");
	json_member(&b, "k\n", "x[");
	json_member(&b, "l", "{");
	buf_char(&b, '}');
	json_open_array(&b, "e");
	for (int i = 0; i < 2; i++) {
		json_open_object(&b, NULL);
		buf_char(&b, '}');
		json_open_array(&b, NULL);
		buf_char(&b, ']');
	}
	buf_str(&b, "]}");
	CHECK_STREQ(b.data, "{\"s\":\"v\",\"i\":-9223372036854775808,\"t\":true,"
			    "\"v\":[\"a\\\"\\\\\\u000a\\u0001\\u007f\","
			    "\"bad\xef\xbf\xbd utf \xc3\xa9\"],\"none\":[],"
			    "\"o\":{\"k\\u000a\":\"x[\",\"l\":\"{\"},"
			    "\"e\":[{},[],{},[]]}");
	CHECK(parse(b.data, b.len, why) == 0);
}

/* Arrays of nothing: small as text, large in memory. */
static void check_values(void)
{
	auto_buf b = {0};
	char why[160];

	buf_str(&b, "[0,\"\\\"[[[,,,\"");
	for (unsigned i = 0; i < JSON_MAX_VALUES / 2 - 2; i++)
		buf_str(&b, ",[]");
	buf_str(&b, "]");
	CHECK(parse(b.data, b.len, why) == 0);
	b.len--;
	buf_str(&b, ",[],[]]");
	CHECK(parse(b.data, b.len, why) == -EBADMSG);
	CHECK(strstr(why, "values") != NULL);
}

/* Numbers above INT64_MAX are kept exactly, and are no numbers or strings to the other getters. */
static void test_wide(void)
{
	static const char text[] =
		"{\"a\":18446744073709551615,\"b\":[9223372036854775808,9223372036854775807],"
		"\"s\":\"x\\\"18446744073709551615\",\"n\":-9223372036854775808}";
	auto_json json_t *j = NULL, *none = NULL;
	uint64_t value = 0;
	json_t *b = NULL;
	char why[160];
	int64_t i;

	if (!CHECK(json_parse_wide(text, strlen(text), why, &j) == 0))
		return;
	CHECK(json_is_wide(json_object_get(j, "a"), &value) && value == UINT64_MAX);
	CHECK(json_get_i64(j, "a", &i) == -EBADMSG);
	CHECK(json_get_array(j, "b", &b) == 1);
	CHECK(json_is_wide(json_array_get(b, 0), &value) && value == 1ULL << 63);
	CHECK(!json_is_wide(json_array_get(b, 1), NULL) && !json_is_wide(NULL, NULL));
	CHECK(json_integer_value(json_array_get(b, 1)) == INT64_MAX);
	CHECK_STREQ(json_string_value(json_object_get(j, "s")), "x\"18446744073709551615");
	CHECK(json_get_i64(j, "n", &i) == 1 && i == INT64_MIN);
	CHECK(json_parse_wide("[18446744073709551616]", 22, why, &none) == -EBADMSG);
	CHECK(json_parse_wide("[-18446744073709551615]", 23, why, &none) == -EBADMSG);
	CHECK(json_parse_wide("\"\\", 2, why, &none) == -EBADMSG);
	CHECK(json_parse(text, strlen(text), why, &none) == -EBADMSG && !none);
}

int main(void)
{
	test_wide();
	check_strict();
	check_values();
	check_depth();
	check_getters();
	check_writer();
	return test_report();
}
