#!/bin/bash
# SPDX-License-Identifier: MIT
# Credentials: given to the app's own user, nowhere else to be read, gone with the app.
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images payload
before=$(world)
remember app@web
mkdir -p /etc/credstore
echo hush >"$T/token"
chmod 600 "$T/token"
echo stored >/etc/credstore/stored
chmod 600 /etc/credstore/stored

for user in root app; do
	payload_app web '/payload report credentials' "User=$user" Secret=stored
	cat >>/etc/nap/apps/web.app <<-APP
		[Service]
		LoadCredential=token:$T/token
		SetCredential=plain:open
		RemainAfterExit=yes
	APP
	systemctl daemon-reload
	ok "start as $user" systemctl start app@web
	uid=0
	[ "$user" = root ] || uid=1000
	logs "the directory is announced" web '^credentials\.directory=/run/credentials/app@web\.service$'
	logs "LoadCredential= is there for $user" web "^credentials\.token=hush 04[04]0 $uid$"
	logs "SetCredential= is there" web "^credentials\.plain=open 04[04]0 $uid$"
	logs "Secret= is there" web "^credentials\.stored=stored 04[04]0 $uid$"
	logs "they are in /run/secrets as well" web "^secrets\.stored=stored 04[04]0 $uid$"
	logs "nobody writes there" web '^credentials\.write=(EROFS|EACCES)$'
	systemctl stop app@web
done
payload_app web '/payload report env' Secret=stored,type=env,target=TOKEN
ok "start with a secret in the environment" systemctl start app@web
logs "it is there" web '^env=TOKEN=stored$'
forget web
payload_app web '/payload sleep' Secret=nothing-such
systemctl start app@web 2>/dev/null
unlike "a secret that is missing is no start" "$(prop web ActiveState)" '^active$'
forget web
is "nothing of them is left" "$(find /run/credentials -path '*app@*' 2>/dev/null)" ""
same_world "nor of the apps" "$before"
rm -r /etc/credstore/stored
finish
