#!/bin/bash
# SPDX-License-Identifier: MIT
# tree.sh DIR: the small Debian that tests boot, as DIR/tree.tar and DIR/vmlinuz: systemd, D-Bus, a stock
# kernel, the libraries of nap, and $TREE_PACKAGES. Kept until this script changes. Prints nothing.
set -euo pipefail

packages=systemd,systemd-sysv,dbus,apparmor,linux-image-cloud-amd64,busybox-static
packages+=,libarchive13,libssl3,libjansson4,libisal2,libzstd1,zlib1g,libcap2,libseccomp2,libsystemd0,strace
packages+=,nftables,iproute2,curl,redis-tools,firewalld,netbase,procps${TREE_PACKAGES:+,$TREE_PACKAGES}

# Runs what is on the second disk (or in /tests) once the machine is up, then switches it off.
write_service() {
	cat >"$1/etc/systemd/system/nap-test.service" <<-'UNIT'
		[Unit]
		Description=tests of nap
		After=dbus.socket

		[Service]
		Type=oneshot
		ExecStart=/tests/start
		ExecStopPost=-/bin/systemctl poweroff --no-block

		[Install]
		WantedBy=multi-user.target
	UNIT
	ln -s ../nap-test.service "$1/etc/systemd/system/multi-user.target.wants/"
}

# What the tests do not need, and what would ask, wait or filter at boot.
shrink() {
	rm -rf "$1"/boot/initrd* "$1"/usr/share/{doc,man,locale} "$1"/var/cache/* "$1"/var/lib/apt/lists/*
	rm -f "$1"/etc/systemd/system/getty.target.wants/* \
		"$1"/etc/systemd/system/timers.target.wants/* \
		"$1"/etc/systemd/system/sysinit.target.wants/systemd-timesyncd.service \
		"$1"/etc/systemd/system/multi-user.target.wants/firewalld.service \
		"$1"/etc/systemd/system/dbus-org.fedoraproject.FirewallD1.service
	echo 6e617020746573747320617265206675 >"$1/etc/machine-id"
	mkdir -p "$1/tests"
}

if [ "${1:-}" = --customize ]; then # called back by mmdebstrap
	shrink "$2"
	write_service "$2"
	exit
fi
out=$(mkdir -p "${1:?directory}" && cd "$1" && pwd)
self=$(realpath "$0")
stamp=$(cat "$self" - <<<"$packages" | sha256sum)
[ "$(cat "$out/stamp" 2>/dev/null)" != "$stamp" ] || exit 0
rm -f "$out"/{stamp,tree.tar,vmlinuz}
# no initramfs: the cloud kernel has NVMe and ext4 built in
mmdebstrap --quiet --variant=apt --include="$packages" \
	--customize-hook="$self --customize \"\$1\"" \
	--customize-hook="cp \"\$1\"/boot/vmlinuz-* '$out/vmlinuz'" \
	bookworm "$out/tree.tar" >&2
echo "$stamp" >"$out/stamp"
