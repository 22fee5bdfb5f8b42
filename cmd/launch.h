/* SPDX-License-Identifier: MIT */
/* What the starts of services share: those of apps and of nap run -d. */
#pragma once

/* Tell systemd, if it waits, why this start failed: the unit's status text. */
void launch_explain(void);
