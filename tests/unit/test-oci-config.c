/* SPDX-License-Identifier: MIT */
/* The reader of config.json: what a whole document becomes. */
#include "runtime/oci/config.h"

#include <linux/ioprio.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>

#include "lib/cleanup.h"
#include "lib/strv.h"
#include "lib/text.h"
#include "test.h"

#define auto_config CLEANUP(oci_config_done)

static int parse(const char *text, struct oci_config *ret)
{
	return oci_config_parse("config.json", "/b", text, strlen(text), ret);
}

/* {"ociVersion":..., "root":..., MORE} */
static int parse_more(const char *more, struct oci_config *ret)
{
	auto_free char *text = text_format(
		"{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"}%s%s}", *more ? "," : "",
		more);

	return parse(text, ret);
}

static void test_smallest(void)
{
	auto_config struct oci_config c = {0};

	if (!CHECK(parse_more("", &c) == 0))
		return;
	CHECK_STREQ(c.version, "1.2.0");
	CHECK_STREQ(c.rootfs, "/b/rootfs");
	CHECK(!c.read_only && !c.process.given && c.n_mounts == 0 && c.n_namespaces == 0);
	CHECK(!c.seccomp && c.document);
}

static void test_process(void)
{
	auto_config struct oci_config c = {0};
	const struct oci_process *p = &c.process;
	int r;

	r = parse_more(
		"\"process\":{\"terminal\":true,\"consoleSize\":{\"height\":25,\"width\":80},"
		"\"user\":{\"uid\":1000,\"gid\":4294967294,\"umask\":63,"
		"\"additionalGids\":[5,6],\"username\":\"x\"},"
		"\"args\":[\"sh\",\"\"],\"env\":[\"A=1\",\"B=\"],\"cwd\":\"/\","
		"\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\"],"
		"\"ambient\":[\"CAP_KILL\"],\"effective\":[]},"
		"\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":18446744073709551615,"
		"\"soft\":1024},{\"type\":\"RLIMIT_CORE\",\"hard\":18446744073709551614,"
		"\"soft\":0}],"
		"\"noNewPrivileges\":true,\"oomScoreAdj\":-500,\"apparmorProfile\":\"\","
		"\"selinuxLabel\":\"l\",\"scheduler\":{\"policy\":\"SCHED_FIFO\","
		"\"priority\":10,\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\"]},"
		"\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":4},"
		"\"execCPUAffinity\":{\"initial\":\"0-1\",\"final\":\"1\"},\"unknown\":[]}",
		&c);
	if (!CHECK(r == 0))
		return;
	CHECK(p->given && p->terminal && p->rows == 25 && p->columns == 80);
	CHECK(p->uid == 1000 && p->gid == 4294967294U && p->umask == 077);
	CHECK(p->n_groups == 2 && p->groups[1] == 6);
	CHECK(strv_len(p->args) == 2 && strv_len(p->env) == 2);
	CHECK(p->caps.bounding == (1 << 0 | 1 << 5) && p->caps.ambient == 1 << 5);
	CHECK(p->caps.effective == 0 && p->caps.permitted == 0);
	CHECK(p->n_rlimits == 2 && p->rlimits[0].resource == RLIMIT_NOFILE);
	CHECK(p->rlimits[0].limit.rlim_max == RLIM_INFINITY);
	CHECK(p->rlimits[0].limit.rlim_cur == 1024);
	CHECK(p->rlimits[1].limit.rlim_max == RLIM_INFINITY - 1);
	CHECK(p->no_new_privs && p->has_oom_score_adj && p->oom_score_adj == -500);
	CHECK(!p->apparmor);
	CHECK_STREQ(p->selinux_label, "l");
	CHECK(p->scheduler.given && p->scheduler.policy == SCHED_FIFO);
	CHECK(p->scheduler.priority == 10 && p->scheduler.flags == 1);
	CHECK(p->io_class == IOPRIO_CLASS_BE && p->io_priority == 4);
	CHECK_STREQ(p->final_cpus, "1");
}

static void test_mounts(void)
{
	auto_config struct oci_config c = {0};
	const struct oci_mount *m;
	int r;

	r = parse_more(
		"\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
		"{\"destination\":\"dev/./x/..//"
		"\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":"
		"[\"nosuid\",\"strictatime\",\"mode=755\",\"size=65536k\",\"tmpcopyup\"]},"
		"{\"destination\":\"/v\",\"source\":\"data\",\"options\":[\"rbind\",\"rro\","
		"\"rprivate\",\"slave\",\"ro\",\"rw\",\"rnoatime\"]},"
		"{\"destination\":\"/w\",\"type\":\"bind\",\"source\":\"/w\",\"options\":"
		"[\"src-nofollow\"],\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,"
		"\"size\":10}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,"
		"\"size\":10}]},"
		"{\"destination\":\"/x\",\"source\":\"/x\",\"options\":[\"bind\","
		"\"ridmap=uids=0-5-1#1-100-9;gids=@0-6-1\"]}]",
		&c);
	if (!CHECK(r == 0 && c.n_mounts == 5))
		return;
	m = &c.mounts[1];
	CHECK_STREQ(m->destination, "/dev");
	CHECK_STREQ(m->data, "mode=755,size=65536k");
	CHECK(m->flags == (MS_NOSUID | MS_STRICTATIME) && m->copy_up);
	CHECK(m->set == (MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME));
	m = &c.mounts[2];
	CHECK_STREQ(m->source, "/b/data");
	CHECK(m->flags == (MS_BIND | MS_REC) && !m->data);
	CHECK(m->set == 0 && m->clear == MOUNT_ATTR_RDONLY);
	CHECK(m->rec_set == (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME));
	CHECK(m->propagation[0] == (MS_PRIVATE | MS_REC) && m->propagation[1] == MS_SLAVE);
	m = &c.mounts[3];
	CHECK(m->flags == MS_BIND && m->src_no_follow && m->idmap && !m->rec_idmap);
	CHECK(m->n_uids == 1 && m->uids[0].outside == 1000 && m->gids[0].n == 10);
	m = &c.mounts[4];
	CHECK(m->rec_idmap && m->n_uids == 2 && m->uids[1].outside == 100 && m->n_gids == 1);
	CHECK(m->gids[0].relative && m->gids[0].outside == 6 && !m->uids[1].relative);
}

