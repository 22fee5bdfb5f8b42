[Container]
Image=Web:1.0
