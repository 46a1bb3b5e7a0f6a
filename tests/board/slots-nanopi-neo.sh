#!/usr/bin/env bash
# The slots of a NanoPi NEO, whose U-Boot is started by the card's own SPL, after each reset by the chip's watchdog.
. "$(dirname "$0")/slots.bash"
for_soak slots-nanopi-neo "five boots of an emulated NanoPi NEO"
newer_qemu slots-nanopi-neo
slots nanopi-neo boards/nanopi-neo/qemu.yml
exit $bad
