# Every key that is accepted, and every form of the values.
[Unit]
Description=Every key: 100%% of them
Documentation=man:nap.app(5)
After=db.app network-online.target
Wants=db.container cache@1.app
[Container]
AddCapability=NET_ADMIN cap_sys_time
AddCapability=all
AddDevice=/dev/null -/dev/nowhere:/dev/there:rw
AddHost=db:10.0.0.1
AddHost=six:fd00::1
AddHost=machine:host-gateway
Allow=app:db
Allow=in any:80/tcp
Allow=out [fd00::/8]:53/udp
Allow=host:5432
Annotation=a=1 "b=2 3"
AppArmor=nap-default
AutoUpdate=registry
ContainerName=every
Deny=10.0.0.0/8
Deny=out any
DNS=1.1.1.1
DNS=2606:4700::1111
DNSOption=ndots:1
DNSSearch=example.org
DNSSearch=.
DropCapability=all
Entrypoint=["/bin/sh", "-c"]
Environment=A=1 "B=two words" C='%%' FROM_HOST D="\x41\n"
EnvironmentFile=every.env
EnvironmentHost=no
Exec=-c 'echo "$0"' \
  # a comment between
  and\sso on
ExposeHostPort=8080/tcp
Group=1000
GroupAdd=video
GroupAdd=keep-groups
HealthCmd=curl -f http://localhost/ || exit 1
HealthInterval=30s
HealthOnFailure=kill
HealthRetries=3
HealthStartPeriod=0
HealthStartupCmd=["/bin/true"]
HealthStartupInterval=1
HealthStartupRetries=3
HealthStartupSuccess=1
HealthStartupTimeout=1min 30s
HealthTimeout=500ms
HostName=%p.example.org
HttpProxy=off
IP=10.78.0.9
IP6=fd00::9
Image=docker.io/library/busybox:1.36@sha256:0000000000000000000000000000000000000000000000000000000000000000
Label=a=1
Label=b=
ListenDatagram=514 log
ListenStream=80
ListenStream=127.0.0.1:8080 http
ListenStream=[::1]:8080
ListenStream=/run/every.sock every
ListenStream=@every
Landlock=yes
Mask=/proc/a:/proc/b
Memory=1.5G
Mount=type=bind,source=/srv,target=/srv,ro
Mount=type=tmpfs,target=/scratch,tmpfs-size=64m
Mount=type=volume,source=data,target=/data
Network=private:alias=other,mac=02:00:00:00:00:01,interface_name=net0
NetworkAlias=every.internal
NoNewPrivileges=yes
Notify=healthy
PidMode=private
PidsLimit=-1
PublishPort=80
PublishPort=8080:80
PublishPort=127.0.0.1:53:53/udp
PublishPort=[::1]::80-89
PublishPort=8000-8009:80-89/tcp
Pull=never
ReadOnly=true
ReadOnlyTmpfs=1
ReloadCmd=/bin/kill -HUP 1
ReloadSignal=SIGHUP
Retry=3
RetryDelay=5s
RunInit=auto
SeccompProfile=unconfined
Secret=password other,type=env,target=OTHER
Secret=key,target=/etc/key,uid=0,gid=0,mode=0400
SecurityLabelDisable=no
SecurityLabelFileType=container_file_t
SecurityLabelLevel=s0:c1,c2
SecurityLabelNested=no
SecurityLabelType=container_t
ServiceName=every-%i
ShmSize=64m
StopSignal=RTMIN+3
StopTimeout=1min
Sysctl=net.core.somaxconn=1024 "net.ipv4.ping_group_range=0 1"
Timezone=America/Port-au-Prince
Tmpfs=/tmp
Tmpfs=/run:size=16m,mode=1777
UserNS=host
Ulimit=nofile=1024:4096
Ulimit=core=unlimited
Unmask=ALL
Unmask=/proc/acpi:/sys/firmware
User=app
Volume=/anonymous
Volume=data:/more
Volume=/srv:/served:ro
Volume=./here:/there
WorkingDir=/srv/../app
X-Mine=100%
[Service]
Restart=always
ExecStartPre=/bin/sh -c 'echo %n $PATH'
Environment=A=%m
LoadCredential=password
[Install]
WantedBy=multi-user.target
[Quadlet]
DefaultDependencies=no
[X-Vendor]
Anything=%
