// SPDX-License-Identifier: MIT
/* What nap run's options about the network come to, as nap run --dry-run shows it. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image/image.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "runtime/spec.h"
#include "test.h"

static char *cmd[] = {(char *)"/cmd", NULL};
static char *exposed[] = {(char *)"80/tcp", (char *)"8000-8001/udp", NULL};
static char *layers[] = {NULL};
static struct image image = {
	.id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	.layers = layers,
	.config = {.cmd = cmd, .exposed_ports = exposed},
};

#define LIST(...) ((char *[]){__VA_ARGS__, NULL})
#define W(text) ((char *)(text))

/* The whole spec as JSON, or NULL with the messages. Either is the caller's. */
static json_t *resolve(struct request q, char **ret_log)
{
	auto_fd int log = memfd_create("log", MFD_CLOEXEC);
	auto_spec struct spec *spec = NULL;
	auto_buf out = {0};
	json_t *j = NULL;
	char why[160];

	q.name = W("me");
	q.image = W("img");
	log_set_fd(log);
	if (spec_from_request(&q, &image, &spec) == 0) {
		spec_to_json(spec, &out);
		CHECK(!out.error && json_parse(out.data, out.len, why, &j) == 0);
	}
	log_set_fd(STDERR_FILENO);
	CHECK(lseek(log, 0, SEEK_SET) == 0 && fs_read_fd(log, 65536, ret_log, NULL) == 0);
	return j;
}

/* Compact text of the member, of networks[0] if it has no such one itself. */
static char *member(struct request q, const char *name)
{
	auto_free char *log = NULL;
	auto_json json_t *j = resolve(q, &log);
	json_t *m = json_object_get(j, name);

	if (j && !m)
		m = json_object_get(json_array_get(json_object_get(j, "networks"), 0), name);
	if (!j)
		return strdup(log);
	return m ? json_dumps(m, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("absent");
}

#define CHECK_MEMBER(name, want, ...)                                              \
	do {                                                                       \
		auto_free char *got = member((struct request){__VA_ARGS__}, name); \
		CHECK_STREQ(got, want);                                            \
	} while (0)

#define CHECK_REFUSED(want, ...)                                                    \
	do {                                                                        \
		auto_free char *log = NULL;                                         \
		auto_json json_t *j = resolve((struct request){__VA_ARGS__}, &log); \
		CHECK(!j);                                                          \
		CHECK_STREQ(log, "nap: " want "\n");                                \
	} while (0)

static void test_modes(void)
{
	CHECK_MEMBER("network", "\"private\"", .name = NULL);
	CHECK_MEMBER("network", "\"private\"", .networks = LIST(W("bridge")));
	CHECK_MEMBER("network", "\"none\"", .networks = LIST(W("none")));
	CHECK_MEMBER("networks", "absent", .networks = LIST(W("none")));
	CHECK_MEMBER("network", "\"host\"", .networks = LIST(W("host")));
	CHECK_MEMBER("network", "\"shared\"", .networks = LIST(W("app:db@1")));
	CHECK_MEMBER("network_of", "\"db@1\"", .networks = LIST(W("app:db@1")));
	CHECK_MEMBER("namespaces",
		     "[\"mount\",\"pid\",\"network\",\"ipc\",\"uts\",\"cgroup\",\"user\"]",
		     .networks = LIST(W("container:db")));
	CHECK_MEMBER("namespaces",
		     "[\"mount\",\"pid\",\"network\",\"ipc\",\"uts\",\"cgroup\",\"user\"]",
		     .networks = LIST(W("none")));
	CHECK_REFUSED("--network: \"host\": does not go with another network",
		      .networks = LIST(W("host"), W("private")));
	CHECK_REFUSED("--network: \"none\": does not go with another network",
		      .networks = LIST(W("private"), W("none")));
	CHECK_REFUSED("--network: \"default\": is on that network already",
		      .networks = LIST(W("private"), W("default")));
	CHECK_REFUSED("--network: \"container:me\": is this container itself",
		      .networks = LIST(W("container:me")));
}

static void test_attach(void)
{
	CHECK_MEMBER("interface", "\"eth0\"", .name = NULL);
	CHECK_MEMBER("ip", "absent", .name = NULL);
	CHECK_MEMBER("interface", "\"lan0\"", .networks = LIST(W("private:interface_name=lan0")));
	CHECK_MEMBER("ip", "\"10.78.1.2\"", .ip = W("10.78.1.2"));
	CHECK_MEMBER("ip", "\"10.78.1.2\"", .networks = LIST(W("private:ip=10.78.1.2")));
	CHECK_MEMBER("mac", "\"02:00:00:00:00:aa\"", .mac = W("02:00:00:00:00:AA"));
	CHECK_MEMBER("aliases", "[\"a\",\"b\",\"c\"]", .networks = LIST(W("private:alias=a")),
		     .network_aliases = LIST(W("b"), W("c")));
	CHECK_REFUSED("--ip: \"10.79.0.1\": not in the network's subnet 10.78.0.0/16",
		      .ip = W("10.79.0.1"));
	CHECK_REFUSED("--network: \"private:ip=1.2.3.4\": not in the network's subnet 10.78.0.0/16",
		      .networks = LIST(W("private:ip=1.2.3.4")));
	CHECK_REFUSED("--ip: \"fd00::1\": not an IPv4 address", .ip = W("fd00::1"));
	CHECK_REFUSED("--mac-address: \"01:00:00:00:00:00\": not the address of an interface "
		      "(02:00:00:00:00:01)",
		      .mac = W("01:00:00:00:00:00"));
	CHECK_REFUSED("--network-alias: \"a b\": not a host name",
		      .network_aliases = LIST(W("a b")));
}

/* Options that need a network of one's own. */
static void test_without(void)
{
	CHECK_REFUSED("--publish: \"80\": does not go with the host's network",
		      .networks = LIST(W("host")), .publish = LIST(W("80")));
	CHECK_REFUSED("--publish-all: \"true\": goes with a network only, and there is none",
		      .networks = LIST(W("none")), .publish_all = true);
	CHECK_REFUSED("--ip: \"10.78.0.5\": does not go with the network of another container",
		      .networks = LIST(W("app:db")), .ip = W("10.78.0.5"));
	CHECK_REFUSED("--deny: \"any\": does not go with the host's network",
		      .networks = LIST(W("host")), .deny = LIST(W("any")));
	CHECK_REFUSED("--hostname: \"x\": does not go with the network of another container",
		      .networks = LIST(W("app:db")), .hostname = W("x"));
	CHECK_REFUSED("--dns: \"9.9.9.9\": does not go with the network of another container",
		      .networks = LIST(W("app:db")), .dns = LIST(W("9.9.9.9")));
	/* its name is the other one's, too, of which nothing is known yet */
	CHECK_MEMBER("env",
		     "[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"]",
		     .networks = LIST(W("app:db")));
	CHECK_MEMBER("hostname", "\"x\"", .networks = LIST(W("host")), .hostname = W("x"));
}

