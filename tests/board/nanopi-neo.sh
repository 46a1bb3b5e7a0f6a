#!/usr/bin/env bash
# A NanoPi NEO, played by QEMU's Orange Pi PC: the same chip, whose boot ROM starts the card's own SPL and U-Boot.
# What resets the chip is its watchdog, which QEMU 7.2 does not have.
. "$(dirname "$0")/lib.sh"
needs nanopi-neo qemu-system-arm "Debian's qemu-system-arm"
boots nanopi-neo 500 restart "nanny: slot a"
