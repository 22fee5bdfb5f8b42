[Unit]
After=Upper.app db.app network.target
Requires=db@.container data.volume net.network
BindsTo=x.pod
PartOf=worker@%i.app front-%p.app
Wants=-x.app .app
Conflicts=a/b.app %q.app
Description=not Upper.app
[Container]
Image=x
