/* SPDX-License-Identifier: MIT */
/* What an app tells systemd: MAINPID= never gets through, and nothing else is lost. */
#include "fuzz.h"

#include "lib/cleanup.h"
#include "runtime/stub-filter.h"

static bool is_main_pid(const char *line, size_t n)
{
	return n >= 7 && memcmp(line, "MAINPID", 7) == 0;
}

/* Line by line, as systemd parts them; the kept ones in order. */
static size_t expected(const char *in, size_t n, char *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < n;) {
		size_t end = i;

		while (end < n && in[end] != '\n' && in[end] != '\r')
			end++;
		end += end < n;
		if (!is_main_pid(in + i, end - i)) {
			memcpy(out + kept, in + i, end - i);
			kept += end - i;
		}
		i = end;
	}
	return kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size), *want = fuzz_text(data, size);
	size_t n = expected((const char *)data, size, want);

	REQUIRE(notify_filter(text, size) == n && memcmp(text, want, n) == 0);
	/* nor when what was around it is gone */
	REQUIRE(notify_filter(text, n) == n);
	return 0;
}
