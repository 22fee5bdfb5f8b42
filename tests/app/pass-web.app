# A bit of everything that becomes a setting of the unit: pass-web.drop-in and pass-web.service.
[Unit]
Description=The front page, 100%% of it
Wants=network-online.target cache.container
After=network-online.target cache.container db@main.app

[Container]
Image=/srv/images/web.tar
Exec=serve --all
Memory=64M
PidsLimit=100
Volume=/srv/my data:/data:ro
Volume=cache:/var/cache
Mount=type=bind,source=./conf,target=/etc/web
EnvironmentFile=/etc/default/web
AddDevice=-/dev/fuse
Ulimit=nofile=2048:4096
Secret=token
ListenStream=8080 http
ListenStream=/run/web.sock http
Network=app:db
StopSignal=QUIT
StopTimeout=5
ReloadCmd=/bin/sh -c "echo 'half: 50%%' >$HOME/x; kill -HUP 1"
Notify=healthy
HealthCmd=/bin/true
HealthInterval=5s
HealthTimeout=1s
HealthStartPeriod=1min
HealthOnFailure=restart

[Service]
Restart=always
LogExtraFields=APP=%i

[Install]
WantedBy=multi-user.target graphical.target
