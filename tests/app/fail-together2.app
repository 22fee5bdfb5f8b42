[Container]
Image=x
Rootfs=/srv/root
User=a:b
Group=c
