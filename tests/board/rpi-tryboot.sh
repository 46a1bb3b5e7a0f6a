#!/usr/bin/env bash
# The cards of a Raspberry Pi 4 and 5 against a model of what their bootloader reads, and their device trees against
# the modules on the card: QEMU has little of their hardware (rpi4.sh).
. "$(dirname "$0")/lib.sh"
needs rpi-tryboot mcopy

trees() { tests/board/devicetree.py "$@" >"$work/out" 2>&1; }
serves() { # DEVICE…: each of them, what it is on and what supplies it
	trees drivers "$work/tree" "$work/kernel" "$work/aliases" "$@" && [ -s "$work/out" ] && ! grep '^- ' "$work/out"
}
from_slot() { MTOOLS_SKIP_CHECK=1 mcopy -n -i "$card@@17M" "::/$1" "$2"; } # FILE TO
# The modules that a device is served by are in the first stage, too.
stage_has() { # DEVICE
	serves "$1" && sed -n 's/^\([^-][^ ]*\) .*/\1/p' "$work/out" | grep -vx kernel | sort -u >"$work/wanted" &&
		zstd -qdc "$work/initrd" | cpio -t --quiet 2>/dev/null | sed -n 's,.*/\(.*\)\.ko$,\1,p' | tr - _ | sort -u >"$work/has" &&
		! comm -23 "$work/wanted" "$work/has" | grep .
}

for pi in 4 5; do
	card=$work/rpi$pi.img
	case $pi in
	4) tree=bcm2711-rpi-4-b.dtb disk=mmc@7e340000 others=(ethernet@7d580000 pcie@7d500000 watchdog@7e100000 leds) ;;
	5) tree=bcm2712-rpi-5-b.dtb disk=mmc@fff000 others=(ethernet@40100000 usb@40200000 watchdog@7d200000) ;;
	esac
	build/nanny build --quiet --board "rpi$pi" --format disk,tar --output "$work" --name "rpi$pi" configs/goat-feeder.yml >"$work/out" 2>&1
	check "rpi$pi: the card is built" [ -f "$card" ]
	starts() { tests/board/rpi-firmware.py "$card" "pi$pi" "$@" >"$work/out" 2>&1; }
	check "rpi$pi: the bootloader finds all it wants" starts
	check "rpi$pi: it starts slot a, whose root is sealed" eval 'says "nanny.slot=a" && says "root=PARTLABEL=system-a"'
	check "rpi$pi: from the second partition" says "partition 2"
	check "rpi$pi: a kernel that it unpacks, with a device tree" eval 'says "kernel 1f8b" && says "tree $tree d00dfeed"'
	check "rpi$pi: a kernel that hangs is started over" says "watchdog 60"
	from_slot "$tree" "$work/tree" && from_slot kernel8.img "$work/kernel" && from_slot initrd.img "$work/initrd" &&
		tar -xOf "$work/rpi$pi.tar" --wildcards '*/modules.alias' >"$work/aliases"
	check "rpi$pi: its first stage has what the card needs" stage_has $disk
	check "rpi$pi: every device that matters has a driver" serves $disk "${others[@]}"
	trees drivers "$work/tree" "$work/kernel" "$work/aliases" &&
		echo "# rpi$pi: nothing serves $(sed -n 's/^- \([^ ]*\).*/\1/p' "$work/out" | sort -u | tr '\n' ' ')"
	# Slot b as an update would write it: the same files.
	dd if="$card" of="$card" bs=1M skip=17 seek=81 count=64 conv=notrunc status=none
	check "rpi$pi: with tryboot, all of slot b" starts tryboot
	check "rpi$pi: and it is told so" eval 'says "partition 3" && says "nanny.slot=b" && says "root=PARTLABEL=system-b"'
	if [ $pi = 5 ]; then
		base=$(build/nanny fetch --arch arm64 --suite trixie-backports linux-image-arm64 | grep linux-base)
		dpkg-deb --fsys-tarfile "$base" | tar -xO --wildcards '*/bcm2712-d-rpi-5-b.dtb' >"$work/wanted"
		check "rpi5: on a chip of stepping D0 there is an overlay" eval 'starts d0 && from_slot overlays/bcm2712d0.dtbo "$work/overlay"'
		check "rpi5: which makes the kernel's own tree of it" trees merge "$work/tree" "$work/overlay" "$work/wanted"
	fi
	mdel -i "$card@@17M" ::/kernel8.img
	check "rpi$pi: a card without a kernel is none" eval '! starts'
done
exit $bad
