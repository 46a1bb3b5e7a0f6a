#!/usr/bin/env bash
# The cards of a Raspberry Pi 4 and 5 against a model of what their bootloader reads: QEMU is neither of them.
. "$(dirname "$0")/lib.sh"
needs rpi-tryboot mcopy

for pi in 4 5; do
	build/nanny build --quiet --board "rpi$pi" --output "$work" --name "rpi$pi" configs/goat-feeder.yml >"$work/out" 2>&1
	check "rpi$pi: the card is built" [ -f "$work/rpi$pi.img" ]
	starts() { tests/board/rpi-firmware.py "$work/rpi$pi.img" "pi$pi" "$@" >"$work/out" 2>&1; }
	check "rpi$pi: the bootloader finds all it wants" starts
	check "rpi$pi: it starts slot a" says "nanny.slot=a"
	check "rpi$pi: from the second partition" says "partition 2"
	check "rpi$pi: a kernel that it unpacks, with a device tree" eval 'says "kernel 1f8b" && says "tree d00dfeed"'
	check "rpi$pi: a kernel that hangs is started over" says "watchdog 60"
	# Slot b as an update would write it: the same files.
	dd if="$work/rpi$pi.img" of="$work/rpi$pi.img" bs=1M skip=17 seek=81 count=64 conv=notrunc status=none
	check "rpi$pi: with tryboot, all of slot b" starts tryboot
	check "rpi$pi: and it is told so" eval 'says "partition 3" && says "nanny.slot=b"'
	mdel -i "$work/rpi$pi.img@@17M" ::/kernel8.img
	check "rpi$pi: a card without a kernel is none" eval '! starts'
done
exit $bad