static void test_linux(void)
{
	auto_config struct oci_config c = {0};
	int r;

	r = parse_more(
		"\"hostname\":\"h\",\"annotations\":{\"a.b\":\"c\",\"A.b\":\"\"},"
		"\"hooks\":{\"poststop\":[{\"path\":\"/bin/h\",\"args\":[\"h\"],"
		"\"timeout\":5}]},"
		"\"linux\":{\"namespaces\":[{\"type\":\"uts\"},{\"type\":\"network\",\"path\":"
		"\"/run/netns/x\"},{\"type\":\"time\"},{\"type\":\"mount\",\"path\":\"\"}],"
		"\"uidMappings\":[{\"containerID\":0,\"hostID\":5,\"size\":3}],"
		"\"timeOffsets\":{\"monotonic\":{\"secs\":-3,\"nanosecs\":7}},"
		"\"devices\":[{\"type\":\"c\",\"path\":\"/dev/x\",\"major\":1,\"minor\":3}],"
		"\"netDevices\":{\"eth1\":{\"name\":\"n\"},\"eth2\":{}},"
		"\"cgroupsPath\":\"a:b:c\",\"rootfsPropagation\":\"slave\","
		"\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"},"
		"\"personality\":{\"domain\":\"LINUX32\"},"
		"\"maskedPaths\":[\"/proc/kcore\"],\"intelRdt\":{},"
		"\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/l\"}}",
		&c);
	if (!CHECK(r == 0))
		return;
	CHECK_STREQ(c.annotations[1], "A.b=");
	CHECK(c.hooks[OCI_POSTSTOP].n == 1 && c.hooks[OCI_POSTSTOP].hook[0].timeout_sec == 5);
	CHECK(c.n_namespaces == 4 && oci_namespace(&c, CLONE_NEWUTS));
	CHECK(!oci_namespace(&c, CLONE_NEWPID));
	CHECK_STREQ(oci_namespace(&c, CLONE_NEWNET)->path, "/run/netns/x");
	CHECK(c.n_uids == 1 && c.uids[0].outside == 5 && c.n_gids == 0);
	CHECK(c.monotonic.given && c.monotonic.sec == -3 && !c.boottime.given);
	CHECK(c.n_devices == 1 && c.devices[0].mode == 0666 && c.devices[0].type == 'c');
	CHECK(c.n_netdevs == 2);
	CHECK_STREQ(c.netdevs[1].inside, "eth2");
	CHECK(c.propagation == (MS_SLAVE | MS_REC));
	CHECK_STREQ(c.sysctls[0], "net/ipv4/ip_forward=1");
	CHECK(c.has_personality && c.personality == PER_LINUX32);
	CHECK(c.seccomp);
	CHECK_STREQ(c.seccomp_listener, "/l");
}

static void test_resources(void)
{
	auto_config struct oci_config c = {0};
	const struct oci_resources *res = &c.resources;
	int r;

	r = parse_more(
		"\"linux\":{\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},"
		"{\"allow\":true,\"type\":\"c\",\"major\":1,\"access\":\"r\"}],"
		"\"memory\":{\"limit\":18446744073709551615,\"swap\":-1,\"swappiness\":0,"
		"\"disableOOMKiller\":true},"
		"\"cpu\":{\"shares\":1024,\"quota\":-1,\"period\":100000,\"cpus\":\"0-1\"},"
		"\"pids\":{\"limit\":10},\"blockIO\":{\"weight\":10,\"throttleWriteIOPSDevice\":"
		"[{\"major\":8,\"minor\":0,\"rate\":18446744073709551615}]},"
		"\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":9}],"
		"\"network\":{\"classID\":1,\"priorities\":[{\"name\":\"eth0\",\"priority\":5}]},"
		"\"rdma\":{\"mlx5\":{\"hcaHandles\":3}},"
		"\"unified\":{\"memory.high\":\"max\"}}}",
		&c);
	if (!CHECK(r == 0))
		return;
	CHECK(res->n_devices == 2 && res->devices[0].type == 'a' && res->devices[0].major == -1);
	CHECK(res->devices[1].read && !res->devices[1].mknod && res->devices[1].minor == -1);
	CHECK(res->memory.limit.given && res->memory.limit.value == -1);
	CHECK(!res->memory.reservation.given && res->memory.swappiness.given);
	CHECK(res->memory.disable_oom_killer.value == 1);
	CHECK(res->cpu.quota.value == -1 && res->cpu.shares.value == 1024);
	CHECK(res->pids.value == 10 && res->block.weight.value == 10);
	CHECK(res->block.n_throttle[3] == 1 && res->block.throttle[3][0].rate == UINT64_MAX);
	CHECK(res->n_hugepages == 1 && res->network.n_priorities == 1);
	CHECK_STREQ(res->network.priorities[0].value, "5");
	CHECK(res->n_rdma == 1 && res->rdma[0].handles.value == 3 && !res->rdma[0].objects.given);
	CHECK_STREQ(res->unified[0].value, "max");
}

int main(void)
{
	test_smallest();
	test_process();
	test_mounts();
	test_linux();
	test_resources();
	return test_report();
}
