[Container]
Image=x
AddCapability=NET_ADMIN CAP_NOSUCH
AddCapability=12
DropCapability=any
DropCapability="all
