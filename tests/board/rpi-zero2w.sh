#!/usr/bin/env bash
# A Raspberry Pi Zero 2 W, played by QEMU's 3 A+: the same chip, as much RAM, the same chain.
. "$(dirname "$0")/lib.sh"
for_soak rpi-zero2w "an emulated Raspberry Pi 3 with less RAM, which rpi3 is, too"
needs rpi-zero2w qemu-system-aarch64 "Debian's qemu-system-arm"
boots rpi-zero2w 400 reboot "nanny: slot a"
