[Container]
Rootfs=/srv/root
Entrypoint=
Notify=healthy
HealthCmd=none
