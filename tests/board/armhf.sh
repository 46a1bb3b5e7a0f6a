#!/usr/bin/env bash
# The goat feeder on 32 bits: init, runc and the components of armhf, to "every service is ready".
. "$(dirname "$0")/lib.sh"
needs armhf qemu-system-arm "Debian's qemu-system-arm"
comes_up qemu-armhf
check "its init needs no loader" eval '! readelf -lW build/armv7l/init | grep -q INTERP'
exit $bad
