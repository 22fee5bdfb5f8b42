#!/bin/bash
# SPDX-License-Identifier: MIT
# App files: tests/app/fail-* give the errors beside them, pass-* and warn-* the warnings beside them; the
# search path as nap check sees it; the examples of the manual; many of them.
. "$(dirname "$0")/lib.sh"
needs setpriv
CASES=$TOP/tests/app
mkdir -m 755 "$T/high" "$T/low"
export NAP_APPS_PATH=$T/high:$T/low

check_case() { (cd "$CASES" && nap check "$@" 2>&1); }

# ---- the cases

for file in "$CASES"/fail-*.{app,network}; do
	name=$(basename "$file")
	messages=$(check_case "$name")
	is "$name is refused" $? 1
	is "$name: what is told" "$messages" "$(cat "${file%.*}.err")"
done
for file in "$CASES"/{pass,warn}-*.app "$CASES"/pass-*.{container,network}; do
	name=$(basename "$file")
	warnings=$(check_case "$name")
	is "$name passes" $? 0
	is "$name: its warnings" "$warnings" "$(cat "${file%.*}.warn" 2>/dev/null)"
	is "-q: none of them" "$(check_case -q "$name")" ""
done
ok "there are at least 60 wrong lines" test "$(cat "$CASES"/fail-*.err | grep -c ':[0-9]*: ')" -ge 60

# Every key with a checker is wrong somewhere, every one that is accepted is right somewhere.
keys() { sed -nE 's/^\t\{"([A-Za-z0-9]+)", (KEY_[A-Z_]+).*/\1 \2/p' "$TOP/unitgen/$1" | LC_ALL=C sort; }
never_wrong() { # TABLE SUFFIX
	cat "$CASES"/fail-*.err | sed -nE "s/.*\.$2(\.d.*)?:[0-9]+: ([A-Za-z0-9]+)=: .*/\2/p" | LC_ALL=C sort -u |
		LC_ALL=C join -v 1 <(keys "$1") - | cut -d' ' -f1
}
never_right() { # TABLE CASE...
	local table=$1

	sed -nE 's/^([A-Za-z0-9]+)=.*/\1/p' "${@:2}" | LC_ALL=C sort -u |
		LC_ALL=C join -v 1 <(keys "$table" | grep -v KEY_REFUSED) - | cut -d' ' -f1
}
is "every key has been wrong" "$(never_wrong keys.c app)" ""
is "every key has been right" "$(never_right keys.c "$CASES/pass-every.app" "$CASES/pass-reset.app")" \
	$'GIDMap\nSubGIDMap\nSubUIDMap\nUIDMap'
is "every key of networks has been wrong" "$(never_wrong keys-network.c network)" ""
is "every key of networks has been right" "$(never_right keys-network.c "$CASES/pass-all.network")" ""

# ---- the search path

echo $'[Container]\nImage=x\nMemory=low' >"$T/low/web.app"
echo $'[Container]\nImage=x' >"$T/low/fine.app"
fails_with 1 '^nap: web.app:3: Memory=: "low"' nap check -q web
fails_with 1 '^nap: web.app:3: Memory=: "low"' nap check -q
ok "one of them by its name" nap check -q fine
echo $'[Container]\nImage=x\nMemory=high' >"$T/high/web.container"
fails_with 1 '^nap: web.container:3: Memory=: "high"' nap check -q
mkdir "$T/low/web.container.d"
echo $'[Container]\nMemory=' >"$T/low/web.container.d/50.conf"
echo $'[Container]\nImage=x' >"$T/high/web.container"
ok "what is hidden is not read" nap check -q
echo $'[Container]\nMemory=1' >"$T/low/web.container.d/50.conf"
fails_with 1 '^nap: web.container.d/50.conf:2: Memory=: "1"' nap check -q
ln -s /dev/null "$T/high/web.app"
ok "what is masked is not read" nap check -q
fails_with 1 'masked' nap check web
fails_with 1 'there is no app "nosuch"' nap check nosuch
fails_with 1 'nosuch.app' nap check "$T/nosuch.app"
fails_with 1 'name of an app' nap check Web
fails_with 2 'nonsense' nap check --nonsense
echo $'[Container]\nImage=x\nHostName=%i' >"$T/low/many-fold@.app"
ok "a template" nap check -q
ok "an instance" nap check -q many-fold@one
fails_with 1 'HostName' nap check -q many-fold@one_.
: >"$T/low/Upper.app"
like "a file that no app can be called after" "$(nap check 2>&1)" 'Upper.app is left out'
rm "$T/low/Upper.app"

