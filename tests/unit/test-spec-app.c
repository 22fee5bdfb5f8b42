// SPDX-License-Identifier: MIT
/*
 * From the text of an app file to the spec that nap launch would run: what each [Container] key
 * becomes, and which place a message names. JSON is compared member by member.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/image.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "runtime/runtime.h"
#include "test.h"
#include "unitgen/unitgen.h"

static char directory[] = "/tmp/nap-test-spec-app.XXXXXX";

static char *env_list[] = {(char *)"PATH=/image/bin", (char *)"FROM=image", NULL};
static char *entrypoint[] = {(char *)"/entry", NULL};
static char *cmd[] = {(char *)"cmd", NULL};
static char *labels[] = {(char *)"a=image", (char *)"b=image", NULL};
static char *volumes[] = {(char *)"/data", NULL};
static char *layers[] = {NULL};

#define TEST_HEALTH                                                                     \
	"{\"Test\":[\"CMD-SHELL\",\"check it\"],\"Interval\":5000000000,\"Timeout\":0," \
	"\"Retries\":7,\"StartPeriod\":1500000000}"

static struct image image = {
	.id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	.layers = layers,
	.root_mode = 0755,
	.config =
		{
			.env = env_list,
			.entrypoint = entrypoint,
			.cmd = cmd,
			.user = (char *)"app:staff",
			.working_dir = (char *)"/work",
			.stop_signal = (char *)"SIGQUIT",
			.volumes = volumes,
			.labels = labels,
		},
};

/* ---- resolving a text ---- */

/* "[Container]" and Image= are put in front. The JSON document of the spec, or NULL; the messages
 * in *ret_log. */
static json_t *resolve(const char *name, const char *text, char **ret_log)
{
	auto_free char *path = text_format("%s/%s.app", directory, name);
	auto_free char *full = text_format("[Container]\n%s%s",
					   strstr(text, "Rootfs=") ? "" : "Image=img\n", text);
	auto_fd int log = memfd_create("log", MFD_CLOEXEC);
	auto_app struct app *app = NULL;
	auto_spec struct spec *spec = NULL;
	auto_buf out = {0};
	json_t *j = NULL;
	char why[160];

	if (!CHECK(path && full && fs_write_file(AT_FDCWD, path, full, strlen(full), 0644) == 0))
		exit(1);
	log_set_fd(log);
	if (app_load(name, &app) == 0 &&
	    spec_from_app(app, "app@test.service", NULL, strstr(text, "Rootfs=") ? NULL : &image,
			  &spec) == 0) {
		spec_to_json(spec, &out);
		CHECK(!out.error && json_parse(out.data, out.len, why, &j) == 0);
	}
	log_set_fd(STDERR_FILENO);
	*ret_log = NULL;
	CHECK(lseek(log, 0, SEEK_SET) == 0 && fs_read_fd(log, 65536, ret_log, NULL) == 0);
	return j;
}

/* The member of a path like "mounts.0.target". */
static const json_t *member(const json_t *j, const char *path)
{
	auto_free char *copy = strdup(path);
	char *rest = copy, *word;

	while (j && (word = strsep(&rest, ".")))
		j = json_is_array(j) ? json_array_get(j, (size_t)atoi(word))
				     : json_object_get(j, word);
	return j;
}

static char *dump(const json_t *j, const char *path)
{
	const json_t *m = member(j, path);

	return m ? json_dumps(m, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("absent");
}

struct test_case {
	const char *text, *member, *want; /* want: compact JSON of the member */
};

static void check_case(const struct test_case *c)
{
	auto_free char *log = NULL, *got = NULL;
	auto_json json_t *j = resolve("web", c->text, &log);

	if (!CHECK(j)) {
		printf("%s: %s\n", c->text, log);
		return;
	}
	got = dump(j, c->member);
	if (!CHECK(strcmp(got, c->want) == 0))
		printf("%s\n%s: got %s, want %s\n", c->text, c->member, got, c->want);
}

#define CHECK_CASES(cases)                             \
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) \
	check_case(&(cases)[i])

