/* SPDX-License-Identifier: MIT */
/*
 * Network files: they are found, overlaid and merged as apps are, by the same code. What is
 * refused, key by key, is in tests/app.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "lib/fs.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "unitgen/unitgen.h"

static char top[] = "/tmp/nap-test-network.XXXXXX";

static void write_text(const char *path, const char *text)
{
	auto_free char *full = text_format("%s/%s", top, path);
	char *slash = strrchr(full, '/');

	*slash = '\0';
	CHECK(fs_mkdirs(AT_FDCWD, full, 0755) == 0);
	*slash = '/';
	CHECK(fs_write_file(AT_FDCWD, full, text, strlen(text), 0644) == 0);
}

static void check_load(void)
{
	auto_app struct app *network = NULL;
	const char *value;
	size_t i = 0;

	write_text("low/back.network", "[Unit]\nDescription=x\n[Network]\nSubnet=10.1.0.0/16\n"
				       "Gateway=10.1.0.1\nInternal=no\nOptions=mtu=1400 a=b\n");
	write_text("high/back.network.d/50-more.conf",
		   "[Network]\nInternal=yes\nSubnet=fd01::/64\nInterfaceName=%p0\n");
	write_text("low/back.app.d/50-app.conf", "[Network]\nNonsense=1\n");
	if (!CHECK(network_load("back", &network) == 0))
		return;
	CHECK_STREQ(network->name, "back");
	CHECK_STREQ(app_get(network, "Internal"), "yes");
	CHECK_STREQ(app_get(network, "InterfaceName"), "back0");
	CHECK_STREQ(app_get(network, "IPv6"), NULL);
	CHECK_STREQ(app_next(network, "Network", "Subnet", &i), "10.1.0.0/16");
	CHECK_STREQ(app_next(network, "Network", "Subnet", &i), "fd01::/64");
	CHECK_STREQ(app_next(network, "Network", "Subnet", &i), NULL);
	i = 0;
	value = app_next(network, "Network", "Options", &i);
	CHECK_STREQ(value, "mtu=1400");
	for (i = 0; i < network->n_settings; i++) {
		const struct app_setting *s = &network->settings[i];
		bool quiet = streq(s->section, "Network") && !streq(s->value, "a=b");

		CHECK(!app_setting_note(network, s) == quiet);
	}
}

/* text as the lines of [Network] */
static bool is_right(const char *text)
{
	auto_free char *file = text_format("[Network]\n%s\n", text);
	auto_app struct app *network = NULL;

	write_text("low/net.network", file);
	return network_load("net", &network) == 0;
}

static void check_addresses(void)
{
	CHECK(is_right(""));
	CHECK(is_right("Gateway=10.1.0.1\nSubnet=10.1.0.0/16\nIPRange=10.1.4.0/24"));
	CHECK(is_right("Subnet=fd01::/64\nSubnet=10.1.0.0/30\nGateway=fd01::1\nGateway=10.1.0.2"));
	CHECK(is_right("Subnet=10.1.0.0/16\nIPRange=10.1.4.1-10.1.4.9\n"));
	CHECK(is_right("Subnet=10.1.0.0/16\nSubnet=\nSubnet=10.2.0.0/16\nGateway=10.2.0.1"));
	CHECK(!is_right("Subnet=10.1.0.0/16\nSubnet=10.2.0.0/16"));
	CHECK(!is_right("Subnet=10.1.0.0/31"));
	CHECK(!is_right("Gateway=10.1.0.1"));
	CHECK(!is_right("Subnet=10.1.0.0/16\nGateway=fd00::1"));
	CHECK(!is_right("Subnet=10.1.0.0/16\nGateway=10.2.0.1"));
	CHECK(!is_right("Subnet=10.1.0.0/16\nGateway=10.1.0.0"));
	CHECK(!is_right("Subnet=10.1.0.0/16\nGateway=10.1.255.255"));
	CHECK(!is_right("Subnet=10.1.0.0/16\nGateway=10.1.0.1\nGateway=10.1.0.2"));
	CHECK(!is_right("Subnet=10.1.0.0/16\nIPRange=10.1.255.0-10.2.0.0"));
	CHECK(!is_right("Subnet=10.1.0.0/16\nIPRange=10.0.0.0/8"));
}

static void check_names(void)
{
	auto_strv char **names = NULL;
	auto_app struct app *network = NULL;
	auto_free char *path = text_format("%s/x/front.network", top);

	write_text("high/back.network", "");
	write_text("high/host.network", "[Network]\n");
	write_text("high/a.app", "[Container]\n");
	CHECK(network_names(&names) == 0);
	if (CHECK(strv_len(names) == 1))
		CHECK_STREQ(names[0], "net"); /* of low; back is masked */
	CHECK(network_load("back", &network) == -ENOENT);
	CHECK(network_load("nosuch", &network) == -ENOENT);
	CHECK(network_load("host", &network) == -EINVAL);
	CHECK(network_load("a@b", &network) == -EINVAL);
	write_text("x/front.network", "[Network]\nDNS=1.1.1.1\n");
	CHECK(network_load_file(path, &network) == 0);
	CHECK_STREQ(network ? app_get(network, "DNS") : NULL, "1.1.1.1");
	path[strlen(path) - 1] = 'x';
	CHECK(network_load_file(path, &network) < 0);
}

int main(void)
{
	auto_fd int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	auto_free char *path = NULL;

	if (!CHECK(mkdtemp(top)) || !CHECK(null >= 0))
		return test_report();
	log_set_fd(null);
	path = text_format("%s/high:%s/low", top, top);
	(void)setenv("NAP_APPS_PATH", path, 1);
	check_load();
	check_addresses();
	check_names();
	(void)fs_remove_tree(AT_FDCWD, top);
	return test_report();
}
