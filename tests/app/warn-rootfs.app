[Container]
Rootfs=/nosuch/root:O
SeccompProfile=builtin