/* ---- what keys become ---- */

static void test_process(void)
{
	static const struct test_case cases[] = {
		{"", "id", "\"web\""},
		{"", "unit", "\"app@test.service\""},
		{"", "image", "\"img\""},
		{"", "argv", "[\"/entry\",\"cmd\"]"},
		{"", "user", "\"app:staff\""},
		{"", "working_dir", "\"/work\""},
		{"", "stop_signal", "\"SIGQUIT\""},
		{"", "hostname", "\"web\""},
		{"", "interactive", "true"},
		{"", "init", "true"},
		{"", "tasks", "absent"},
		{"", "notify", "\"no\""},
		{"Exec=one 'two three' \"f\\x6fur\"\n", "argv",
		 "[\"/entry\",\"one\",\"two three\",\"four\"]"},
		{"Entrypoint=/bin/x -y\n", "argv", "[\"/bin/x\",\"-y\"]"},
		{"Entrypoint=[\"/bin/x\",\"-y z\"]\nExec=a\n", "argv",
		 "[\"/bin/x\",\"-y z\",\"a\"]"},
		{"Entrypoint=\nExec=/bin/a\n", "argv", "[\"/bin/a\"]"},
		{"Entrypoint=[]\nExec=/bin/a\n", "argv", "[\"/bin/a\"]"},
		{"User=7\n", "user", "\"7\""},
		{"User=7\nGroup=8\n", "user", "\"7:8\""},
		{"GroupAdd=audio\nGroupAdd=12\n", "group_add", "[\"audio\",\"12\"]"},
		{"HostName=h.example\n", "hostname", "\"h.example\""},
		{"ContainerName=other\n", "hostname", "\"other\""},
		{"WorkingDir=/a/../b\n", "working_dir", "\"/b\""},
		{"StopSignal=USR1\n", "stop_signal", "\"SIGUSR1\""},
		{"RunInit=no\n", "init", "false"},
		{"RunInit=auto\nEntrypoint=/sbin/tini\n", "init", "false"},
		{"RunInit=yes\nEntrypoint=/sbin/tini\n", "init", "true"},
		{"PidMode=host\n", "init", "false"},
		{"PidMode=host\n", "namespaces",
		 "[\"mount\",\"network\",\"ipc\",\"uts\",\"cgroup\",\"user\"]"},
		{"Label=a=app c=d\n", "labels", "[\"a=app\",\"b=image\",\"c=d\"]"},
		{"Annotation=x=1 \"y=2 3\"\n", "annotations", "[\"x=1\",\"y=2 3\"]"},
		{"Notify=yes\n", "notify", "\"yes\""},
		{"Ulimit=nofile=5:6\n", "rlimits.1.hard", "6"},
		{"[Service]\nLimitNOFILE=7\n", "rlimits.1", "absent"},
		{"[Service]\nLimitCORE=7\n", "rlimits.0.type", "\"nofile\""},
		{"Memory=64M\nPidsLimit=9\n", "memory", "absent"},
		{"PidsLimit=9\n", "tasks", "absent"},
		{"Secret=key,type=env,target=KEY\n", "secrets.0.env", "\"KEY\""},
		{"Secret=a b\n", "secrets.1.name", "\"b\""},
	};

	CHECK_CASES(cases);
}

