[Container]
Image=x
Network=back:ip=10.1.2.3,interface_name=data0
Network=back.network
Network=front:interface_name=data0
Network=host
IP=10.1.2.4
IP6=fd00::1
