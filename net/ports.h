/* SPDX-License-Identifier: MIT */
/*
 * Which container publishes which port: DIR/ports/PROTOCOL-PORT/ADDRESS -> id. Unlike addresses
 * they can overlap without being equal (any address and one of them), so they are taken under a
 * lock.
 */
#pragma once

struct net_conf;
struct net_lease;

/*
 * Take the ports that conf publishes, of the host's (whose sockets may be in the way) and of other
 * containers', and put them into lease->publish; a port 0 is any that is free. -EADDRINUSE. In the
 * host's network namespace. Reports, naming who has a port.
 */
int ports_take(const char *dir, const struct net_conf *conf, struct net_lease *lease);
/* Give back those in lease->publish. Reports. */
int ports_release(const char *dir, const struct net_lease *lease);
/* Give back all of id, wherever they are. Reports. */
int ports_release_all(const char *dir, const char *id);
