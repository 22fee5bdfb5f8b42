/* SPDX-License-Identifier: MIT */
/* Units of apps: each key that becomes a setting, names of other apps, specifiers, hostile values.
 */
#include "test.h"

#include <stdlib.h>

#include "lib/cleanup.h"
#include "unitgen/unitgen.h"

#define MAX 8

/* An app of a few settings, "Section|Key|Value" each. */
struct fixture {
	struct app app;
	struct app_setting settings[MAX];
	char text[MAX][256];
};

static void fixture_init(struct fixture *f, const char *name, const char *const *rows)
{
	char *at = strchr(name, '@');

	*f = (struct fixture){0};
	f->app.name = (char *)name;
	f->app.instance = at ? at + 1 : NULL;
	f->app.path = (char *)"/etc/nap/apps/web.app";
	f->app.settings = f->settings;
	for (; rows && *rows; rows++) {
		struct app_setting *s = &f->settings[f->app.n_settings];
		char *text = f->text[f->app.n_settings++];

		(void)snprintf(text, sizeof(f->text[0]), "%s", *rows);
		s->section = strsep(&text, "|");
		s->key = strsep(&text, "|");
		s->value = text;
		s->file = (char *)"web.app";
	}
}

#define ROWS(...) ((const char *const[]){__VA_ARGS__, NULL})

static bool has_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *at = text; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') && (at[n] == '\n' || !at[n]))
			return true;
	return false;
}

/* The drop-in of an app with these settings has all the lines of want, in one piece. */
static void check_drop_in(const char *name, const char *const *rows, const char *want)
{
	struct fixture f;
	auto_buf out = {0};

	fixture_init(&f, name, rows);
	unit_dropin(&f.app, &out);
	if (!CHECK(has_line(out.data, want)))
		(void)printf("want:\n%s\ngot:\n%s\n", want, out.data);
}

static void check_container(const char *row, const char *want)
{
	check_drop_in("web", ROWS(row), want);
}

static void check_without(const char *row, const char *unwanted)
{
	struct fixture f;
	auto_buf out = {0};

	fixture_init(&f, "web", ROWS(row));
	unit_dropin(&f.app, &out);
	if (!CHECK(!strstr(out.data, unwanted)))
		(void)printf("not wanted: %s\ngot:\n%s\n", unwanted, out.data);
}

static void test_empty(void)
{
	struct fixture f;
	auto_buf out = {0};

	fixture_init(&f, "web", NULL);
	unit_dropin(&f.app, &out);
	CHECK_STREQ(
		out.data,
		"# Written by nap-generator from /etc/nap/apps/web.app; changes here are lost.\n"
		"[Unit]\nSourcePath=/etc/nap/apps/web.app\n"
		"\n[Service]\nEnvironment=NAP_UNIT_SEEN=1\n\n[Install]\n");
	CHECK(!unit_socket_dropin(&f.app, &out));
}

static void test_limits(void)
{
	check_container("Container|Memory|64M", "MemoryMax=67108864\nMemorySwapMax=67108864");
	check_container("Container|PidsLimit|100", "TasksMax=100");
	check_container("Container|PidsLimit|-1", "TasksMax=infinity");
	check_container("Container|Ulimit|nofile=2048:4096", "LimitNOFILE=2048:4096");
	check_container("Container|Ulimit|core=unlimited", "LimitCORE=infinity:infinity");
	check_container("Container|Ulimit|memlock=-1:-1", "LimitMEMLOCK=infinity:infinity");
	check_without("Container|Ulimit|nofile=16", "LimitNOFILE");
	check_without("Container|Ulimit|as=1000000", "LimitAS");
	check_drop_in("web", ROWS("Container|Memory|64M", "Service|MemoryMax|1G"),
		      "MemoryMax=67108864\nMemorySwapMax=67108864\nMemoryMax=1G");
}

