/* SPDX-License-Identifier: MIT */
/* Resources of config.json: as files of either cgroup, as properties of systemd. */
#include "runtime/oci/resources-parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "runtime/oci/config.h"
#include "test.h"

/* linux.resources, "FILE=VALUE" joined by ';' (NULL: refused), properties likewise. */
static const struct {
	const char *document, *files, *properties;
} cases[] = {
	{"{}", "", ""},
	/* memory and swap together, of which v2 takes swap alone */
	{"{\"memory\":{\"limit\":1000,\"swap\":3000,\"reservation\":500}}",
	 "memory.max=1000;memory.swap.max=2000;memory.low=500",
	 "MemoryMax=1000;MemoryLow=500;MemorySwapMax=2000"},
	{"{\"memory\":{\"limit\":1000,\"swap\":1000}}", "memory.max=1000;memory.swap.max=0",
	 "MemoryMax=1000;MemorySwapMax=0"},
	{"{\"memory\":{\"limit\":1000,\"swap\":-1}}", "memory.max=1000;memory.swap.max=max",
	 "MemoryMax=1000;MemorySwapMax=18446744073709551615"},
	{"{\"memory\":{\"limit\":1000}}", "memory.max=1000", "MemoryMax=1000"},
	{"{\"memory\":{\"limit\":-1}}", "memory.max=max;memory.swap.max=max",
	 "MemoryMax=18446744073709551615;MemorySwapMax=18446744073709551615"},
	{"{\"memory\":{\"limit\":0,\"swap\":0}}", "", ""},
	{"{\"memory\":{\"swap\":1000}}", NULL, NULL},
	{"{\"memory\":{\"limit\":1000,\"swap\":999}}", NULL, NULL},
	{"{\"memory\":{\"limit\":-1,\"swap\":1000}}", NULL, NULL},
	/* what v2 has not */
	{"{\"memory\":{\"swappiness\":60}}", NULL, ""},
	{"{\"memory\":{\"swappiness\":-1}}", "", ""},
	{"{\"memory\":{\"kernel\":1000}}", NULL, ""},
	{"{\"memory\":{\"kernelTCP\":1000}}", NULL, ""},
	{"{\"memory\":{\"disableOOMKiller\":true}}", NULL, ""},
	{"{\"memory\":{\"disableOOMKiller\":false,\"useHierarchy\":true}}", "", ""},
	{"{\"cpu\":{\"realtimeRuntime\":1,\"realtimePeriod\":2}}", NULL, ""},
	{"{\"network\":{\"classID\":1}}", NULL, ""},
	{"{\"network\":{\"priorities\":[{\"name\":\"eth0\",\"priority\":1}]}}", NULL, ""},
	/* processors */
	{"{\"cpu\":{\"shares\":2}}", "cpu.weight=1", "CPUWeight=1"},
	{"{\"cpu\":{\"shares\":1024}}", "cpu.weight=39", "CPUWeight=39"},
	{"{\"cpu\":{\"shares\":262144}}", "cpu.weight=10000", "CPUWeight=10000"},
	{"{\"cpu\":{\"shares\":1}}", "cpu.weight=1", "CPUWeight=1"},
	{"{\"cpu\":{\"quota\":50000,\"period\":200000}}", "cpu.max=50000 200000",
	 "CPUQuotaPeriodUSec=200000;CPUQuotaPerSecUSec=250000"},
	{"{\"cpu\":{\"quota\":-1}}", "cpu.max=max 100000",
	 "CPUQuotaPeriodUSec=100000;CPUQuotaPerSecUSec=18446744073709551615"},
	{"{\"cpu\":{\"quota\":33333}}", "cpu.max=33333 100000",
	 "CPUQuotaPeriodUSec=100000;CPUQuotaPerSecUSec=340000"},
	{"{\"cpu\":{\"quota\":50000,\"burst\":1000}}",
	 "cpu.max.burst=0;cpu.max=50000 100000;cpu.max.burst=1000",
	 "CPUQuotaPeriodUSec=100000;CPUQuotaPerSecUSec=500000"},
	{"{\"cpu\":{\"idle\":1,\"shares\":1024}}", "cpu.idle=1", "CPUWeight=0"},
	{"{\"cpu\":{\"idle\":0,\"shares\":1024}}", "cpu.idle=0;cpu.weight=39", "CPUWeight=39"},
	{"{\"cpu\":{\"cpus\":\"0-1\",\"mems\":\"0\"}}", "cpuset.cpus=0-1;cpuset.mems=0",
	 "AllowedCPUs=0-1;AllowedMemoryNodes=0"},
	/* tasks */
	{"{\"pids\":{\"limit\":5}}", "pids.max=5", "TasksMax=5"},
	{"{\"pids\":{\"limit\":-1}}", "pids.max=max", "TasksMax=18446744073709551615"},
	{"{\"pids\":{\"limit\":0}}", "", ""},
	/* disks */
	{"{\"blockIO\":{\"weight\":10}}", "io.weight=1", "IOWeight=1"},
	{"{\"blockIO\":{\"weight\":1000}}", "io.weight=10000", "IOWeight=10000"},
	{"{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":500}]}}",
	 "io.weight=8:0 4950", ""},
	{"{\"blockIO\":{\"leafWeight\":500}}", NULL, ""},
	{"{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":1,\"rate\":1024}],"
	 "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":1,\"rate\":0}]}}",
	 "io.max=8:1 rbps=1024;io.max=8:1 wiops=max", ""},
	/* the rest */
	{"{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":2097152}]}",
	 "hugetlb.2MB.max=2097152;hugetlb.2MB.rsvd.max=2097152", ""},
	{"{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10000}}}",
	 "rdma.max=mlx5_1 hca_handle=3 hca_object=10000", ""},
	{"{\"rdma\":{\"mlx4_0\":{\"hcaObjects\":1}}}", "rdma.max=mlx4_0 hca_object=1", ""},
	{"{\"unified\":{\"memory.high\":\"4096\",\"io.max\":\"8:0 rbps=1\\n8:1 rbps=2\"}}",
	 "memory.high=4096;io.max=8:0 rbps=1;io.max=8:1 rbps=2", "MemoryHigh=4096"},
	{"{\"unified\":{\"cpu.max\":\"max 50000\",\"pids.max\":\"max\"}}",
	 "cpu.max=max 50000;pids.max=max",
	 "CPUQuotaPeriodUSec=50000;CPUQuotaPerSecUSec=18446744073709551615;"
	 "TasksMax=18446744073709551615"},
};

