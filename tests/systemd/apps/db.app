# postgres; its password is the credential db-password of the host (/etc/credstore).
[Unit]
Description=postgres

[Container]
Image=postgres:1.0
Network=host
Volume=db:/var/lib/postgresql/data
Secret=db-password
Environment=POSTGRES_PASSWORD_FILE=/run/secrets/db-password
Notify=healthy
HealthCmd=pg_isready -q -h 127.0.0.1
HealthInterval=200ms
ShmSize=128M

[Service]
TimeoutStartSec=10min
Restart=on-failure