static void test_stop_and_reload(void)
{
	check_container("Container|StopSignal|INT",
			"ExecStop=\nKillSignal=SIGINT\nSuccessExitStatus=SIGINT");
	check_container("Container|StopSignal|RTMIN+3",
			"ExecStop=\nKillSignal=SIGRTMIN+3\nSuccessExitStatus=SIGRTMIN+3");
	check_container("Container|StopTimeout|30", "TimeoutStopSec=30");
	check_container("Container|StopTimeout|1min 500ms", "TimeoutStopSec=60500000us");
	check_container("Container|StopTimeout|infinity", "TimeoutStopSec=infinity");
	check_container("Container|StopTimeout|0", "TimeoutStopSec=1");
	check_container("Container|ReloadSignal|HUP", "ExecReload=/usr/bin/nap kill -s SIGHUP %i");
	check_container("Container|ReloadCmd|nginx -s reload",
			"ExecReload=/usr/bin/nap exec %i nginx -s reload");
	check_container("Container|ReloadCmd|sh -c 'echo \"$HOME\" 5%' ; rm",
			"ExecReload=/usr/bin/nap exec %i sh -c "
			"\"echo \\\"$$HOME\\\" 5%%\" \";\" rm");
}

static void test_devices_and_secrets(void)
{
	check_container("Container|AddDevice|/dev/fuse", "DeviceAllow=/dev/fuse rw");
	check_container("Container|AddDevice|-/dev/kvm:/dev/kvm", "DeviceAllow=/dev/kvm rw");
	check_container("Container|AddDevice|/dev/sda:/dev/x:r", "DeviceAllow=/dev/sda r");
	check_container("Container|AddDevice|/dev/sda:rwm", "DeviceAllow=/dev/sda rwm");
	check_container("Container|AddDevice|/dev/../dev//fuse", "DeviceAllow=/dev/fuse rw");
	check_container("Container|Secret|token", "LoadCredential=token");
	check_container("Container|Secret|token,type=env,target=TOKEN", "LoadCredential=token");
	check_without("Container|Secret|a:/etc/shadow", "LoadCredential");
	check_container("Service|LoadCredential|a:/etc/a", "LoadCredential=a:/etc/a");
}

static void test_health(void)
{
	check_container("Container|HealthOnFailure|restart",
			"WatchdogSec=120\nWatchdogSignal=SIGTERM\nRestart=on-failure");
	check_drop_in("web",
		      ROWS("Container|HealthOnFailure|kill", "Container|HealthInterval|5s",
			   "Container|HealthTimeout|1s", "Service|Restart|always"),
		      "WatchdogSec=12\nWatchdogSignal=SIGKILL\nRestart=on-failure\nRestart=always");
	check_drop_in("web",
		      ROWS("Container|HealthOnFailure|stop", "Container|HealthInterval|1s",
			   "Container|HealthTimeout|1s", "Container|HealthStartupCmd|true",
			   "Container|HealthStartupInterval|1min",
			   "Container|HealthStartupTimeout|1s"),
		      "WatchdogSec=122\nWatchdogSignal=SIGTERM\nRestart=no");
	check_without("Container|HealthOnFailure|none", "WatchdogSec");
	check_drop_in("web", ROWS("Container|Notify|healthy", "Container|HealthStartPeriod|2min"),
		      "TimeoutStartSec=210");
	check_drop_in("web",
		      ROWS("Container|Notify|healthy", "Container|HealthStartupRetries|10",
			   "Container|HealthStartupInterval|5s",
			   "Container|HealthStartupTimeout|1s"),
		      "TimeoutStartSec=150");
	check_without("Container|HealthStartPeriod|2min", "TimeoutStartSec");
}