static void test_env(void)
{
	static const struct test_case cases[] = {
		{"", "env", "[\"PATH=/image/bin\",\"HOSTNAME=web\",\"FROM=image\"]"},
		{"Environment=A=1 \"B=2 3\" FROM=app\n", "env",
		 "[\"PATH=/image/bin\",\"HOSTNAME=web\",\"FROM=app\",\"A=1\",\"B=2 3\"]"},
		{"Environment=HERE NOT_HERE FROM\n", "env",
		 "[\"PATH=/image/bin\",\"HOSTNAME=web\",\"HERE=yes\"]"},
		{"EnvironmentFile=-env -nowhere\nEnvironment=B=app\n", "env",
		 "[\"PATH=/image/bin\",\"HOSTNAME=web\",\"FROM=image\",\"A=file\",\"B=app\"]"},
		{"EnvironmentFile=env\nEnvironment=B=app\n", "env",
		 "[\"PATH=/image/bin\",\"HOSTNAME=web\",\"FROM=image\",\"A=file\",\"B=app\"]"},
		{"HttpProxy=yes\n", "env",
		 "[\"PATH=/image/bin\",\"HOSTNAME=web\",\"FROM=image\",\"http_proxy=p\"]"},
		{"EnvironmentHost=yes\n", "env",
		 "[\"PATH=/host/"
		 "bin\",\"HOSTNAME=web\",\"FROM=image\",\"HERE=yes\",\"http_proxy=p\"]"},
	};

	CHECK(clearenv() == 0);
	CHECK(setenv("PATH", "/host/bin", 1) == 0 && setenv("HERE", "yes", 1) == 0 &&
	      setenv("http_proxy", "p", 1) == 0 && setenv("NOTIFY_SOCKET", "/x", 1) == 0 &&
	      setenv("LISTEN_FDS", "1", 1) == 0 && setenv("NAP_APPS_PATH", directory, 1) == 0);
	CHECK_CASES(cases);
}

static void test_mounts(void)
{
	auto_free char *normal = text_format("\"%s/html\"", directory);
	const struct test_case cases[] = {
		{"", "mounts",
		 "[{\"type\":\"anonymous\",\"target\":\"/data\",\"readonly\":false,"
		 "\"noexec\":false,\"propagation\":\"private\"}]"},
		{"Volume=./html:/www:ro\n", "mounts.0.source", normal},
		{"Volume=./html:/data\n", "mounts.1", "absent"},
		{"Volume=named:/www\n", "mounts.1.type", "\"anonymous\""},
		{"Volume=named:/www\n", "mounts.0.source", "\"named\""},
		{"Volume=named.volume:/data\n", "mounts.0.source", "\"named\""},
		{"Volume=/srv/x.volume:/data\n", "mounts.0.source", "\"/srv/x.volume\""},
		{"Volume=/only\n", "mounts.0.target", "\"/only\""},
		{"Volume=/only\n", "mounts.1.type", "\"anonymous\""},
		{"Mount=type=bind,src=./html,dst=/data,ro\n", "mounts.0.source", normal},
		{"Mount=type=volume,source=n.volume,target=/data\n", "mounts.0.source", "\"n\""},
		{"Mount=type=tmpfs,dst=/data,tmpfs-mode=700\n", "mounts.0.options", "\"mode=700\""},
		{"Mount=dst=/data/pts,type=devpts,mode=600,max=4\n", "mounts.1.options",
		 "\"mode=600,max=4\""},
		{"Mount=type=devpts,dst=/data\n", "mounts.0.type", "\"devpts\""},
		{"Tmpfs=/data:size=1m\n", "mounts.0.options", "\"size=1048576,mode=1777\""},
		{"ReadOnly=yes\n", "read_only", "true"},
		{"ReadOnly=yes\n", "mounts.1.target", "\"/run\""},
		{"ReadOnly=yes\n", "mounts.3.target", "\"/var/tmp\""},
		{"ReadOnly=yes\nReadOnlyTmpfs=no\n", "mounts.1", "absent"},
		{"ReadOnly=yes\nVolume=n:/run\n", "mounts.3.target", "\"/var/tmp\""},
		{"ReadOnly=yes\nVolume=n:/run\n", "mounts.4", "absent"},
		{"Timezone=local\n", "mounts.1.source", "\"/etc/localtime\""},
		{"ShmSize=1m\n", "shm_size", "1048576"},
	};

	CHECK(normal);
	CHECK_CASES(cases);
}

