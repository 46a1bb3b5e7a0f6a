#!/usr/bin/env bash
# The goat feeder on the other architecture: init, runc and the components of arm64, to "every service is ready".
set -u
cd "$(dirname "$0")/../.." || exit 1
command -v qemu-system-aarch64 >/dev/null || { echo "skip arm64: no qemu-system-aarch64 (Debian's qemu-system-arm)"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if build/nanny run --board qemu-arm64 --output "$work" --expect "up: every service is ready" --timeout 600 \
	configs/goat-feeder.yml >"$work/out" 2>&1; then
	echo "ok the goat feeder comes up on qemu-arm64"
else
	echo "not ok the goat feeder comes up on qemu-arm64"
	sed 's/^/# /' "$work/out"
	exit 1
fi
