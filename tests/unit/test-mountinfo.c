/* SPDX-License-Identifier: MIT */
/* Lines of mountinfo: with and without optional fields, with escapes, and cut off. */
#include "test.h"

#include "lib/mountinfo.h"

int main(void)
{
	char text[] = "22 1 0:21 / /proc rw,nosuid shared:3 master:1 - proc proc rw,hidepid=2\n"
		      "23 22 0:4 /a\\040b /mnt/a\\040b\\134c\\09 ro - fuse.x - rw\n"
		      "24 22 0:4 / /no/type rw\n"
		      "25 22 0:4 - ext4 /dev/a rw\n"
		      "\n"
		      "26 22 8:1 / / rw,relatime - ext4 /dev/a";
	struct mountinfo m = {0};
	char *rest = text, *none = NULL;

	CHECK(mountinfo_next(&rest, &m));
	CHECK_STREQ(m.target, "/proc");
	CHECK_STREQ(m.flags, "rw,nosuid");
	CHECK_STREQ(m.type, "proc");
	CHECK(mountinfo_next(&rest, &m));
	CHECK_STREQ(m.target, "/mnt/a b\\c\\09");
	CHECK_STREQ(m.flags, "ro");
	CHECK_STREQ(m.type, "fuse.x");
	CHECK(mountinfo_next(&rest, &m)); /* those that are not whole are passed over */
	CHECK_STREQ(m.target, "/");
	CHECK_STREQ(m.type, "ext4");
	CHECK(!mountinfo_next(&rest, &m) && !mountinfo_next(&none, &m));
	return test_report();
}
