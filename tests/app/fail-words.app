[Container]
Image=x
Environment="A=1
Environment=A=\q B=2
Environment=A=1 =2 B C=3
Environment="A B=1"
Label=novalue
Label==x
Annotation=a=1 b
