/* SPDX-License-Identifier: MIT */
/* What is wrong with a config.json, and the one line that says so. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/log.h"
#include "lib/text.h"
#include "runtime/oci/config.h"
#include "test.h"

#define OK NULL
#define LINUX(text) "\"linux\":{" text "}"
#define RESOURCES(text) LINUX("\"resources\":{" text "}")
#define PROCESS(text) "\"process\":{\"cwd\":\"/\",\"args\":[\"x\"]," text "}"
#define MOUNT(text) "\"mounts\":[{\"destination\":\"/d\"," text "}]"
#define NAMESPACES(text) "\"namespaces\":[" text "]"

/* What follows version and root in a document, and what follows "config.json: ". */
static const struct {
	const char *members, *message;
} cases[] = {
	{"\"unknown\":{\"a\":[]}", OK},
	{"\"process\":null,\"linux\":null,\"mounts\":[]", OK},
	{"\"vm\":{},\"windows\":{\"x\":1}", OK},

	{"\"process\":[]", "process: not an object"},
	{"\"process\":{}", "process.args: missing"},
	{"\"process\":{\"args\":[]}", "process.cwd: missing"},
	{"\"process\":{\"args\":[],\"cwd\":\"/\"}", "process.args: empty"},
	{"\"process\":{\"args\":[\"x\"],\"cwd\":\"x\"}",
	 "process.cwd: \"x\": not an absolute path"},
	{"\"process\":{\"args\":[1],\"cwd\":\"/\"}", "process.args[0]: not a string"},
	{"\"process\":{\"args\":\"x\",\"cwd\":\"/\"}", "process.args: not a list"},
	{PROCESS("\"terminal\":1"), "process.terminal: not true or false"},
	{PROCESS("\"env\":[\"A=\",\"B\"]"), "process.env: \"B\": not NAME=VALUE"},
	{PROCESS("\"user\":{\"uid\":-1}"), "process.user.uid: not a number from 0 to 4294967294"},
	{PROCESS("\"user\":{\"uid\":4294967295}"),
	 "process.user.uid: not a number from 0 to 4294967294"},
	{PROCESS("\"user\":{\"uid\":18446744073709551615}"),
	 "process.user.uid: not a number from 0 to 4294967294"},
	{PROCESS("\"user\":{\"uid\":1.5}"), "process.user.uid: not a whole number"},
	{PROCESS("\"user\":{\"uid\":\"0\"}"), "process.user.uid: not a whole number"},
	{PROCESS("\"user\":{\"umask\":512}"), "process.user.umask: not a number from 0 to 511"},
	{PROCESS("\"user\":{\"additionalGids\":[1,-2]}"),
	 "process.user.additionalGids[1]: not a number from 0 to 4294967294"},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_FOO\",\"soft\":1,\"hard\":1}]"),
	 "process.rlimits[0].type: \"RLIMIT_FOO\": unknown limit"},
	{PROCESS("\"rlimits\":[{\"type\":\"nofile\",\"soft\":1,\"hard\":1}]"),
	 "process.rlimits[0].type: \"nofile\": unknown limit"},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1}]"),
	 "process.rlimits[0].hard: missing"},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]"),
	 "process.rlimits[0]: the soft limit is above the hard one"},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},"
		 "{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":2}]"),
	 "process.rlimits: two of the same type (cpu)"},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,"
		 "\"hard\":18446744073709551616}]"),
	 "line 1: too big integer near '18446744073709551616'"},
	{PROCESS("\"oomScoreAdj\":1001"), "process.oomScoreAdj: not a number from -1000 to 1000"},
	{PROCESS("\"scheduler\":{}"), "process.scheduler.policy: missing"},
	{PROCESS("\"scheduler\":{\"policy\":\"FIFO\"}"),
	 "process.scheduler.policy: \"FIFO\": unknown"},
	{PROCESS("\"scheduler\":{\"policy\":\"SCHED_RR\",\"flags\":[\"x\"]}"),
	 "process.scheduler.flags[0]: \"x\": unknown"},
	{PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":8}"),
	 "process.ioPriority.priority: not a number from 0 to 7"},
	{PROCESS("\"execCPUAffinity\":{\"initial\":\"a\"}"),
	 "process.execCPUAffinity.initial: \"a\": not a list of CPUs"},

	{"\"mounts\":{}", "mounts: not a list"},
	{"\"mounts\":[{\"type\":\"tmpfs\"}]", "mounts[0].destination: missing"},
	{"\"mounts\":[{\"destination\":\"\"}]", "mounts[0].destination: empty"},
	{MOUNT("\"source\":\"x\""), "mounts[0].type: missing"},
	{MOUNT("\"type\":\"bind\""), "mounts[0]: a bind mount needs a source"},
	{MOUNT("\"type\":\"tmpfs\",\"options\":[\"idmap\"]"),
	 "mounts[0]: only bind mounts can be idmapped"},
	{MOUNT("\"source\":\"/\",\"options\":[\"bind\",\"idmap=uids=0-1\"]"),
	 "mounts[0].options: \"0-1\": not INSIDE-OUTSIDE-SIZE"},
	{MOUNT("\"source\":\"/\",\"options\":[\"bind\",\"idmap=x\"]"),
	 "mounts[0].options: \"x\": not uids= or gids="},
	{MOUNT("\"source\":\"/\",\"options\":[\"bind\"],\"uidMappings\":[{\"containerID\":0,"
	       "\"hostID\":0,\"size\":1}]"),
	 "mounts[0]: uidMappings and gidMappings are only good together"},
	{MOUNT("\"source\":\"/\",\"options\":[\"bind\"],\"uidMappings\":[{\"containerID\":0,"
	       "\"hostID\":0,\"size\":0}]"),
	 "mounts[0].uidMappings[0].size: not a number from 1 to 4294967295"},

	{"\"hooks\":{\"prestart\":[{\"path\":\"x\"}]}",
	 "hooks.prestart[0].path: \"x\": not an absolute path"},
	{"\"hooks\":{\"prestart\":[{}]}", "hooks.prestart[0].path: missing"},
	{"\"hooks\":{\"poststop\":[{\"path\":\"/x\",\"timeout\":0}]}",
	 "hooks.poststop[0].timeout: not a number from 1 to 2147483647"},
	{"\"annotations\":{\"\":\"x\"}", "annotations.: a name is empty"},
	{"\"annotations\":{\"a\":1}", "annotations.a: not a string"},
	{"\"hostname\":\"h\"", "hostname: only with a uts namespace"},
	{"\"domainname\":\"h\"", "domainname: only with a uts namespace"},

	{LINUX(NAMESPACES("{\"type\":\"x\"}")),
	 "linux.namespaces[0].type: \"x\": unknown namespace"},
	{LINUX(NAMESPACES("{\"path\":\"/\"}")), "linux.namespaces[0].type: missing"},
	{LINUX(NAMESPACES("{\"type\":\"pid\",\"path\":\"x\"}")),
	 "linux.namespaces[0].path: \"x\": not an absolute path"},
	{LINUX(NAMESPACES("{\"type\":\"pid\"},{\"type\":\"ipc\"},{\"type\":\"pid\"}")),
	 "linux.namespaces[2]: a second namespace of the same type"},
	{LINUX("\"uidMappings\":[{\"hostID\":1,\"size\":1}]"),
	 "linux.uidMappings[0].containerID: missing"},
	{LINUX("\"timeOffsets\":{\"boottime\":{\"secs\":1}}"),
	 "linux.timeOffsets: only with a time namespace"},
	{LINUX("\"timeOffsets\":{\"monotonic\":{\"nanosecs\":1000000000}}"),
	 "linux.timeOffsets.monotonic.nanosecs: not a number from 0 to 999999999"},
	{LINUX("\"timeOffsets\":{\"monotonic\":{}}," NAMESPACES(
		 "{\"type\":\"time\",\"path\":\"/proc/1/ns/time\"}")),
	 "linux.timeOffsets: not in a time namespace that is joined"},
	{LINUX("\"devices\":[{\"type\":\"a\",\"path\":\"/dev/x\"}]"),
	 "linux.devices[0].type: not \"b\", \"c\", \"u\" or \"p\""},
	{LINUX("\"devices\":[{\"type\":\"c\",\"path\":\"dev/x\"}]"),
	 "linux.devices[0].path: \"dev/x\": not an absolute path"},
	{LINUX("\"netDevices\":{\"eth0\":{}}"), "linux.netDevices: only with a network namespace"},
	{LINUX("\"netDevices\":{\"a/b\":{}}"),
	 "linux.netDevices.a/b: not the name of a network interface"},
	{LINUX("\"netDevices\":{\"eth0\":{\"name\":\"..\"}}"),
	 "linux.netDevices.eth0.name: \"..\": not the name of a network interface"},
	{LINUX("\"rootfsPropagation\":\"public\""), "linux.rootfsPropagation: \"public\": unknown"},
	{LINUX("\"sysctl\":{\"net.core.somaxconn\":\"1\"}"),
	 "linux.sysctl: \"net.core.somaxconn\": belongs to a namespace that is the host's here"},
	{LINUX("\"sysctl\":{\"kernel.core_pattern\":\"|/x\"}"),
	 "linux.sysctl: \"kernel.core_pattern\": not a parameter of a namespace"},
	{LINUX("\"sysctl\":{\"net/../kernel/core_pattern\":\"|/x\"}," NAMESPACES(
		 "{\"type\":\"network\"}")),
	 "linux.sysctl: \"net/../kernel/core_pattern\": not a kernel parameter"},
	{LINUX("\"maskedPaths\":[\"proc/kcore\"]"),
	 "linux.maskedPaths[0]: \"proc/kcore\": not an absolute path"},
	{LINUX("\"personality\":{\"domain\":\"BSD\"}"),
	 "linux.personality.domain: \"BSD\": unknown"},
	{LINUX("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"x\"]}"),
	 "linux.personality.flags: no flag is supported"},
	{LINUX("\"intelRdt\":{\"closID\":\"x\"}"), "linux.intelRdt: not supported"},
	{LINUX("\"seccomp\":[]"), "linux.seccomp: not an object"},
	{LINUX("\"seccomp\":{\"listenerPath\":\"x\"}"),
	 "linux.seccomp.listenerPath: \"x\": not an absolute path"},

	{RESOURCES("\"memory\":{\"limit\":\"1g\"}"),
	 "linux.resources.memory.limit: not a whole number"},
	{RESOURCES("\"memory\":{\"limit\":-2}"),
	 "linux.resources.memory.limit: not a number from -1 to 9223372036854775807"},
	{RESOURCES("\"cpu\":{\"shares\":-1}"),
	 "linux.resources.cpu.shares: not a number from 0 to 9223372036854775807"},
	{RESOURCES("\"devices\":[{}]"), "linux.resources.devices[0].allow: missing"},
	{RESOURCES("\"devices\":[{\"allow\":true,\"access\":\"x\"}]"),
	 "linux.resources.devices[0].access: not made of r, w and m"},
	{RESOURCES("\"devices\":[{\"allow\":true,\"type\":\"p\"}]"),
	 "linux.resources.devices[0].type: not \"a\", \"b\" or \"c\""},
	{RESOURCES("\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0}]}"),
	 "linux.resources.blockIO.throttleReadBpsDevice[0].rate: missing"},
	{RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"2MB/../x\",\"limit\":1}]"),
	 "linux.resources.hugepageLimits[0].pageSize: \"2MB/../x\": not like 2MB"},
	{RESOURCES("\"unified\":{\"../cgroup.procs\":\"1\"}"),
	 "linux.resources.unified.../cgroup.procs: not the name of a file of a cgroup"},
	{RESOURCES("\"unified\":{\"memory.high\":1}"),
	 "linux.resources.unified.memory.high: not a string"},
	{RESOURCES("\"rdma\":{\"mlx\":1}"), "linux.resources.rdma.mlx: not an object"},
};

