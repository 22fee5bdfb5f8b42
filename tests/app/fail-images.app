[Container]
Image=
Image=web.image
Image=web.build
Image=a b
Image=a;b
