[Container]
Image=x
nonsense
=value
[Container
Exec=%
Exec=%z
Exec=100% sure
Exec=ends in \\\ 
[Service]
Bad Key=1
Environment=a\ 
