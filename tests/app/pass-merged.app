[Container]
Image=x
User=app