# ---- warnings

corpus busybox
load busybox/oci-gz.tar
printf '[Unit]\nAfter=fine.app nosuch.app many-fold@1.app\n[Container]\nImage=busybox:1.0\nNetwork=app:nosuch2\n' >"$T/low/warned.app"
warnings=$(nap check warned 2>&1)
is "warnings do not count" $? 0
is "an app that is there, one that is not" "$warnings" \
	$'nap: warning: warned.app:2: After=: "nosuch": there is no such app\nnap: warning: warned.app:5: Network=: "nosuch2": there is no such app'
touch "$T/low/nosuch.app" # masked
echo $'[Container]\nImage=x' >"$T/low/nosuch2.app"
like "a masked one is not there" "$(nap check warned 2>&1)" '^[^:]*: warning: warned.app:2: After=: "nosuch": there is no such app$'
is "the image has no health check" "$(check_case warn-healthy.app)" \
	'nap: warning: warn-healthy.app:3: Notify=: "healthy": neither HealthCmd= nor the image has a health check'
printf '[Container]\nImage=x\nVolume=./data:/data\nVolume=%s:/b\nEnvironmentFile=env\n' "$T/data" >"$T/low/warned.app"
is "paths that are not there" "$(nap check warned 2>&1 | grep -c 'not exist')" 3
mkdir "$T/low/data" "$T/data"
touch "$T/low/env"
is "relative ones start at the file" "$(nap check warned 2>&1 | grep -c 'not exist')" 0
mkdir -m 755 "$T/public"
cp "$T/low/warned.app" "$T/public"
chmod 755 "$T"
ok "others than root may check" setpriv --reuid 65534 --regid 65534 --clear-groups \
	"$NAP" --root "$ROOT" check -q "$T/public/warned.app"

# ---- networks

rm -r "$T/low" "$T/high"
mkdir "$T/low" "$T/high"
cat >"$T/low/web.app" <<'X'
[Unit]
After=db.app back.network network.target
Requires=back.network
[Container]
Image=busybox:1.0
Network=back:ip=10.90.0.9
Network=front.network
Allow=app:db
X
echo $'[Container]\nImage=busybox:1.0\nNetwork=web.app' >"$T/low/db.app"
echo $'[Network]\nSubnet=10.90.0.0/16' >"$T/low/back.network"
messages=$(nap check -q 2>&1)
is "a network that is not there" "$messages" 'nap: web.app:7: Network=: "front.network": there is no front.network'
fails_with 1 'there is no front.network' nap check -q web
echo '[Network]' >"$T/front.network"
ok "files that are checked together" nap check -q web "$T/front.network"
mv "$T/front.network" "$T/high"
ok "all are there" nap check -q
is "what asks for a network of systemd" "$(nap check 2>&1)" \
	'nap: warning: web.app:2: After=: "back.network": a network is made when its first app starts: this has no effect
