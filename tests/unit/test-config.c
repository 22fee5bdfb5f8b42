/* SPDX-License-Identifier: MIT */
/* Config blobs: what is read, and that every wrong type is refused by the name of its key. */
#include "test.h"

#include <errno.h>
#include <stdlib.h>

#include "image/config.h"
#include "lib/strv.h"
#include "lib/text.h"

static int parse(const char *text, char why[static 160], struct image_config *c)
{
	*why = '\0';
	*c = (struct image_config){0};
	return image_config_parse(text, strlen(text), why, c);
}

/* The elements joined by '|'. */
static void check_list(char **v, const char *want)
{
	auto_buf joined = {0};

	buf_str(&joined, "");
	STRV_FOREACH (s, v)
		buf_fmt(&joined, "%s%s", s == v ? "" : "|", *s);
	CHECK_STREQ(joined.data, want);
}

static void check_full(void)
{
	static const char text[] =
		"{\"architecture\":\"arm64\",\"variant\":\"v8\",\"os\":\"linux\","
		"\"created\":\"2024-01-02T03:04:05Z\",\"author\":7,\"history\":[{\"x\":1}],"
		"\"config\":{\"User\":\"app:staff\",\"WorkingDir\":\"/srv\","
		"\"Env\":[\"PATH=/bin:/usr/bin\",\"EMPTY=\",\"EQ=a=b\",\"my.var-1=x\\ny\"],"
		"\"Entrypoint\":[\"/init\",\"\"],\"Cmd\":[\"sh\",\"-c\",\"true\"],"
		"\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":null},"
		"\"Volumes\":{\"/data\":{},\"/var/lib/x\":{}},"
		"\"Labels\":{\"a\":\"1\",\"b\":\"\",\"c\":null},\"StopSignal\":\"SIGQUIT\","
		"\"Healthcheck\":{\"Test\":[\"CMD\",\"true\"],\"Interval\":1000},"
		"\"Unknown\":[1,2],\"ArgsEscaped\":true},"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}";
	struct image_config c;
	char why[160];

	if (!CHECK(parse(text, why, &c) == 0)) {
		(void)printf("\t%s\n", why);
		return;
	}
	CHECK_STREQ(c.os, "linux");
	CHECK_STREQ(c.architecture, "arm64");
	CHECK_STREQ(c.variant, "v8");
	CHECK_STREQ(c.created, "2024-01-02T03:04:05Z");
	CHECK_STREQ(c.user, "app:staff");
	CHECK_STREQ(c.working_dir, "/srv");
	CHECK_STREQ(c.stop_signal, "SIGQUIT");
	CHECK_STREQ(c.healthcheck, "{\"Test\":[\"CMD\",\"true\"],\"Interval\":1000}");
	check_list(c.env, "PATH=/bin:/usr/bin|EMPTY=|EQ=a=b|my.var-1=x\ny");
	check_list(c.entrypoint, "/init|");
	check_list(c.cmd, "sh|-c|true");
	check_list(c.exposed_ports, "80/tcp|53/udp");
	check_list(c.volumes, "/data|/var/lib/x");
	check_list(c.labels, "a=1|b=|c=");
	image_config_done(&c);
	CHECK(!c.env && !c.os);
	image_config_done(&c);
}

/* Silent documents, and null in every place. */
static void check_silent(void)
{
	static const char *const texts[] = {
		"{}",
		"{\"config\":{}}",
		"{\"config\":null,\"os\":null,\"created\":null}",
		"{\"config\":{\"Env\":null,\"Entrypoint\":null,\"Cmd\":null,\"User\":null,"
		"\"Volumes\":null,\"Labels\":null,\"Healthcheck\":null,\"ExposedPorts\":null}}",
		"{\"config\":{\"Env\":[],\"Entrypoint\":[],\"User\":\"\",\"WorkingDir\":\"\","
		"\"Volumes\":{},\"Labels\":{}},\"variant\":\"\"}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct image_config c;
		char why[160];

		if (!CHECK(parse(texts[i], why, &c) == 0))
			continue;
		CHECK(strv_len(c.env) == 0 && strv_len(c.entrypoint) == 0 && strv_len(c.cmd) == 0);
		CHECK(strv_len(c.volumes) == 0 && strv_len(c.labels) == 0);
		CHECK(!c.user && !c.working_dir && !c.healthcheck && !c.os && !c.variant);
		image_config_done(&c);
	}
}

