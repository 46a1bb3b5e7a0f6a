#!/usr/bin/env bash
# A Raspberry Pi 2: 32 bits, U-Boot of the card, boot.scr, slot a.  QEMU cannot be the GPU that starts U-Boot.
. "$(dirname "$0")/lib.sh"
needs rpi2 qemu-system-arm "Debian's qemu-system-arm"
boots rpi2 500 reboot "nanny: slot a"