static void test_mounts(void)
{
	check_container("Container|Volume|/srv/data:/data", "RequiresMountsFor=/srv/data");
	check_container("Container|Volume|./data:/data:ro", "RequiresMountsFor=/etc/nap/apps/data");
	check_container("Container|Volume|/srv/../my data:/data", "RequiresMountsFor=\"/my data\"");
	check_container("Container|Volume|/srv/%i:/data", "RequiresMountsFor=/srv/%%i");
	check_without("Container|Volume|data:/data", "RequiresMountsFor");
	check_without("Container|Volume|/data", "RequiresMountsFor");
	check_without("Container|Volume|/it's:/data", "RequiresMountsFor");
	check_container("Container|Mount|type=bind,source=/srv/x,target=/x",
			"RequiresMountsFor=/srv/x");
	check_container("Container|Mount|type=bind,dst=/x,src=/srv/x", "RequiresMountsFor=/srv/x");
	check_without("Container|Mount|type=volume,source=x,target=/x", "RequiresMountsFor");
	check_container("Container|Image|/srv/web.tar", "RequiresMountsFor=/srv/web.tar");
	check_without("Container|Image|debian:12", "RequiresMountsFor");
	check_container("Container|Rootfs|/srv/tree:O", "RequiresMountsFor=/srv/tree");
	check_container("Container|EnvironmentFile|/etc/default/web",
			"RequiresMountsFor=/etc/default/web");
	check_container("Container|EnvironmentFile|env/web",
			"RequiresMountsFor=/etc/nap/apps/env/web");
	check_without("Container|SeccompProfile|unconfined", "RequiresMountsFor");
}

static void test_other_units(void)
{
	static const char *const keys[] = {"After",
					   "Before",
					   "BindsTo",
					   "Conflicts",
					   "OnFailure",
					   "OnSuccess",
					   "PartOf",
					   "PropagatesReloadTo",
					   "PropagatesStopTo",
					   "ReloadPropagatedFrom",
					   "Requires",
					   "Requisite",
					   "StopPropagatedFrom",
					   "Upholds",
					   "Wants"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		char row[128], want[128];

		(void)snprintf(row, sizeof(row), "Unit|%s|db.app a.service w@1.container", keys[i]);
		(void)snprintf(want, sizeof(want), "%s=app@db.service a.service app@w@1.service",
			       keys[i]);
		check_container(row, want);
	}
	check_container("Unit|Description|not db.app", "Description=not db.app");
	check_container("Unit|After|.app app", "After=.app app");
	check_container("Container|Network|app:db", "BindsTo=app@db.service\nAfter=app@db.service");
	check_container("Container|Network|db.container",
			"BindsTo=app@db.service\nAfter=app@db.service");
	check_container("Container|Network|db@1.app",
			"BindsTo=app@db@1.service\nAfter=app@db@1.service");
	check_container("Container|Network|db@a:b.app", "BindsTo=app@db@a:b.service");
	check_container("Container|Network|app:db@a:b", "BindsTo=app@db@a:b.service");
	check_without("Container|Network|host", "BindsTo");
	check_without("Container|Network|back:alias=db.app", "BindsTo");
	check_without("Container|Network|db.app:alias=x", "BindsTo");
	check_without("Container|Network|.app", "BindsTo");
}

static void test_specifiers(void)
{
	check_drop_in("web@a-b", ROWS("Service|Environment|%i %I %p %j %n %%i"),
		      "Environment=a-b a/b web web %n %%i");
	check_drop_in("my-web", ROWS("Unit|Description|[%i] %p %P %j %"),
		      "Description=[] my-web my/web web %");
	check_drop_in("web@1", ROWS("Unit|After|db@%i.app"), "After=app@db@1.service");
}

static void test_install(void)
{
	check_container("Install|WantedBy|a.target b.target",
			"WantedBy=\nWantedBy=a.target b.target");
	check_container("Install|RequiredBy|a.target", "WantedBy=\nRequiredBy=a.target");
	check_without("Install|Alias|www.service", "Alias");
	check_without("Install|DefaultInstance|1", "DefaultInstance");
	check_container("Container|ListenStream|80", "[Install]\nAlso=app@web.socket");
}

