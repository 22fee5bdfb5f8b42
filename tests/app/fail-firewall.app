[Container]
Image=x
Allow=
Allow=db
Allow=app:Web
Allow=in host:80
Allow=any:0
Deny=example.org
Deny=any/icmp
Deny=10.0.0.0/33
Deny=out
