[Container]
Rootfs=/srv/root
