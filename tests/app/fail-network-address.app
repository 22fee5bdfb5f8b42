[Container]
Image=x
Network=back:ip=10.1.2.3
IP=10.1.2.4
IP6=fd00::1
