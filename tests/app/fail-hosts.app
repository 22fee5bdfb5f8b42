[Container]
Image=x
AddHost=db
AddHost=db:nowhere
AddHost=a b:1.2.3.4
AddHost=db:1.2.3.4.5
DNS=dns.example
DNS=1.2.3
DNSSearch=a b
DNSOption=ndots:1 rotate
IP=::1
IP=10.0.0
IP6=1.2.3.4
IP6=fd00::x
