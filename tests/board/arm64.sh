#!/usr/bin/env bash
# The goat feeder on the other architecture: init, runc and the components of arm64, to "every service is ready".
. "$(dirname "$0")/lib.sh"
needs arm64 qemu-system-aarch64 "Debian's qemu-system-arm"
if build/nanny run --board qemu-arm64 --output "$work" --expect "up: every service is ready" --timeout 600 \
	configs/goat-feeder.yml >"$work/out" 2>&1; then
	ok "the goat feeder comes up on qemu-arm64"
else
	not_ok "the goat feeder comes up on qemu-arm64"
	show
fi
exit $bad
