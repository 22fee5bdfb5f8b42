[Container]
Image=x
StopSignal=SIGFOO
StopSignal=65
StopSignal=0
StopSignal=RTMIN+99
ReloadSignal=HUP TERM
