[Container]
Image=x
Exec="not closed
Exec=a \q
Exec=trailing\x4
Entrypoint='x
Entrypoint=["a"
Entrypoint=["a", 1]
Entrypoint=["a"] b
Entrypoint=""
Entrypoint=[""]
ReloadCmd=a\
  'b
HealthCmd=[
HealthCmd=[]
HealthStartupCmd=[""]
HealthCmd=CMD "a
HealthCmd=["CMD-SHELL","a","b"]
HealthCmd=["CMD"]
