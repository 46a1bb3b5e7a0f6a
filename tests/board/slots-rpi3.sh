#!/usr/bin/env bash
# The slots of a Raspberry Pi 3: U-Boot reads the record and counts.  In `make test`, rpi3.sh starts a trial.
. "$(dirname "$0")/slots.bash"
for_soak slots-rpi3 "five boots of an emulated Raspberry Pi"
needs slots-rpi3 qemu-system-aarch64 "Debian's qemu-system-arm"
slots rpi3 boards/rpi3/qemu.yml
exit $bad
