[Container]
Image=busybox
