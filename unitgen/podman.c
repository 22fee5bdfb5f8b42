/* SPDX-License-Identifier: MIT */
/* Options of podman that people pass by PodmanArgs=, and what is written instead. */
#include <stddef.h>
#include <string.h>

#include "keys.h"
#include "lib/cleanup.h"
#include "lib/text.h"

static const struct {
	const char *option, *instead;
} options[] = {
	{"--add-host", "AddHost="},
	{"--blkio-weight", "IOWeight= of [Service]"},
	{"--cap-add", "AddCapability="},
	{"--cap-drop", "DropCapability="},
	{"--cpu-quota", "CPUQuota= of [Service]"},
	{"--cpu-shares", "CPUWeight= of [Service]"},
	{"--cpus", "CPUQuota= of [Service], 150% for 1.5"},
	{"--cpuset-cpus", "AllowedCPUs= of [Service]"},
	{"--device", "AddDevice="},
	{"--dns", "DNS="},
	{"--entrypoint", "Entrypoint="},
	{"--env", "Environment="},
	{"--env-file", "EnvironmentFile="},
	{"--health-cmd", "HealthCmd="},
	{"--hostname", "HostName="},
	{"--init", "RunInit=yes"},
	{"--ip", "IP="},
	{"--label", "Label="},
	{"--memory", "Memory="},
	{"--memory-reservation", "MemoryLow= of [Service]"},
	{"--memory-swap", "MemorySwapMax= of [Service]"},
	{"--mount", "Mount="},
	{"--network", "Network="},
	{"--oom-score-adj", "OOMScoreAdjust= of [Service]"},
	{"--pid", "PidMode="},
	{"--pids-limit", "PidsLimit="},
	{"--publish", "PublishPort="},
	{"--read-only", "ReadOnly=yes"},
	{"--restart", "Restart= of [Service]"},
	{"--secret", "Secret="},
	{"--shm-size", "ShmSize="},
	{"--stop-signal", "StopSignal="},
	{"--stop-timeout", "StopTimeout="},
	{"--sysctl", "Sysctl="},
	{"--tmpfs", "Tmpfs="},
	{"--tz", "Timezone="},
	{"--ulimit", "Ulimit="},
	{"--user", "User="},
	{"--volume", "Volume="},
	{"--workdir", "WorkingDir="},
};

const char *podman_instead(const char *arguments)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const char *rest = startswith(arguments, options[i].option);

		if (rest && (!*rest || strchr("= \t", *rest)))
			return options[i].instead;
	}
	return NULL;
}
