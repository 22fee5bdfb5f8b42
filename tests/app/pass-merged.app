[Container]
Image=x
User=app
Exec=/bin/true
