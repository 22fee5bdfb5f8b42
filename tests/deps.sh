#!/bin/bash
# SPDX-License-Identifier: MIT
# deps.sh build|test|bench...: install what these need from Debian; apt-get runs only if something is
# missing.
set -euo pipefail

build=(gcc libc6-dev make pkg-config libarchive-dev libssl-dev libjansson-dev libzstd-dev liblzma-dev zlib1g-dev
	libcap-dev libseccomp-dev libsystemd-dev)
case $(uname -m) in x86_64 | aarch64) build+=(libisal-dev) ;; esac
demo=(busybox-static)
test=("${build[@]}" "${demo[@]}" git clang libclang-rt-dev clang-format shellcheck mandoc man-db python3 skopeo buildah
	umoci mmdebstrap e2fsprogs systemd systemd-container strace iproute2 nftables util-linux libcap2-bin attr zstd xz-utils
	jq procps zsh fish tzdata podman conmon netavark iptables catatonit containerd)
[ "$(uname -m)" != x86_64 ] || test+=(qemu-system-x86)
# node.js is for the image of many small files alone; take whichever npm is there
# shellcheck disable=SC2034 # by its name, below
analyze=("${test[@]}" clang-tidy)
# shellcheck disable=SC2034
valgrind=("${test[@]}" valgrind)
bench=("${test[@]}" crun runc bubblewrap iperf3)
command -v npm >/dev/null || bench+=(npm)

wanted=()
for group; do
	declare -n packages=$group
	wanted+=("${packages[@]}")
done
missing=()
for p in "${wanted[@]}"; do
	[[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$p" 2>/dev/null) == ii* ]] || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "not installed: ${missing[*]} (run as root to install them)" >&2
	exit 1
fi
echo "installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >&2
apt-get install -qy --no-install-recommends "${missing[@]}" >&2
