#!/bin/bash
# SPDX-License-Identifier: MIT
# Enabled apps survive a reboot (90-enable-rebooted.sh looks at the second boot).
# shellcheck source=tests/booted.sh
. /tests/booted.sh
images payload

apps <<-'APP'
	# lasting.app
	[Container]
	Image=payload:1.0
	Network=none
	Volume=lasting:/keep
	Exec=sh -c 'echo start >>/keep/starts; exec /payload sleep'
	# lasting@.app
	[Container]
	Image=payload:1.0
	Network=none
	Exec=sh -c 'echo instance %i; exec /payload sleep'
	# waiting.app
	[Container]
	Image=payload:1.0
	Network=none
	ListenStream=127.0.0.1:8090
	Exec=/payload accept
	# idle.app
	[Container]
	Image=payload:1.0
	Network=none
	Exec=/payload sleep
APP
ok "enable and start" systemctl enable --now app@lasting
ok "enable an instance" systemctl enable --now app@lasting@one
ok "enable a socket" systemctl enable app@waiting.socket
is "they are enabled" "$(systemctl is-enabled app@lasting app@lasting@one app@waiting.socket | sort -u)" enabled
is "one is not" "$(systemctl is-enabled app@idle)" disabled
becomes "the volume has its line" start nap exec lasting cat /keep/starts
date +%s%N >/tests/down
finish
