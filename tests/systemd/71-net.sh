#!/bin/bash
# SPDX-License-Identifier: MIT
# The network of apps as services: nginx and redis published to other machines, curl and redis-cli there;
# the firewall of the host comes, reloads and goes.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
# shellcheck source=tests/outside.sh
. /tests/outside.sh
images nginx redis payload
make_host
outside client 1
outside other 2
default_by 1
net_world() {
	world
	ip -o link | sed -E 's/^[0-9]+: ([^:@]+).*/link \1/' | LC_ALL=C sort
	ip -o neigh show nud permanent | LC_ALL=C sort
	nft list table inet nap | LC_ALL=C sort
	find /run/nap/net ! -name lock | LC_ALL=C sort
}

apps <<-'APPS'
	# web.app
	[Unit]
	Description=nginx
	[Container]
	Image=nginx:1.0
	PublishPort=8080:80
	Volume=/run/page:/usr/share/nginx/html:ro
	[Service]
	Restart=on-failure
	# cache.app
	[Container]
	Image=redis:1.0
	Network=private:alias=store
	PublishPort=6379:6379
	PublishPort=127.0.0.1:6380:6379
	Notify=healthy
	HealthInterval=200ms
	# asker.app
	[Unit]
	Wants=cache.app
	After=cache.app
	[Container]
	Image=redis:1.0
	Exec=sleep infinity
	Deny=out 198.18.2.0/24
	# apart.app
	[Container]
	Image=redis:1.0
	Network=backend.network
	Exec=sleep infinity
APPS
mkdir -p /run/page
echo '<h1>Published</h1>' >/run/page/index.html
printf '[Network]\nSubnet=10.90.0.0/24\nIPv6=yes\n' >/etc/nap/apps/backend.network
ok "nap check finds nothing to say" nap check /etc/nap/apps/{web,cache,asker,apart}.app
systemctl daemon-reload
all=(web cache asker apart)
remember "${all[@]/#/app@}"
systemctl start "${all[@]/#/app@}" && systemctl stop "${all[@]/#/app@}" # bridges and volumes are there
no_links() { ! ip -o link | grep -q ': vn'; } # the kernel takes them away in its own time
wait_for no_links
before=$(net_world)

