#!/usr/bin/env bash
# A PC with a BIOS, from its disk's file: SeaBIOS starts the active partition, whose syslinux starts the slot.
. "$(dirname "$0")/lib.sh"
needs x86_64-bios qemu-system-x86_64
boots x86_64-bios 400 poweroff "SYSLINUX"
