[Container]
Rootfs=relative
