[Container]
Rootfs=/
Exec=/bin/true
HealthOnFailure=restart