static void test_confinement(void)
{
	auto_free char *profile = text_format("\"%s/filter.json\"", directory);
	const struct test_case cases[] = {
		{"DropCapability=all\nAddCapability=CAP_KILL chown\n", "capabilities",
		 "[\"cap_chown\",\"cap_kill\"]"},
		{"NoNewPrivileges=no\n", "no_new_privileges", "false"},
		{"", "no_new_privileges", "true"},
		{"Landlock=no\n", "landlock", "false"},
		{"", "landlock", "true"},
		{"SeccompProfile=unconfined\n", "seccomp", "\"unconfined\""},
		{"SeccompProfile=filter.json\n", "seccomp", profile},
		{"SeccompProfile=/x.json\n", "seccomp", "\"/x.json\""},
		{"Mask=/etc/a:/b/\nMask=/c\n", "mask", "[\"/etc/a\",\"/b\",\"/c\"]"},
		{"Unmask=/proc/acpi:/proc/*\n", "unmask", "[\"/proc/acpi\",\"/proc/*\"]"},
		{"Unmask=ALL\n", "masks", "false"},
		{"AppArmor=docker-default\n", "apparmor", "\"docker-default\""},
		{"AppArmor=unconfined\n", "apparmor", "absent"},
		{"", "apparmor", "absent"},
		{"AddDevice=/dev/null:/dev/x:r\n", "devices.0.target", "\"/dev/x\""},
		{"AddDevice=-/dev/not-there\n", "devices", "[]"},
		{"AddDevice=-/dev/null\n", "devices.0.access", "\"rwm\""},
		{"UserNS=host\n", "namespaces",
		 "[\"mount\",\"pid\",\"network\",\"ipc\",\"uts\",\"cgroup\"]"},
		{"UserNS=auto\n", "namespaces.6", "\"user\""},
		{"Sysctl=net.core.somaxconn=9\n", "sysctls.2", "\"net/core/somaxconn=9\""},
	};

	CHECK(profile);
	CHECK_CASES(cases);
}

static void test_names(void)
{
	static const struct test_case cases[] = {
		{"AddHost=a:1.2.3.4\n", "add_host", "[\"a:1.2.3.4\"]"},
		{"DNS=9.9.9.9\nDNS=::1\n", "dns", "[\"9.9.9.9\",\"::1\"]"},
		{"DNSSearch=example.org\n", "dns_search", "[\"example.org\"]"},
		{"DNSOption=ndots:2\n", "dns_option", "[\"ndots:2\"]"},
		{"", "dns_option", "absent"},
		{"", "network", "\"private\""},
		{"Network=none\n", "network", "\"none\""},
		{"Network=host\n", "network", "\"host\""},
		{"", "networks.0.bridge", "\"nap0\""},
		{"Network=app:db\n", "network_of", "\"db\""},
		{"IP=10.78.0.9\nNetworkAlias=a\nNetworkAlias=b\n", "networks.0.aliases",
		 "[\"a\",\"b\"]"},
		{"IP=10.78.0.9\n", "networks.0.ip", "\"10.78.0.9\""},
		{"PublishPort=80\nPublishPort=[::1]:53:53/udp\n", "publish",
		 "[\"80/tcp\",\"[::1]:53:53/udp\"]"},
	};

	CHECK_CASES(cases);
}

