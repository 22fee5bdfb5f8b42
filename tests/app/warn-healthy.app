[Container]
Image=busybox:1.0
Notify=healthy
