#!/usr/bin/env bash
# The goat feeder on 32 bits: init, runc and the components of armhf, to "every service is ready".
. "$(dirname "$0")/lib.sh"
needs armhf qemu-system-arm "Debian's qemu-system-arm"
if build/nanny run --board qemu-armhf --output "$work" --expect "up: every service is ready" --timeout 600 \
	configs/goat-feeder.yml >"$work/out" 2>&1; then
	ok "the goat feeder comes up on qemu-armhf"
else
	not_ok "the goat feeder comes up on qemu-armhf"
	show
fi
check "its init needs no loader" eval '! readelf -lW build/armv7l/init | grep -q INTERP'
exit $bad
