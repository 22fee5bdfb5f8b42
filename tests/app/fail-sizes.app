[Container]
Image=x
Memory=12Q
Memory=1M
Memory=-1
Memory=6 M
Memory=max
ShmSize=0
ShmSize=64MM
ShmSize=one