static void parse(const char *document, struct oci_config *ret)
{
	auto_free char *text = text_format("{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},"
					   "\"linux\":{\"resources\":%s}}",
					   document);

	*ret = (struct oci_config){0};
	CHECK(oci_config_parse("config.json", "/b", text, strlen(text), ret) == 0);
}

static char *join(char *const *v)
{
	struct buf b = {0};

	for (; v && *v; v++)
		buf_fmt(&b, "%s%s", b.len ? ";" : "", *v);
	buf_str(&b, "");
	return buf_take(&b);
}

static void check_case(size_t i)
{
	auto_strv char **files = NULL, **properties = NULL;
	auto_free char *got = NULL;
	struct oci_config c;
	int r;

	parse(cases[i].document, &c);
	r = oci_resources_files(&c.resources, false, &files);
	got = join(files);
	CHECK((r == 0) == (cases[i].files != NULL));
	if (r == 0)
		CHECK_STREQ(got, cases[i].files);
	free(got);
	r = oci_resources_properties(&c.resources, &properties);
	got = join(properties);
	CHECK((r == 0) == (cases[i].properties != NULL));
	if (r == 0)
		CHECK_STREQ(got, cases[i].properties);
	/* what is written is a limit that there is a name for */
	if (!CHECK((oci_resources_first(&c.resources) != NULL) ==
		   (!cases[i].files || *cases[i].files != '\0')))
		(void)printf("%s\n", cases[i].document);
	oci_config_done(&c);
}

