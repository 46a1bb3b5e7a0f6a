#!/usr/bin/env bash
# The goat feeder on the other architecture: init, runc and the components of arm64, to "every service is ready".
. "$(dirname "$0")/lib.sh"
needs arm64 qemu-system-aarch64 "Debian's qemu-system-arm"
comes_up qemu-arm64
exit $bad
