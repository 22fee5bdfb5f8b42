FROM scratch
ADD base.tar /
ENV DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d && \
	printf 'APT::Install-Recommends "0";\nDPkg::Post-Invoke {"rm -f /var/cache/apt/archives/*.deb";};\n' \
	>/etc/apt/apt.conf.d/docker-clean
RUN apt-get update -q && apt-get install -yq libcap2-bin iputils-ping attr sudo && rm -rf /var/lib/apt/lists/*
RUN apt-get update -q && apt-get install -yq python3 python3-pip python3-requests && rm -rf /var/lib/apt/lists/*
RUN apt-get update -q && apt-get install -yq nginx redis-server && rm -rf /var/lib/apt/lists/*
RUN apt-get update -q && apt-get install -yq postgresql-15 && rm -rf /var/lib/apt/lists/*
# directories removed and made again, become links, become files
RUN rm -rf /usr/share/locale && mkdir /usr/share/locale && touch /usr/share/locale/only && \
	rm -rf /var/www/html && ln -s /srv /var/www/html && rm -rf /usr/share/doc /usr/share/man && \
	mkdir -p /usr/share/doc
RUN rm -rf /var/lib/apt/lists /var/cache/apt/archives /etc/motd && mkdir -p /var/lib/apt/lists && \
	mkdir /etc/motd && touch /etc/motd/10-file
# capabilities, set-id files of another owner, hard links, extended attributes, long paths
RUN cp /usr/bin/python3.11 /usr/local/bin/pycap && \
	setcap cap_net_raw,cap_net_bind_service+ep /usr/local/bin/pycap && \
	cp /bin/mount /usr/local/bin/mnt4755 && chown 33:33 /usr/local/bin/mnt4755 && \
	chmod 6755 /usr/local/bin/mnt4755 && ln /usr/local/bin/pycap /usr/local/bin/pycap2 && \
	setfattr -n user.corpus -v hello /etc/debian_version && \
	long=/opt/$(printf 'd%.0s' $(seq 200))/$(printf 'e%.0s' $(seq 200)) && mkdir -p $long && echo x >$long/long
# a second copy of files of a lower layer, with another owner
RUN chown -R 101:101 /usr/lib/python3/dist-packages
USER 33:33
CMD ["/usr/sbin/nginx", "-g", "daemon off;"]
