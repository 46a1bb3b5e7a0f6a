#!/usr/bin/env bash
# The slots of a Raspberry Pi 4: PID 1 writes the card's autoboot.txt, and what that says is started by a model of the
# firmware.
. "$(dirname "$0")/slots.bash"
. tests/board/raspi4b.bash
for_soak slots-rpi4 "five boots of an emulated Raspberry Pi"
newer_qemu slots-rpi4
machine() { # DISK
	truncate -s 512M "$1"
	while (raspi4b_once "$1" -monitor "unix:$work/monitor,server,nowait"); do :; done
}
slots rpi4 boards/rpi3/qemu.yml
exit $bad
