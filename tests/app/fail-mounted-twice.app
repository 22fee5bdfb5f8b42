[Container]
Image=x
Network=host
Sysctl=net.core.somaxconn=1 kernel.msgmax=1
Volume=/srv:/srv
Volume=/anonymous
Tmpfs=/srv/
Mount=type=bind,source=/etc,target=/srv/../srv
Volume=data:/anonymous
Volume=/srv
Mount=type=volume,target=/anonymous