/* Whole documents. */
static const struct {
	const char *text, *message;
} documents[] = {
	{"", "line 1: '[' or '{' expected near end of file"},
	{"[]", "not an object"},
	{"{}", "ociVersion: missing"},
	{"{\"ociVersion\":\"1.2.0\"}", "root: missing"},
	{"{\"ociVersion\":\"1.2.0\",\"root\":{}}", "root.path: missing"},
	{"{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"\"}}", "root.path: empty"},
	{"{\"ociVersion\":1,\"root\":{\"path\":\"/\"}}", "ociVersion: not a string"},
	{"{\"ociVersion\":\"2.0.0\",\"root\":{\"path\":\"/\"}}",
	 "ociVersion: \"2.0.0\": only versions 1.x are supported"},
	{"{\"ociVersion\":\"0.9.0\",\"root\":{\"path\":\"/\"}}",
	 "ociVersion: \"0.9.0\": only versions 1.x are supported"},
	{"{\"ociVersion\":\"1.99.7-rc.1+x\",\"root\":{\"path\":\"/\"}}", OK},
	{"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"/\"},\"root\":{\"path\":\"/x\"}}",
	 "line 1: duplicate object key near '\"root\"'"},
};

/* Messages go to a file, so that they can be looked at. */
static void check(int log, const char *text, const char *want)
{
	CLEANUP(oci_config_done)
	struct oci_config c = {0};
	auto_free char *got = NULL, *line = NULL;
	int r;

	CHECK(ftruncate(log, 0) == 0 && lseek(log, 0, SEEK_SET) == 0);
	r = oci_config_parse("config.json", "/b", text, strlen(text), &c);
	CHECK(lseek(log, 0, SEEK_SET) == 0 && fs_read_fd(log, 4096, &got, NULL) == 0);
	line = want ? text_format("nap: config.json: %s\n", want) : strdup("");
	CHECK_STREQ(got, line);
	CHECK(r == (want ? -EINVAL : 0));
}

/* A member that is known but for its case: other runtimes might take it. */
static void test_case(int log)
{
	CLEANUP(oci_config_done)
	struct oci_config c = {0};
	auto_free char *got = NULL;
	const char *text = "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"/\",\"readOnly\":true}}";

	CHECK(ftruncate(log, 0) == 0 && lseek(log, 0, SEEK_SET) == 0);
	CHECK(oci_config_parse("config.json", "/b", text, strlen(text), &c) == 0 && !c.read_only);
	CHECK(lseek(log, 0, SEEK_SET) == 0 && fs_read_fd(log, 4096, &got, NULL) == 0);
	CHECK_STREQ(got, "nap: warning: config.json: root.readOnly: ignored, it is not "
			 "\"readonly\"\n");
}

int main(void)
{
	auto_fd int log = memfd_create("log", MFD_CLOEXEC);

	log_set_fd(log);
	for (size_t i = 0; i < ARRAY_SIZE(documents); i++)
		check(log, documents[i].text, documents[i].message);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *text = text_format(
			"{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"},%s}",
			cases[i].members);

		check(log, text, cases[i].message);
	}
	test_case(log);
	log_set_fd(STDERR_FILENO);
	return test_report();
}
