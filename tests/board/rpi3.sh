#!/usr/bin/env bash
# A Raspberry Pi 3: U-Boot of the card, boot.scr, slot a.  QEMU cannot be the GPU that starts U-Boot.
. "$(dirname "$0")/lib.sh"
needs rpi3 qemu-system-aarch64 "Debian's qemu-system-arm"
boots rpi3 400 reboot "nanny: slot a" tests/board/512m.yml
