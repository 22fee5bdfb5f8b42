#!/bin/bash
# SPDX-License-Identifier: MIT
# Images that buildah, umoci and skopeo make mean the same to nap: whiteouts, opaque directories,
# symlinks and hard links across layers, configuration.
. "$(dirname "$0")/lib.sh"
needs jq buildah umoci skopeo
corpus busybox

policy=$T/policy.json
echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$policy"
export TMPDIR=$T
build() { buildah --root "$T/buildah" --runroot "$T/buildah-run" --storage-driver vfs "$@"; }

# ---- buildah
mkdir "$T/context"
cp "$CORPUS/busybox/layers/00.tar" "$T/context/root.tar"
cat >"$T/context/Dockerfile" <<'D'
FROM scratch
ADD root.tar /
RUN mkdir -p /a/b /usr/lib /opaque && echo 1 >/a/one && echo 2 >/a/two && ln /a/one /a/again && \
	echo old >/opaque/old && ln -s usr/lib /lib64 && echo f >/file && mkdir /dir && echo x >/dir/x
RUN rm /a/one && rm -rf /opaque && mkdir /opaque && echo new >/opaque/new && echo lib >/lib64/lib && \
	rm /file && mkdir /file && rm -rf /dir && echo d >/dir && chmod 2755 /a/b && chown 5:6 /a/two
RUN chmod 4711 /a/two && ln /a/two /a/three && touch -d @1000000000 /a/again
ENV A=1 B="two words"
LABEL kind=test
USER nobody
WORKDIR /a/b
STOPSIGNAL SIGQUIT
VOLUME /volume
ENTRYPOINT ["/bin/echo", "entry"]
CMD ["cmd", "$A"]
D
if build bud -q --isolation chroot --layers --format docker --signature-policy "$policy" -t built \
	"$T/context" >"$T/log" 2>&1; then
	build push -q --signature-policy "$policy" built "oci-archive:$T/built.tar:built:1" 2>"$T/log"
	build push -q --signature-policy "$policy" built "docker-archive:$T/built-docker.tar:built:docker" 2>>"$T/log"
	at=$(build mount "$(build from --signature-policy "$policy" built)")
	"$TOP/tests/treelist" "$at" >"$T/want"
	for archive in built built-docker; do
		fresh_store
		ok "load buildah's $archive" nap load --tag test "$T/$archive.tar"
		image_tree test >"$T/got"
		same_file "$archive: buildah and nap see one tree" "$T/got" "$T/want"
		is "$archive: Entrypoint and Cmd" "$(nap run --network none test)" 'entry cmd $A'
		is "$archive: Env" "$(nap run --network none --entrypoint /bin/sh test -c 'echo $A $B')" "1 two words"
		is "$archive: User and WorkingDir" \
			"$(nap run --network none --entrypoint /bin/sh test -c 'id -u; pwd')" $'65534\n/a/b'
		is "$archive: StopSignal, Labels, Volumes" "$(nap inspect --json test |
			jq -c '.[0].Config | [.StopSignal, .Labels.kind, .Volumes]')" '["SIGQUIT","test",{"/volume":{}}]'
	done
else
	fail "buildah builds an image" "$(cat "$T/log")"
fi

# ---- umoci
cp -r "$CORPUS/busybox/oci-gz" "$T/umoci"
umoci unpack --image "$T/umoci:busybox:1.0" "$T/bundle" 2>/dev/null
(
	cd "$T/bundle/rootfs" || exit
	rm bin/vi
	mkdir etc/new
	echo changed >etc/passwd
	mknod etc/new/pipe p
	ln -s /etc etc/new/link
	setfattr -n user.made -v umoci etc/new
)
umoci repack --image "$T/umoci:changed" "$T/bundle" 2>/dev/null
umoci config --image "$T/umoci:changed" --config.cmd /bin/pwd --config.workingdir /etc/new 2>/dev/null
skopeo copy -q --policy "$policy" "oci:$T/umoci:changed" "oci-archive:$T/changed.tar:changed:1"
fresh_store
ok "load umoci's image" nap load "$T/changed.tar"
without_times() { sed -E 's/ -?[0-9]+\.[0-9]{9}//'; } # umoci rounds them to seconds
"$TOP/tests/treelist" "$T/bundle/rootfs" | without_times >"$T/want"
image_tree changed:1 | without_times >"$T/got"
same_file "umoci's tree and nap's are one" "$T/got" "$T/want"
is "it runs where its config says" "$(nap run --network none changed:1)" /etc/new

# ---- skopeo
for how in "docker-archive:$T/s1.tar:skopeo:1" "oci-archive:$T/s2.tar:skopeo:1" "oci:$T/s3:skopeo:1"; do
	skopeo copy -q --policy "$policy" "oci:$CORPUS/busybox/oci-gz:busybox:1.0" "$how"
	where=${how#*:}
	fresh_store
	ok "load skopeo's ${how%%:*}" nap load "${where%:skopeo:1}"
	is "under its name" "$(nap images --json | jq -r '.[].RepoTags[]')" skopeo:1
	is "which runs" "$(nap run --network none skopeo:1 echo yes)" yes
done
finish
