[Container]
Image=x
Ulimit=nofile
Ulimit=files=1
Ulimit=nofile=2:1
Ulimit=nofile=a
Ulimit=nofile=1:2:3
Ulimit=host
Sysctl=net.core.somaxconn
Sysctl=kernel.panic=1
Sysctl=net.ipv4.ip_forward=1 vm.swappiness=1
Sysctl=/etc/passwd=1
Sysctl=net/../kernel/panic=1
