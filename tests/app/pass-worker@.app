# A template: its instances have drop-ins once something wants them.
[Unit]
PartOf=pass-web.app

[Container]
Image=worker
Volume=/srv/queues/%i:/queue
Exec=work %i

[Service]
Environment=QUEUE=%i

[Install]
WantedBy=multi-user.target
DefaultInstance=default
