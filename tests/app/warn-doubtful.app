# All of it is legal, and none of it is what was meant.
[Unit]
Description=see db.app
After=nosuch.app network.target other@1.container
[Container]
Image=./nosuch.tar
Network=nosuch.container
Timezone=Mars/Olympus
SeccompProfile=nosuch.json
EnvironmentFile=nosuch.env /nosuch/env -nosuch
Volume=/nosuch:/a
Volume=./nosuch:/b:ro
Volume=named:/c
Mount=type=bind,source=/nosuch,target=/d
AddDevice=/dev/nosuch
AddDevice=-/dev/nosuch
Pull=missing
[Service]
Volume=/srv:/srv
Environment=A=1
Memory=1G
NotifyAccess=main