page() { at "$1" curl -s -m 60 "http://$2:8080/"; } # WHERE HOST
redis() { at "$1" timeout "${LIMIT:-60}" redis-cli -h "$2" -p "${3:-6379}" "${@:4}" 2>&1; } # WHERE HOST PORT WORD...
ok "start" systemctl start "${all[@]/#/app@}"
is "all are active" "$(systemctl is-active "${all[@]/#/app@}" | sort -u)" active
wait_for page here 127.0.0.1

answers() { # WHEN: everything that is published answers, and nothing else
	is "$1: curl from outside" "$(page client 198.18.1.1)" '<h1>Published</h1>'
	is "$1: by IPv6" "$(page client '[2001:db8:1::1]')" '<h1>Published</h1>'
	is "$1: from the host, 127.0.0.1" "$(page here 127.0.0.1)" '<h1>Published</h1>'
	is "$1: from the host, ::1" "$(page here '[::1]')" '<h1>Published</h1>'
	is "$1: redis-cli from outside" "$(redis other 198.18.2.1 6379 ping)" PONG
	is "$1: by IPv6" "$(redis other 2001:db8:2::1 6379 ping)" PONG
	is "$1: from the host, the port of 127.0.0.1" "$(redis here 127.0.0.1 6380 ping)" PONG
	like "$1: which is refused from outside" "$(LIMIT=3 redis client 198.18.1.1 6380 ping)" 'Could not connect|^$'
	is "$1: from another app by name" "$(nap exec asker redis-cli -h cache ping)" PONG
	is "$1: and by its alias" "$(nap exec asker redis-cli -h store ping)" PONG
	like "$1: not from another network" "$(nap exec apart timeout 1 redis-cli -h "$cache4" ping 2>&1)" 'Could not connect|^$'
	like "$1: Deny= holds" "$(nap exec asker timeout 60 redis-cli -h 198.18.2.2 ping 2>&1)" 'refused|unreachable|prohibited'
}
cache4=$(nap exec cache hostname -I | tr ' ' '\n' | grep '^10\.' | head -n 1)
is "redis sees who asks" "$(redis client 198.18.1.1 6379 client info | grep -oE ' addr=[0-9.]+')" " addr=198.18.1.2"
answers "started"
logs "so does nginx, in the journal" web '^2001:db8:1::2 .*"GET / HTTP/1'
is "names: getent" "$(nap exec asker getent hosts cache | awk '{print $1}' | head -n 1)" "$(nap exec asker getent ahosts cache | awk '{print $1}' | head -n 1)"
like "nap ps shows addresses and ports" "$(nap ps | grep -w cache)" "$cache4.*6379->6379/tcp"
like "nap net inspect tells who is on it" "$(nap net inspect private)" 'cache'

# ---- the host's firewall: each time `nft flush ruleset` takes nap's table away
printf '#!/usr/sbin/nft -f\nflush ruleset\ntable inet filter { chain input { type filter hook input priority filter; }; }\n' >/etc/nftables.conf
nft flush ruleset
is "flushed, nothing is left" "$(nft list ruleset)" ""
like "and nothing answers" "$(LIMIT=3 redis client 198.18.1.1 6379 ping)" 'Could not connect|^$'
ok "nap net reload" nap net reload
answers "after nap net reload"
for verb in start reload restart stop start; do
	ok "systemctl $verb nftables" systemctl $verb nftables
	is "$verb: nap's table is there at once" "$(nft list table inet nap | head -n 1)" "table inet nap {"
	answers "nftables: $verb"
done
systemctl stop nftables
nft flush ruleset
ok "systemctl start nap-net" systemctl start nap-net
answers "nap-net.service"
is "it has ended" "$(systemctl is-active nap-net)" inactive
is "with nothing to say" "$(journalctl --no-pager -o cat -u nap-net -u nftables -p warning)" ""

# ---- firewalld, where it is
if command -v firewall-cmd >/dev/null; then
	ok "systemctl start firewalld" systemctl start firewalld
	wait_for firewall-cmd --state
	firewall-cmd -q --zone=trusted --add-interface=nap0 # its own rules would keep apps from the world
	answers "firewalld"
	ok "firewall-cmd --reload" firewall-cmd -q --reload
	ok "systemctl reload firewalld" systemctl reload firewalld
	is "nap's table is there" "$(nft list table inet nap | head -n 1)" "table inet nap {"
	is "published ports answer" "$(redis client 198.18.1.1 6379 ping) $(page client '[2001:db8:1::1]')" 'PONG <h1>Published</h1>'
	ok "systemctl stop firewalld" systemctl stop firewalld
	answers "firewalld has ended"
fi

# ---- restarts
ok "restart one" systemctl restart app@cache
answers "after a restart"
kill -9 "$(main_pid web)"
becomes "Restart= brings nginx back" "1 active" props web NRestarts ActiveState
wait_for page here 127.0.0.1
answers "after a kill"
begin=$(journalctl -n 0 --show-cursor -o cat | sed -n 's/^-- cursor: //p')
systemctl stop app@web
systemctl start app@web
is "a start and a stop have nothing to warn of" "$(journalctl --no-pager -o cat --after-cursor="$begin" -u app@web -p warning | grep -i nap)" ""

# ---- a port that is taken fails the start, and says who has it
apps second <<-'APP'
	[Container]
	Image=payload:1.0
	Exec=/payload sleep
	PublishPort=8080:80
APP
remember app@second
systemctl start app@second 2>/dev/null
is "the port is taken: 225/NETWORK" "$(props second ActiveState ExecMainStatus)" "failed 225"
logs "it says by whom" second '8080.*web'
like "and so does systemctl status" "$(prop second StatusText)" '8080.*web'
forget second

ok "stop" systemctl stop "${all[@]/#/app@}"
is "all ended well" "$(systemctl show -P Result "${all[@]/#/app@}" | sort -u | grep .)" success
becomes "nothing is left" "$before" net_world
forget "${all[@]}"
rm -f /etc/nap/apps/backend.network
ok "nap net prune" nap net prune -f
is "takes the bridges" "$(ip -o link show type bridge)" ""
gone_outside client other
finish
