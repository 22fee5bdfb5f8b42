# What an empty assignment takes back does not count any more.
[Container]
Image=a
Rootfs=/srv
Image=
Network=host
PublishPort=80
PublishPort=
Exec=/bin/true
Group=x
Group=
[Service]
Restart=no
Restart=
