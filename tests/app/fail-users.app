[Container]
Image=x
User=-1
User=4294967295
User=a b
User=a:
User=:
User=a:b:c
Group=4294967296
Group=
GroupAdd=a,b
GroupAdd=keep-id
UIDMap=0:100000:65536
UIDMap=0
UIDMap=0:1:0
GIDMap=a:b:c
GIDMap=0:1:2:3
