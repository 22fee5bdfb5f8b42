# redis, started once its image's own health check says that it answers.
[Unit]
Description=redis

[Container]
Image=redis:1.0
Network=host
Volume=cache:/data
Notify=healthy
HealthInterval=200ms

[Service]
Restart=on-failure
RestartSec=100ms
