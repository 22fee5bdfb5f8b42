[Container]
Image=x
