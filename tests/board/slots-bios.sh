#!/usr/bin/env bash
# The slots of a PC with a BIOS: the active partition says which is started.
. "$(dirname "$0")/slots.bash"
needs slots-bios qemu-system-x86_64
slots x86_64-bios
exit $bad
