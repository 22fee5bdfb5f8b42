[Container]
Image=x
Network=app:db
Network=back
PublishPort=80
Sysctl=net.core.somaxconn=1
