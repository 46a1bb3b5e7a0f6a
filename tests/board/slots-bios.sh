#!/usr/bin/env bash
# The slots of a PC with a BIOS: the active partition says which is started.
. "$(dirname "$0")/slots.bash"
needs slots-bios qemu-system-x86_64
refused x86_64-bios syslinux.cfg "SERIAL 0 115200"
rm -f "$work"/test*
slots x86_64-bios
if [ -n "${SOAK:-}" ]; then
	rm -f "$work"/test*
	gives_up x86_64-bios
fi
exit $bad