static void test_publish(void)
{
	static const struct network_defaults local = {.publish = {AF_INET, {127, 0, 0, 1}}};

	CHECK_MEMBER("publish", "[]", .name = NULL);
	CHECK_MEMBER("publish", "[\"80/tcp\",\"8080:80/tcp\",\"[::1]:53:53/udp\"]",
		     .publish = LIST(W("80"), W("8080:80"), W("[::1]:53:53/udp")));
	CHECK_MEMBER("publish", "[\"8080-8081:80-81/tcp\"]", .publish = LIST(W("8080-8081:80-81")));
	CHECK_MEMBER("publish", "[\"127.0.0.1:1:1/tcp\",\"0.0.0.0:2:2/tcp\"]", .defaults = &local,
		     .publish = LIST(W("1:1"), W("0.0.0.0:2:2")));
	CHECK_MEMBER("publish", "[\"80/tcp\",\"8000-8001/udp\"]", .publish_all = true);
	CHECK_MEMBER("publish", "[\"8080:80/tcp\",\"9/tcp\",\"8000-8001/udp\"]",
		     .publish_all = true, .publish = LIST(W("8080:80")), .expose = LIST(W("9")));
	/* the same port of several families, protocols or addresses is several ports */
	CHECK_MEMBER("publish", "[\"1:1/tcp\",\"1:1/udp\",\"2:1/tcp\"]",
		     .publish = LIST(W("1:1"), W("1:1/udp"), W("2:1")));
	CHECK_MEMBER("publish", "[\"1.2.3.4:1:1/tcp\",\"1.2.3.5:1:1/tcp\"]",
		     .publish = LIST(W("1.2.3.4:1:1"), W("1.2.3.5:1:1")));
	CHECK_REFUSED("--publish: \"1.2.3.4:5:1\": is published already",
		      .publish = LIST(W("4-6:4-6"), W("1.2.3.4:5:1")));
	CHECK_REFUSED("--expose: \"1:2\": not PORT[/PROTOCOL]", .publish_all = true,
		      .expose = LIST(W("1:2")));
}

