/* SPDX-License-Identifier: MIT */
/* Which of several images suits a machine. */
#include "image/platform.h"

#include <errno.h>

#include "test.h"

static int score(const char *wanted, const char *image)
{
	struct platform w, i;

	CHECK(platform_parse(wanted, &w) == 0);
	CHECK(platform_parse(image, &i) == 0);
	return platform_score(&w, &i);
}

static void check_parse(void)
{
	struct platform p;
	char text[100];

	CHECK(platform_parse("linux/x86_64", &p) == 0);
	CHECK_STREQ(p.arch, "amd64");
	CHECK(platform_parse("linux/aarch64/v8", &p) == 0);
	platform_format(&p, text);
	CHECK_STREQ(text, "linux/arm64/v8");
	CHECK(platform_parse("linux/armhf", &p) == 0);
	CHECK_STREQ(p.variant, "v7");
	CHECK(platform_parse("linux", &p) == -EINVAL);
	CHECK(platform_parse("linux/", &p) == -EINVAL);
	CHECK(platform_parse("/amd64", &p) == -EINVAL);
	CHECK(platform_parse("linux/amd64/v1/x", &p) == -EINVAL);
	CHECK(platform_parse("linux/am d64", &p) == -EINVAL);
	CHECK(platform_parse("", &p) == -EINVAL);
}

static void check_score(void)
{
	CHECK(score("linux/amd64", "linux/amd64") > 0);
	CHECK(score("linux/amd64", "linux/amd64/v1") > 0);
	CHECK(score("linux/amd64", "linux/amd64/v3") == 0);
	CHECK(score("linux/amd64/v3", "linux/amd64/v3") > score("linux/amd64/v3", "linux/amd64"));
	CHECK(score("linux/amd64", "linux/arm64") == 0);
	CHECK(score("linux/amd64", "windows/amd64") == 0);
	CHECK(score("linux/arm64", "linux/arm64/v8") > 0);
	CHECK(score("linux/arm64/v8", "linux/arm64") > 0);
	CHECK(score("linux/arm64", "linux/arm64/v9") == 0);
	CHECK(score("linux/arm/v7", "linux/arm/v7") > score("linux/arm/v7", "linux/arm/v6"));
	CHECK(score("linux/arm/v7", "linux/arm/v6") > score("linux/arm/v7", "linux/arm/v5"));
	CHECK(score("linux/arm/v6", "linux/arm/v7") == 0);
	CHECK(score("linux/arm", "linux/arm/v8") > score("linux/arm", "linux/arm/v7"));
	CHECK(score("linux/riscv64", "linux/riscv64") > 0);
}

static void check_long(void)
{
	struct platform w, i;

	platform_native(&w);
	platform_set(&i, "linux", "an-architecture-with-a-very-long-name", NULL);
	CHECK(platform_score(&w, &i) == 0);
	platform_set(&i, "linux", NULL, NULL);
	CHECK(platform_score(&w, &i) > 0); /* very old images do not say */
}

int main(void)
{
	check_parse();
	check_score();
	check_long();
	return test_report();
}
