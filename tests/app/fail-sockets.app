[Container]
Image=x
ListenStream=0
ListenStream=70000
ListenStream=localhost:80
ListenStream=80 a b
ListenStream=80 a:b
ListenStream=relative/path
ListenStream=@
ListenStream=::1:80
ListenDatagram=vsock:1:2