nap: warning: web.app:3: Requires=: "back.network": a network is made when its first app starts: this has no effect'
like "is left out of the unit" "$(nap unit web | sed -n '/^After=db/p; /^Requires=/p')" '^After=db.service network.target$'
is "sharing is a dependency" "$(nap unit db | grep -c '=web.service$')" 2
mkdir "$T/high/back.network.d"
echo $'[Network]\nGateway=10.91.0.1' >"$T/high/back.network.d/50-gateway.conf"
wrong='nap: back.network.d/50-gateway.conf:2: Gateway=: "10.91.0.1": not within Subnet=10.90.0.0/16'
is "all networks are read" "$(nap check -q 2>&1)" "$wrong"
is "one by its name" "$(nap check -q back.network 2>&1)" "$wrong"
mv "$T/high/back.network.d" "$T/low"
fails_with 1 '^nap: /.*low/back.network.d/50-gateway.conf:2: ' nap check "$T/low/back.network"
rm -r "$T/low/back.network.d"
ln -s /dev/null "$T/high/back.network"
fails_with 1 'network "back" is masked' nap check back.network
fails_with 1 'there is no back.network' nap check -q web
fails_with 1 'there is no network "nosuch"' nap check nosuch.network
fails_with 1 '"none" cannot be the name of a network' nap check none.network
sed -i 's/^Network=back.*/Network=app:nosuch/; /^Network=front/d; /^Allow/d' "$T/low/web.app"
is "apps that are not there are only warned of" "$(nap check web 2>&1 | grep -c nosuch)" 1
sed -i 's/^Network=.*/Network=%p/' "$T/low/web.app"
fails_with 1 'Network=: "web": there is no web.network' nap check -q web
mv "$T/low/web.app" "$T/low/web@.app"
sed -i 's/^Network=.*/Network=net-%i/' "$T/low/web@.app"
ok "a template's is known by the instance" nap check -q web@
fails_with 1 'there is no net-a.network' nap check -q web@a
mkdir "$T/units"
like "nap unit has no use for it" "$(nap unit --dir "$T/low" --out "$T/units" 2>&1)" 'back.network becomes no unit: apps on it read it'

# ---- networks, as apps want them

rm -r "$T/low" "$T/high"
mkdir "$T/low" "$T/high" "$T/beside"
echo $'[Network]\nSubnet=10.90.0.0/16\nInterfaceName=br0' >"$T/low/back.network"
echo $'[Container]\nImage=x\nNetwork=back:ip=10.90.0.9' >"$T/low/a.app"
echo $'[Container]\nImage=x\nNetwork=back\nIP=10.90.0.10' >"$T/low/b.app"
ok "addresses within a subnet" nap check -q
echo $'[Container]\nImage=x\nNetwork=back:ip=10.91.0.9' >"$T/low/a.app"
echo $'[Container]\nImage=x\nNetwork=back\nIP=10.91.0.10\nIP6=fd00::9' >"$T/low/b.app"
is "addresses that are not" "$(nap check -q 2>&1)" \
	'nap: a.app:3: Network=: "back:ip=10.91.0.9": not within 10.90.0.0/16, which is Subnet= of back.network
nap: b.app:4: IP=: "10.91.0.10": not within 10.90.0.0/16, which is Subnet= of back.network
nap: b.app:5: IP6=: "fd00::9": back.network has no IPv6'
echo $'[Container]\nImage=x\nNetwork=back:ip=10.90.0.1' >"$T/low/a.app"
echo $'[Container]\nImage=x\nNetwork=back\nIP=10.90.255.255' >"$T/low/b.app"
is "nor are these for apps" "$(nap check -q 2>&1)" \
	'nap: a.app:3: Network=: "back:ip=10.90.0.1": is the gateway of back.network
nap: b.app:4: IP=: "10.90.255.255": stands for all of back.network'
echo $'[Container]\nImage=x\nNetwork=back\nIP=10.91.0.10\nIP6=fd00::9' >"$T/low/b.app"
echo 'IPv6=yes' >>"$T/low/back.network"
is "IPv6 may be chosen" "$(nap check -q b 2>&1 | wc -l)" 1
rm "$T/low/"*.app
echo $'[Network]\nSubnet=10.0.0.0/8\nInterfaceName=br0' >"$T/high/front.network"
is "networks that cannot be there together" "$(nap check 2>&1)" \
	'nap: warning: front.network:2: Subnet=: "10.0.0.0/8": overlaps with 10.90.0.0/16 of back.network