static void test_bfq(void)
{
	auto_strv char **files = NULL;
	auto_free char *got = NULL;
	struct oci_config c;

	parse("{\"blockIO\":{\"weight\":300}}", &c);
	CHECK(oci_resources_files(&c.resources, true, &files) == 0);
	got = join(files);
	CHECK_STREQ(got, "io.bfq.weight=300");
	oci_config_done(&c);
}

#define DENIED "devices.deny=a;"
#define DEFAULT_NODES "devices.allow=c *:* m;devices.allow=b *:* m;"
#define DEFAULT_REST                                                               \
	"devices.allow=c 1:5 rwm;devices.allow=c 1:7 rwm;devices.allow=c 1:8 rwm;" \
	"devices.allow=c 1:9 rwm;devices.allow=c 5:0 rwm;devices.allow=c 5:1 rwm;" \
	"devices.allow=c 5:2 rwm;devices.allow=c 136:* rwm"
#define DEFAULTS DEFAULT_NODES "devices.allow=c 1:3 rwm;" DEFAULT_REST

/* As files of v1: limits, and (the last ones) rules of devices. */
static const struct {
	const char *document, *files;
	bool devices;
} v1_cases[] = {
	{"{}", "", false},
	{"{\"memory\":{\"limit\":1000,\"swap\":3000,\"reservation\":500,\"swappiness\":0}}",
	 "memory.limit_in_bytes=1000;memory.memsw.limit_in_bytes=3000;"
	 "memory.soft_limit_in_bytes=500;memory.swappiness=0",
	 false},
	{"{\"memory\":{\"limit\":-1,\"disableOOMKiller\":true}}",
	 "memory.limit_in_bytes=-1;memory.oom_control=1;memory.memsw.limit_in_bytes=-1", false},
	{"{\"cpu\":{\"shares\":1024,\"quota\":-1,\"period\":50000,\"cpus\":\"0\",\"mems\":\"0\"}}",
	 "cpu.shares=1024;cpu.cfs_period_us=50000;cpu.cfs_quota_us=-1;cpuset.cpus=0;cpuset.mems=0",
	 false},
	{"{\"cpu\":{\"idle\":1,\"shares\":1024}}", "cpu.idle=1", false},
	{"{\"cpu\":{\"idle\":0,\"shares\":1024}}", "cpu.shares=1024;cpu.idle=0", false},
	{"{\"pids\":{\"limit\":-1}}", "pids.max=max", false},
	{"{\"pids\":{\"limit\":10},\"unified\":{\"memory.high\":\"1\"}}", "pids.max=10", false},
	{"{\"blockIO\":{\"weight\":10,\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":1,"
	 "\"rate\":1024}]}}",
	 "blkio.weight=10;blkio.throttle.read_bps_device=8:1 1024", false},
	{"{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":2097152}],\"network\":{\"classID\":"
	 "1,"
	 "\"priorities\":[{\"name\":\"eth0\",\"priority\":5}]}}",
	 "net_cls.classid=1;net_prio.ifpriomap=eth0 5", false},
	{"{}", DENIED DEFAULTS, true},
	{"{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}", "", true},
	{"{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"c\","
	 "\"major\":10,\"minor\":229,\"access\":\"rw\"}]}",
	 DENIED "devices.allow=c 10:229 rw;" DEFAULTS, true},
	{"{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":false,\"type\":\"c\","
	 "\"major\":1,\"minor\":3,\"access\":\"rwm\"}]}",
	 DENIED "devices.deny=c 1:3 rwm;" DEFAULT_NODES DEFAULT_REST, true},
	{"{\"devices\":[{\"allow\":true,\"access\":\"rwm\"},{\"allow\":false,\"type\":\"a\","
	 "\"major\":8,\"access\":\"w\"}]}",
	 "devices.deny=c 8:* w;devices.deny=b 8:* w", true},
};