static const struct {
	const char *text, *why;
} bad[] = {
	{"[]", "the document: not an object"},
	{"null", NULL},
	{"", NULL},
	{"{", NULL},
	{"{} x", NULL},
	{"{\"os\":\"a\",\"os\":\"b\"}", NULL},
	{"{\"os\":\"\xff\"}", NULL},
	{"{\"os\":\"a\\u0000b\"}", NULL},
	{"{\"config\":[]}", "config: not an object"},
	{"{\"config\":\"x\"}", "config: not an object"},
	{"{\"os\":1}", "os: not a string"},
	{"{\"architecture\":[]}", "architecture: not a string"},
	{"{\"created\":0}", "created: not a string"},
	{"{\"config\":{\"User\":0}}", "User: not a string"},
	{"{\"config\":{\"WorkingDir\":{}}}", "WorkingDir: not a string"},
	{"{\"config\":{\"StopSignal\":15}}", "StopSignal: not a string"},
	{"{\"config\":{\"Cmd\":\"sh -c true\"}}", "Cmd: not an array of strings"},
	{"{\"config\":{\"Cmd\":[\"a\",1]}}", "Cmd: not an array of strings"},
	{"{\"config\":{\"Cmd\":[null]}}", "Cmd: not an array of strings"},
	{"{\"config\":{\"Entrypoint\":{}}}", "Entrypoint: not an array of strings"},
	{"{\"config\":{\"Env\":{\"A\":\"b\"}}}", "Env: not an array of NAME=value"},
	{"{\"config\":{\"Env\":[\"A\"]}}", "Env: not an array of NAME=value"},
	{"{\"config\":{\"Env\":[\"\"]}}", "Env: not an array of NAME=value"},
	{"{\"config\":{\"Env\":[\"=x\"]}}", "Env: not an array of NAME=value"},
	{"{\"config\":{\"Env\":[\"A=1\",\"B\\nC=2\"]}}", "Env: not an array of NAME=value"},
	{"{\"config\":{\"Env\":[\"A=1\",2]}}", "Env: not an array of NAME=value"},
	{"{\"config\":{\"Env\":[\"A\\u0000=1\"]}}", NULL},
	{"{\"config\":{\"Volumes\":[\"/data\"]}}", "Volumes: not an object with empty objects"},
	{"{\"config\":{\"Volumes\":{\"/a\":1}}}", "Volumes: not an object with empty objects"},
	{"{\"config\":{\"Volumes\":{\"\":{}}}}", "Volumes: not an object with empty objects"},
	{"{\"config\":{\"ExposedPorts\":[80]}}", "ExposedPorts: not an object with empty objects"},
	{"{\"config\":{\"Labels\":{\"a\":1}}}", "Labels: not an object of strings"},
	{"{\"config\":{\"Labels\":[\"a=1\"]}}", "Labels: not an object of strings"},
	{"{\"config\":{\"Healthcheck\":\"x\"}}", "Healthcheck: not an object as docker writes it"},
	{"{\"config\":{\"Healthcheck\":{\"Test\":\"CMD x\"}}}",
	 "Healthcheck: not an object as docker writes it"},
	{"{\"config\":{\"Healthcheck\":{\"Test\":[\"CMD\",1]}}}",
	 "Healthcheck: not an object as docker writes it"},
	{"{\"config\":{\"Healthcheck\":{\"Interval\":\"30s\"}}}",
	 "Healthcheck: not an object as docker writes it"},
	{"{\"config\":{\"Healthcheck\":{\"Retries\":1.5}}}",
	 "Healthcheck: not an object as docker writes it"},
};

static void check_bad(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct image_config c;
		char why[160];

		if (!CHECK(parse(bad[i].text, why, &c) == -EBADMSG)) {
			(void)printf("\t%s\n", bad[i].text);
			image_config_done(&c);
			continue;
		}
		CHECK(*why && !strchr(why, '\n'));
		CHECK(!c.env && !c.cmd && !c.user); /* written on success only */
		if (bad[i].why)
			CHECK_STREQ(why, bad[i].why);
	}
}

static void check_depth(void)
{
	char text[512], why[160];
	struct image_config c;
	size_t n = 0;

	n += (size_t)snprintf(text, sizeof(text), "{\"x\":");
	memset(text + n, '[', 100);
	memset(text + n + 100, ']', 100);
	(void)strcpy(text + n + 200, "}");
	CHECK(parse(text, why, &c) == -EBADMSG);
	CHECK(strstr(why, "deep"));
}

/* The deepest blob that is accepted still fits where its reduced form goes, one level down. */
static void check_reduce(void)
{
	auto_free char *reduced = NULL, *record = NULL;
	auto_json json_t *j = NULL;
	struct image_config c;
	char text[512], why[160];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text),
			     "{\"history\":7,\"config\":{\"Healthcheck\":{\"x\":");
	memset(text + n, '[', 61);
	memset(text + n + 61, ']', 61);
	(void)strcpy(text + n + 122, "},\"Tty\":true,\"User\":null}}");
	CHECK(parse(text, why, &c) == 0);
	image_config_done(&c);
	if (!CHECK(image_config_reduce(text, strlen(text), &reduced) == 0))
		return;
	CHECK(!strstr(reduced, "history") && !strstr(reduced, "Tty"));
	record = text_format("{\"config\":%s}", reduced);
	CHECK(json_parse(record, strlen(record), why, &j) == 0);
	CHECK(image_config_read_reduced(json_object_get(j, "config"), &c) == 0 && c.healthcheck);
	image_config_done(&c);
	CHECK(image_config_read_reduced(NULL, &c) == -EBADMSG);
}

int main(void)
{
	check_full();
	check_silent();
	check_bad();
	check_depth();
	check_reduce();
	return test_report();
}
