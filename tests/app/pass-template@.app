[Container]
Image=worker-%i
HostName=%p-%i
IP=10.78.1.%i
Exec=%i %I %j %n %N %p %P %t %S %C %L %E %T %V %h %u %U %g %G %H %l %v %%
ListenStream=80%i