static void test_health(void)
{
	static const struct test_case plain[] = {
		{"", "health", "absent"},
		{"HealthCmd=curl -f 'http://x'\n", "health.probe",
		 "{\"argv\":[\"/bin/sh\",\"-c\",\"curl -f 'http://x'\"],\"interval_usec\":30000000,"
		 "\"timeout_usec\":30000000,\"retries\":3}"},
		{"HealthCmd=[\"/check\",\"a b\"]\n", "health.probe.argv", "[\"/check\",\"a b\"]"},
		{"HealthCmd=[\"CMD\",\"/check\"]\n", "health.probe.argv", "[\"/check\"]"},
		{"HealthCmd=CMD /check 'a b'\n", "health.probe.argv", "[\"/check\",\"a b\"]"},
		{"HealthCmd=CMD-SHELL x | y\n", "health.probe.argv",
		 "[\"/bin/sh\",\"-c\",\"x | y\"]"},
		{"HealthCmd=x\nHealthInterval=2s\nHealthTimeout=1m\nHealthRetries=1\n"
		 "HealthStartPeriod=10\n",
		 "health",
		 "{\"probe\":{\"argv\":[\"/bin/sh\",\"-c\",\"x\"],\"interval_usec\":2000000,"
		 "\"timeout_usec\":60000000,\"retries\":1},\"start_period_usec\":10000000,"
		 "\"watchdog\":false}"},
		{"HealthCmd=x\nHealthStartupCmd=y\nHealthStartupRetries=4\n"
		 "HealthStartupSuccess=2\nHealthStartupInterval=1s\n",
		 "health.startup",
		 "{\"argv\":[\"/bin/sh\",\"-c\",\"y\"],\"interval_usec\":1000000,"
		 "\"timeout_usec\":30000000,\"retries\":4}"},
		{"HealthCmd=x\nHealthOnFailure=restart\n", "health.watchdog", "true"},
		{"HealthCmd=x\nHealthOnFailure=none\n", "health.watchdog", "false"},
		{"HealthCmd=x\nNotify=healthy\n", "notify", "\"healthy\""},
	};
	static const struct test_case of_image[] = {
		{"", "health.probe",
		 "{\"argv\":[\"/bin/sh\",\"-c\",\"check it\"],\"interval_usec\":5000000,"
		 "\"timeout_usec\":30000000,\"retries\":7}"},
		{"", "health.start_period_usec", "1500000"},
		{"Notify=healthy\n", "notify", "\"healthy\""},
		{"HealthCmd=none\n", "health", "absent"},
		{"HealthInterval=3s\n", "health.probe.interval_usec", "3000000"},
		{"HealthCmd=other\n", "health.probe.argv.2", "\"other\""},
		{"HealthCmd=other\n", "health.probe.retries", "7"},
	};
	static const char *const none[] = {"{}", "{\"Test\":[]}", "{\"Test\":[\"NONE\"]}",
					   "{\"Test\":[\"CMD-SHELL\",\"\"]}"};
	static const char *const malformed[] = {
		"{\"Test\":[\"CMD\"]}", "{\"Test\":[\"WHAT\",\"x\"]}",
		"{\"Test\":[\"CMD\",\"x\"],\"Retries\":-1}",
		"{\"Test\":[\"CMD\",\"x\"],\"Interval\":\"5s\"}", "{\"Test\":\"x\"}"};
	static const struct test_case absent = {"", "health", "absent"};

	CHECK_CASES(plain);
	image.config.healthcheck = (char *)TEST_HEALTH;
	CHECK_CASES(of_image);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		image.config.healthcheck = (char *)none[i];
		check_case(&absent);
	}
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++) {
		auto_free char *log = NULL;

		image.config.healthcheck = (char *)malformed[i];
		check_case(&absent);
		json_decref(resolve("web", "", &log));
		CHECK(log && strstr(log, "malformed"));
	}
	image.config.healthcheck = NULL;
}

static void test_rootfs(void)
{
	static const struct test_case cases[] = {
		{"Rootfs=/srv/root\nExec=/bin/x\n", "rootfs", "\"/srv/root\""},
		{"Rootfs=/srv/root:O\nExec=/bin/x\n", "rootfs", "\"/srv/root\""},
		{"Rootfs=/srv/root\nExec=/bin/x\n", "image", "\"/srv/root\""},
		{"Rootfs=/srv/root\nExec=/bin/x\n", "image_id", "absent"},
		{"Rootfs=/srv/root\nExec=/bin/x\n", "working_dir", "\"/\""},
		{"Rootfs=/srv/root\nExec=/bin/x\n", "argv", "[\"/bin/x\"]"},
	};

	CHECK_CASES(cases);
}

