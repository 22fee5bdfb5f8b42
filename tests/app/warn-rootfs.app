[Container]
Rootfs=/nosuch/root:O
SeccompProfile=builtin
Entrypoint=/bin/true
