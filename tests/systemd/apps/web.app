# A web server on port 80 of the host.
[Unit]
Description=nginx

[Container]
Image=nginx:1.0
Network=host
Volume=site:/usr/share/nginx/html
ReloadSignal=HUP

[Service]
Restart=on-failure

[Install]
WantedBy=multi-user.target
