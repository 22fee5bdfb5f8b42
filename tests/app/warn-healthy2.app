[Container]
Rootfs=/
Exec=/bin/true
Notify=healthy