static void test_hostile(void)
{
	check_container("Unit|Description|x\n[Service]\nExecStart=/bin/evil",
			"Description=x [Service] ExecStart=/bin/evil");
	check_container("Service|Environment|A=\\", "Environment=A=\\ ");
	check_without("Service|X\rExecStart|/bin/evil", "evil");
	check_without("Service|# Key|evil", "evil");
	check_without("Unit|[Service]|evil", "evil");
	check_container("Container|ReloadCmd|a\\nExecStart=/bin/evil",
			"ExecReload=/usr/bin/nap exec %i \"a\\x0aExecStart=/bin/evil\"");
	check_container("Container|Volume|/a%n:/b", "RequiresMountsFor=/a%%n");
	check_without("Container|Volume|/a\nExecStart=evil:/b", "evil");
	check_without("Container|AddDevice|/dev/a\nExecStart=evil", "evil");
	check_container("Container|Secret|a\nb%n", "LoadCredential=a b%%n");
}

static void test_sockets(void)
{
	struct fixture f;
	auto_buf out = {0};

	check_container("Container|ListenStream|80",
			"Requires=app@web.socket\nAfter=app@web.socket");
	fixture_init(
		&f, "web",
		ROWS("Container|ListenDatagram|[::1%lo]:53", "Container|ListenStream|8080 http"));
	CHECK(unit_socket_dropin(&f.app, &out));
	CHECK(has_line(out.data, "[Socket]\nListenDatagram=[::1%%lo]:53\nListenStream=8080"));
}

static void test_whole(void)
{
	struct fixture f;
	auto_buf out = {0};

	fixture_init(&f, "web",
		     ROWS("Unit|After|db.app", "Container|ReloadSignal|HUP", "Service|Nice|%i5"));
	unit_whole(&f.app, &out);
	CHECK(has_line(out.data, "Description=App web"));
	CHECK(has_line(out.data, "After=db.service"));
	CHECK(has_line(out.data, "Type=notify"));
	CHECK(has_line(out.data, "ExecStart=/usr/bin/nap launch --file /etc/nap/apps/web.app web"));
	CHECK(has_line(out.data, "ExecStopPost=-/usr/bin/nap clean web"));
	CHECK(has_line(out.data, "ExecReload=/usr/bin/nap kill -s SIGHUP web"));
	CHECK(has_line(out.data, "Nice=%i5"));
	CHECK(has_line(out.data, "[Install]\nWantedBy=multi-user.target"));
	CHECK(!unit_socket_whole(&f.app, &out));
}

static void test_whole_template(void)
{
	struct fixture f;
	auto_buf out = {0};

	fixture_init(&f, "web@",
		     ROWS("Container|Volume|/srv/%i/%n:/x", "Container|Network|app:db-%i",
			  "Container|ListenStream|/run/%i", "Install|WantedBy|a.target"));
	f.app.path = (char *)"/srv/my apps/100%/web@.app";
	unit_whole(&f.app, &out);
	CHECK(has_line(out.data, "ExecStart=/usr/bin/nap launch --file "
				 "\"/srv/my apps/100%%/web@.app\" web@%i"));
	CHECK(has_line(out.data, "RequiresMountsFor=/srv/%i/%%n"));
	CHECK(has_line(out.data, "BindsTo=db-%i.service"));
	CHECK(has_line(out.data, "Requires=web@%i.socket"));
	CHECK(has_line(out.data, "[Install]\nWantedBy=a.target\nAlso=web@%i.socket"));
	buf_done(&out);
	out = (struct buf){0};
	CHECK(unit_socket_whole(&f.app, &out));
	CHECK(has_line(out.data, "ListenStream=/run/%i"));
}

int main(void)
{
	test_empty();
	test_limits();
	test_stop_and_reload();
	test_devices_and_secrets();
	test_health();
	test_mounts();
	test_other_units();
	test_specifiers();
	test_install();
	test_hostile();
	test_sockets();
	test_whole();
	test_whole_template();
	return test_report();
}
