[Container]
Image=x
HealthCmd=none
Notify=healthy
HealthOnFailure=restart