static void test_v1(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(v1_cases); i++) {
		auto_strv char **files = NULL;
		auto_free char *got = NULL;
		struct oci_config c;

		parse(v1_cases[i].document, &c);
		CHECK((v1_cases[i].devices ? oci_devices_v1 : oci_resources_v1)(&c.resources,
										&files) == 0);
		got = join(files);
		CHECK_STREQ(got, v1_cases[i].files);
		oci_config_done(&c);
	}
}

/* Names that the reader refuses, should somebody else have made them. */
static void test_unified_names(void)
{
	static char *const names[] = {"../x.y", "a/b.c", "max", "", "memory.max=1"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		static char value[] = "1";
		struct oci_pair pair = {names[i], value};
		struct oci_resources r = {.unified = &pair, .n_unified = 1};
		auto_strv char **files = NULL;

		CHECK(oci_resources_files(&r, false, &files) < 0);
	}
}

/* What has to be written to undo that. */
static void test_undo(void)
{
	static const struct {
		const char *file, *text, *value, *old;
	} undo[] = {
		{"memory.max", "max\n", "4096", "max"},
		{"cpu.max", "max 100000\n", "5000 10000", "max 100000"},
		{"cpuset.cpus", "\n", "0-1", "\n"},
		{"io.weight", "default 100\n8:0 50\n", "200", "default 100"},
		{"io.weight", "default 100\n8:0 50\n", "8:0 70", "8:0 50"},
		{"io.weight", "default 100\n", "8:0 70", "8:0 default"},
		{"io.max", "8:16 rbps=1 wbps=max\n8:1 rbps=2 wbps=3\n", "8:1 wbps=9",
		 "8:1 rbps=2 wbps=3"},
		{"io.max", "8:16 rbps=1 wbps=max\n", "8:1 wbps=9",
		 "8:1 rbps=max wbps=max riops=max wiops=max"},
		{"rdma.max", "", "mlx4_0 hca_handle=2", "mlx4_0 hca_handle=max hca_object=max"},
		{"memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 7\n", "0", "1"},
		{"blkio.weight", "500\n", "10", "500"},
		{"blkio.throttle.read_bps_device", "8:16 10\n8:1 20\n", "8:1 30", "8:1 20"},
		{"blkio.throttle.read_bps_device", "8:16 10\n", "8:1 30", "8:1 0"},
		{"net_prio.ifpriomap", "lo 0\neth0 5\n", "eth0 7", "eth0 5"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(undo); i++) {
		auto_free char *old = oci_resources_old(undo[i].file, undo[i].text, undo[i].value);

		CHECK_STREQ(old, undo[i].old);
	}
}

/* What is written is noted, and with cpu.idle the weight that it costs; what is not is not. */
static void test_noted(void)
{
	static const char *const files[][2] = {
		{"cpu.idle", "0\n"}, {"cpu.weight", "39\n"}, {"pids.max", "max\n"}};
	char top[] = "/tmp/nap-resources.XXXXXX";
	auto_strv char **old = NULL;
	auto_free char *noted = NULL;
	auto_fd int fd = mkdtemp(top) ? open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (!CHECK(fd >= 0))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		CHECK(fs_write_file(fd, files[i][0], files[i][1], strlen(files[i][1]), 0600) == 0);
	CHECK(oci_resources_write(fd, "pids.max", "5", &old) == 0);
	CHECK(oci_resources_write(fd, "cpu.shares", "5", &old) == -ENOENT);
	CHECK(oci_resources_write(fd, "cpu.idle", "1", &old) == 0);
	CHECK(oci_resources_write(fd, "cpu.idle", "0", &old) == 0); /* there is no weight to keep */
	CHECK(oci_resources_write(fd, "pids.max", "7", NULL) == 0);
	noted = join(old);
	CHECK_STREQ(noted, "pids.max=max;cpu.weight=39;cpu.idle=0;cpu.idle=1");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		(void)unlinkat(fd, files[i][0], 0);
	(void)rmdir(top);
}

int main(void)
{
	log_set_fd(-1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_case(i);
	test_bfq();
	test_v1();
	test_unified_names();
	test_undo();
	test_noted();
	return test_report();
}