nap: warning: front.network:3: InterfaceName=: "br0": the bridge of back.network is called so'
echo Internal=yes >>"$T/low/back.network"
echo $'[Container]\nImage=x\nNetwork=back\nPublishPort=80' >"$T/a.app"
like "ports of an internal network" "$(nap check "$T/a.app" 2>&1)" \
	'a.app:4: PublishPort=: "80": on an internal network only this machine reaches it'
echo Network=private >>"$T/a.app"
ok "not if there is another" test -z "$(nap check "$T/a.app" 2>&1 | grep Publish)"
echo 'Subnet=10.0.0.0/33' >>"$T/high/front.network"
echo $'[Container]\nImage=x\nNetwork=front' >"$T/low/a.app"
fails_with 1 '^nap: front.network:4: Subnet=' nap check -q a
fails_with 1 '^nap: front.network:4: Subnet=' nap check -q
echo $'[Container]\nImage=x\nNetwork=aside' >"$T/beside/a.app"
fails_with 1 'there is no aside.network' nap check -q "$T/beside/a.app"
echo '[Network]' >"$T/beside/aside.network"
ok "one that lies beside the file" nap check -q "$T/beside/a.app"

echo $'[Network]\nSubnet=10.90.0.0/16\nIPRange=10.90.0.0/31' >"$T/high/narrow.network"
fails_with 125 'network narrow: all addresses' nap run --network narrow busybox:1.0 true
echo $'[Network]\nSubnet=10.92.0.0/30\nIPRange=10.92.0.0/30' >"$T/high/small.network"
like "a range of the whole subnet" "$(nap run --network small busybox:1.0 ip -4 -o addr show eth0)" 'inet 10\.92\.0\.2/30'

# ---- the manual

# The literal blocks of EXAMPLES that are app files; the last is a drop-in of the first.
mkdir "$T/manual"
awk -v dir="$T/manual" '
	/^\.Sh/ { inside = $2 == "EXAMPLES" }
	inside && /^\.Bd -literal/ { literal = 1; n++; next }
	/^\.Ed/ { literal = 0 }
	literal { print >(dir "/example" n ".app") }' "$TOP/man/nap.app.5"
mkdir "$T/manual/example1.app.d"
mv "$T/manual/example4.app" "$T/manual/example1.app.d/50-more.conf"
mv "$T/manual/example3.app" "$T/manual/worker@.app"
is "the manual has four examples" "$(find "$T/manual" -type f | wc -l)" 4
is "they are right" "$(cd "$T/manual" && nap check -q ./*.app 2>&1)" ""

# The app of README.md is right, too; its image is not here.
sed -n "/nap\/apps\/web.app <<'X'/,/^    X/ { //!s/^    //p }" "$TOP/README.md" >"$T/manual/readme.app"
is "README.md has an app" "$(grep -c '^Image=' "$T/manual/readme.app")" 1
is "it is right" "$(nap check "$T/manual/readme.app" 2>&1 | grep -v 'not in the store')" ""
ok "and no error" nap check "$T/manual/readme.app"

# ---- many

rm -r "$T/low" "$T/high"
mkdir "$T/low"
for i in $(seq 1000); do
	cp "$CASES/pass-every.app" "$T/low/app$i.app"
done
times >"$T/before"
ok "1000 app files" nap check -q
times >"$T/after"
took=$(($(spent_ms "$T/after") - $(spent_ms "$T/before")))
limit=$((1000 * $(slowness)))
[[ $B != *-san ]] || limit=$((limit * 10)) # ten times slower there
ok "in under a second, or $limit ms on this machine ($took ms)" test "$took" -lt "$limit"
finish