static void test_rules(void)
{
	CHECK_MEMBER("allow", "absent", .name = NULL);
	CHECK_MEMBER("allow", "[\"in 10.0.0.0/8:80-90/tcp\",\"out host:53\",\"app:db\"]",
		     .allow = LIST(W("in 10.0.0.0/8:80-90/tcp"), W("host:53"), W("app:db")));
	CHECK_MEMBER("deny", "[\"any\",\"out [fd00::/8]:80\",\"in ::1/128/udp\"]",
		     .deny = LIST(W("any"), W("out [fd00::/8]:80"), W("in ::1/udp")));
	CHECK_REFUSED("--allow: \"in host\": the host itself always reaches its apps",
		      .allow = LIST(W("in host")));
}

static void test_defaults(void)
{
	static const struct network_defaults own = {
		.subnet = {{{AF_INET, {172, 30}}, 24}}, .no_ipv6 = true, .mtu = 1400};

	CHECK_MEMBER("subnets", "[\"10.78.0.0/16\"]", .name = NULL);
	CHECK_MEMBER("ipv6", "true", .name = NULL);
	CHECK_MEMBER("ip6", "\"fd00::9\"",
		     .ip6 = W("fd00::9")); /* of what subnet, net_grant knows */
	CHECK_MEMBER("subnets", "[\"172.30.0.0/24\"]", .defaults = &own);
	CHECK_MEMBER("ipv6", "absent", .defaults = &own);
	CHECK_MEMBER("mtu", "1400", .defaults = &own);
	CHECK_REFUSED("--ip6: \"fd00::1\": the network has no IPv6", .defaults = &own,
		      .ip6 = W("fd00::1"));
}

/* NAME.network beside the app files. */
static void test_named(void)
{
	static const char text[] = "[Network]\nSubnet=10.9.0.0/24\nGateway=10.9.0.254\n"
				   "Subnet=fd00:9::/64\nInternal=yes\nOptions=mtu=1300\n";
	char dir[] = "/tmp/nap-test-spec-network.XXXXXX";
	auto_free char *file = NULL, *message = NULL;

	if (!CHECK(mkdtemp(dir) && setenv("NAP_APPS_PATH", dir, 1) == 0))
		return;
	file = text_format("%s/lan.network", dir);
	CHECK(file && fs_write_file(AT_FDCWD, file, text, strlen(text), 0644) == 0);
	CHECK_MEMBER("name", "\"lan\"", .networks = LIST(W("lan")));
	CHECK_MEMBER("subnets", "[\"10.9.0.0/24\",\"fd00:9::/64\"]",
		     .networks = LIST(W("lan.network")));
	CHECK_MEMBER("bridge", "absent", .networks = LIST(W("lan")));
	CHECK_MEMBER("internal", "true", .networks = LIST(W("lan")));
	CHECK_MEMBER("mtu", "1300", .networks = LIST(W("lan")));
	CHECK_MEMBER("ip6", "\"fd00:9::5\"", .networks = LIST(W("lan")), .ip6 = W("fd00:9::5"));
	CHECK_REFUSED("--ip6: \"fd00:8::5\": not in the network's subnet fd00:9::/64",
		      .networks = LIST(W("lan")), .ip6 = W("fd00:8::5"));
	CHECK_REFUSED("--ip: \"10.9.0.5\": there are several networks: say it with one of them, as "
		      "NETWORK:ip=ADDRESS,mac=ADDRESS",
		      .networks = LIST(W("private"), W("lan")), .ip = W("10.9.0.5"));
	CHECK_MEMBER("networks",
		     "[{\"name\":\"lan\",\"subnets\":[\"10.9.0.0/24\",\"fd00:9::/64\"],"
		     "\"interface\":\"eth0\",\"ip\":\"10.9.0.5\",\"internal\":true,\"mtu\":1300},"
		     "{\"name\":\"private\",\"bridge\":\"nap0\",\"subnets\":[\"10.78.0.0/16\"],"
		     "\"interface\":\"eth1\",\"ipv6\":true}]",
		     .networks = LIST(W("lan:ip=10.9.0.5"), W("private")));
	message = member((struct request){.networks = LIST(W("nosuch"))}, "networks");
	CHECK(startswith(message, "nap: there is no network \"nosuch\"\n"));
	CHECK(fs_remove_tree(AT_FDCWD, dir) == 0);
}

/* What later commands need, from state.json. */
static void test_round_trip(void)
{
	auto_free char *log = NULL;
	auto_json json_t *j = resolve((struct request){.networks = LIST(W("container:db"))}, &log);
	auto_spec struct spec *spec = NULL;

	if (!CHECK(j && spec_from_json(j, &spec) == 0))
		return;
	CHECK(spec->network == NETWORK_SHARED);
	CHECK_STREQ(spec->network_of, "db");
}

int main(void)
{
	test_modes();
	test_attach();
	test_without();
	test_publish();
	test_rules();
	test_defaults();
	test_named();
	test_round_trip();
	return test_report();
}
