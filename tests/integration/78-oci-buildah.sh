#!/bin/bash
# SPDX-License-Identifier: MIT
# buildah with nap as its runtime (--isolation oci): RUN steps, their failures, build arguments, secrets,
# users, several stages, and `buildah run`.
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/integration/oci.sh"
needs buildah jq
corpus busybox
engine_world
trust_all

buildah() {
	inside timeout -k 5 180 buildah --root "$T/store" --runroot "$T/runroot" --storage-driver overlay "$@"
}
bud() {
	buildah bud --isolation oci --runtime "$RUNTIME" --network none --signature-policy "$T/policy.json" -q "$@"
}
work() { buildah run --isolation oci --runtime "$RUNTIME" --network none "$@"; }
context() { mkdir -p "$T/context" && cat >"$T/context/Containerfile"; }

ok "the base" buildah pull -q --signature-policy "$T/policy.json" "docker-archive:$CORPUS/busybox/docker-skopeo.tar"
base=$(buildah images -q | head -1)

context <<X
FROM $base
ARG WHAT=nothing
ENV V=value
RUN echo "\$WHAT \$V" >/made && id -u >/who
WORKDIR /deep/er
RUN pwd >/where
USER 1234:5678
RUN id -u >/tmp/who
X
ok "bud" bud --build-arg WHAT=argument -t built "$T/context"
ctr=$(buildah from --signature-policy "$T/policy.json" built)
is "RUN: arguments and environment" "$(work "$ctr" cat /made)" "argument value"
is "RUN: as root" "$(work "$ctr" cat /who)" 0
is "RUN: WORKDIR" "$(work "$ctr" cat /where)" /deep/er
is "RUN: USER" "$(work "$ctr" cat /tmp/who)" 1234
is "run: the image's user and directory" "$(work "$ctr" sh -c 'echo $(id -u) $PWD')" "1234 /deep/er"
is "run --user, --env" "$(work --user 7 --env A=b "$ctr" sh -c 'echo $(id -u) $A')" "7 b"
exits "run: the exit status" 7 work "$ctr" sh -c 'exit 7'
mkdir -p "$T/data" && echo outside >"$T/data/file"
is "run -v" "$(work -v "$T/data:/data" "$ctr" cat /data/file)" outside
is "run: standard input" "$(echo text | work "$ctr" cat)" text
if out=$(inside timeout -k 5 180 "$TOP/tests/pty.py" buildah --root "$T/store" --runroot "$T/runroot" \
	--storage-driver overlay run --isolation oci --runtime "$RUNTIME" --network none -t "$ctr" sh 2>&1 <<'S'
	expect [#$]
	send tty; exit 3\n
	expect ^/dev/(pts/0|console)
	exits 3
S
); then pass "run -t"; else fail "run -t" "$out"; fi

context <<X
FROM $base
RUN exit 9
X
like "bud: a failing step" "$(bud "$T/context" 2>&1)" 'exit status 9|exit code 9'
context <<X
FROM $base
RUN ["/nowhere"]
X
like "bud: a command that does not exist" "$(bud "$T/context" 2>&1)" "[Nn]o such file"
context <<X
FROM $base AS one
RUN echo from the first stage >/file
FROM $base
COPY --from=one /file /copied
RUN test "\$(cat /copied)" = "from the first stage"
X
ok "bud: several stages" bud -t stages "$T/context"
echo hidden >"$T/secret"
context <<X
FROM $base
RUN --mount=type=secret,id=s test "\$(cat /run/secrets/s)" = hidden
RUN test ! -e /run/secrets/s
X
ok "bud --secret" bud --secret "id=s,src=$T/secret" -t secret "$T/context"
context <<X
FROM $base
RUN test -z "\$(ls /proc/self/fd | grep -vx '[0-3]')"
X
ok "no descriptor of buildah's reaches a step" bud -t fds "$T/context"

ok "rm" buildah rm -a
is "no state of the runtime is left" "$(find /run/nap-oci -mindepth 1 2>/dev/null)" ""
finish
