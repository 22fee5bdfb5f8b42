/* SPDX-License-Identifier: MIT */
/* What cgroupsPath leads to, and texts of cgroup files. */
#include "runtime/oci/cgroup-parts.h"

#include <stdlib.h>

#include "lib/cleanup.h"
#include "test.h"

/* NULL: refused */
static const struct {
	const char *path, *own, *want;
} directories[] = {
	{"/a/b", CGROUP_TOP "/x", CGROUP_TOP "/a/b"},
	{"/a//b/", CGROUP_TOP "/x", CGROUP_TOP "/a/b"},
	{"/../../etc", CGROUP_TOP "/x", CGROUP_TOP "/etc"},
	{"/a/../..", CGROUP_TOP "/x", NULL},
	{"/", CGROUP_TOP "/x", NULL},
	{"a/b", CGROUP_TOP "/x/y", CGROUP_TOP "/x/a/b"},
	{"a", CGROUP_TOP "/x", CGROUP_TOP "/a"},
	{"a", CGROUP_TOP, CGROUP_TOP "/a"},
	{"../../a", CGROUP_TOP "/x/y", CGROUP_TOP "/x/a"},
	{"..", CGROUP_TOP "/x/y", NULL},
	{"", CGROUP_TOP "/x/y", CGROUP_TOP "/x/id"},
	{NULL, CGROUP_TOP, CGROUP_TOP "/id"},
};

static const struct {
	const char *path, *slice, *unit;
} scopes[] = {
	{"machine.slice:libpod:1234", "machine.slice", "libpod-1234.scope"},
	{"a-b.slice:cri-containerd:12", "a-b.slice", "cri-containerd-12.scope"},
	{":runc:x", "system.slice", "runc-x.scope"},
	{"system.slice::x", "system.slice", "x.scope"},
	{"system.slice:p:x.scope", "system.slice", "x.scope"},
	{NULL, "system.slice", "nap-id.scope"},
	{"", "system.slice", "nap-id.scope"},
	{"/a/b", NULL, NULL},
	{"a.slice:b", NULL, NULL},
	{"a.slice:b:", NULL, NULL},
	{"a.slice:b:c:d", NULL, NULL},
	{"a:b:c", NULL, NULL},
	{"a.slice:b:c.slice", NULL, NULL},
	{"a.slice:b:c/d", NULL, NULL},
	{"../a.slice:b:c", NULL, NULL},
};

static void test_paths(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		auto_free char *got = NULL;

		(void)cgroup_path_dir(CGROUP_TOP, directories[i].path, "id", directories[i].own,
				      &got);
		CHECK_STREQ(got, directories[i].want);
	}
	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++) {
		auto_free char *slice = NULL, *unit = NULL;

		(void)cgroup_path_scope(scopes[i].path, "id", &slice, &unit);
		CHECK_STREQ(slice, scopes[i].slice);
		CHECK_STREQ(unit, scopes[i].unit);
	}
}

static void test_texts(void)
{
	static const char events[] = "populated 1\nfrozen 0\nmax 7\n";
	uint64_t n;

	CHECK(cgroup_key(events, "populated", &n) == 0 && n == 1);
	CHECK(cgroup_key(events, "frozen", &n) == 0 && n == 0);
	CHECK(cgroup_key(events, "max", &n) == 0 && n == 7);
	CHECK(cgroup_key(events, "ax", &n) < 0);
	CHECK(cgroup_key(events, "froz", &n) < 0);
	CHECK(cgroup_key("", "max", &n) < 0);
	CHECK(cgroup_has_word("cpuset cpu io\n", "cpu"));
	CHECK(cgroup_has_word("cpuset cpu io\n", "io"));
	CHECK(!cgroup_has_word("cpuset io\n", "cpu"));
	CHECK(!cgroup_has_word("", "cpu"));
}

int main(void)
{
	test_paths();
	test_texts();
	return test_report();
}