static void test_image(void)
{
	auto_free char *beside = text_format("%s/./web.tar", directory);
	const struct {
		const char *text, *image;
	} cases[] = {
		{"Image=web:1\n", "web:1"},
		{"Image=/srv/web.tar\n", "/srv/web.tar"},
		{"Image=./web.tar\n", beside},
		{"Rootfs=/srv\nExec=x\n", NULL},
	};
	auto_free char *path = text_format("%s/image.app", directory);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *text = text_format("[Container]\n%s", cases[i].text);
		auto_app struct app *app = NULL;
		auto_free char *ref = NULL;

		if (CHECK(fs_write_file(AT_FDCWD, path, text, strlen(text), 0644) == 0 &&
			  app_load("image", &app) == 0 && image_from_app(app, &ref) == 0))
			CHECK_STREQ(ref, cases[i].image);
	}
}

/* ---- instances of templates ---- */

static void test_template(void)
{
	auto_free char *path = text_format("%s/t@.app", directory);
	auto_app struct app *app = NULL;
	auto_spec struct spec *spec = NULL;
	static const char text[] = "[Container]\nImage=img\nEnvironment=I=%i N=%N\n";
	auto_buf out = {0};

	CHECK(fs_write_file(AT_FDCWD, path, text, strlen(text), 0644) == 0);
	if (!CHECK(app_load("t@One:2", &app) == 0 &&
		   spec_from_app(app, "app@t@One:2.service", NULL, &image, &spec) == 0))
		return;
	spec_to_json(spec, &out);
	CHECK(strstr(out.data, "\"id\":\"t@One:2\""));
	CHECK(strstr(out.data, "\"hostname\":\"t-One-2\""));
	CHECK(strstr(out.data, "\"I=One:2\""));
}

/* ---- messages ---- */

static void test_messages(void)
{
	static const struct {
		const char *text, *message;
		bool resolved;
	} cases[] = {
		{"Volume=a:/x\nVolume=b:/x\n", "web.app:4: Volume=: \"b:/x\": something is mounted",
		 false},
		{"Environment=A=1\nTimezone=Mars/Phobos\n",
		 "web.app:4: Timezone=: \"Mars/Phobos\": not a time zone", false},
		{"EnvironmentFile=nowhere\n", "web.app:3: EnvironmentFile=: ", false},
		{"Notify=healthy\n", "web.app:3: Notify=: \"healthy\": there is no health check",
		 false},
		{"HealthOnFailure=kill\n",
		 "web.app:3: HealthOnFailure=: \"kill\": there is no health check", false},
		{"HealthOnFailure=none\n", "", true},
		{"PublishPort=80\nIP=10.79.0.1\n",
		 "web.app:4: IP=: \"10.79.0.1\": not in the network's subnet 10.78.0.0/16", false},
		{"PublishPort=80\nPublishPort=70:70\nPublishPort=60-70:1-11\n",
		 "web.app:5: PublishPort=: \"60-70:1-11\": is published already", false},
		{"Rootfs=/srv\n", "web.app:2: Rootfs=: needs Exec= as well", false},
		{"", "", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *log = NULL;
		auto_json json_t *j = resolve("web", cases[i].text, &log);

		CHECK((j != NULL) == cases[i].resolved);
		if (!CHECK(strstr(log, cases[i].message)) || (!*cases[i].message && *log))
			printf("want %s, got %s\n", cases[i].message, log);
	}
}

int main(void)
{
	auto_free char *env = NULL;

	if (!mkdtemp(directory))
		return 1;
	env = text_format("%s/env", directory);
	CHECK(env && fs_write_file(AT_FDCWD, env, "A=file\nB=file\n", 14, 0644) == 0);
	CHECK(setenv("NAP_APPS_PATH", directory, 1) == 0);
	test_env(); /* which sets the environment for the others */
	test_process();
	test_mounts();
	test_confinement();
	test_names();
	test_health();
	test_rootfs();
	test_image();
	test_template();
	test_messages();
	CHECK(fs_remove_tree(AT_FDCWD, directory) == 0);
	return test_report();
}
