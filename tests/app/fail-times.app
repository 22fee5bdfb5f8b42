[Container]
Image=x
StopTimeout=soon
StopTimeout=-1
StopTimeout=10 parsecs
HealthInterval=0
HealthInterval=infinity
HealthTimeout=1x
HealthStartPeriod=s
HealthStartupInterval=0s
HealthStartupTimeout=never
RetryDelay=5 5x
