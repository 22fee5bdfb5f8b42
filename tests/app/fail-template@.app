[Container]
Image=x
HostName=%i_!
Exec=%q
