# shellcheck shell=bash
# A Raspberry Pi 4 in QEMU: Debian 13's has one (raspi4b), without the GPU whose firmware starts a slot.  What of the
# card is started is found by the model of that firmware, at every start anew.  Comes after lib.sh.

# A file that is handed to the kernel as the firmware's tree, changed where QEMU's machine is another one:
without=( # what lies there on the chip: to touch it is a fault
	/soc/interrupt-controller@7ef00100 # of HDMI
	/soc/clock@7ef00000
	/soc/i2c@7ef04500
	/soc/i2c@7ef09500
)
fit_tree() { # FILE
	local node supply
	for node in "${without[@]}"; do fdtput -t s "$1" "$node" status disabled || return 1; done
	# The firmware has the pins that switch the power and the voltage of the card; QEMU's answers nothing about them.
	for supply in vmmc-supply vqmmc-supply; do fdtput -d "$1" /emmc2bus/mmc@7e340000 $supply || return 1; done
	# There is neither its network card nor PCIe with its USB; what there is is the USB of the chip, as a Compute Module has it.
	fdtput -t s "$1" /soc/usb@7e980000 dr_mode host
}

raspi4b_once() { # CARD QEMU-ARGUMENT…
	local card=$1 boot=$work/boot
	shift
	mkdir -p "$boot"
	tests/board/rpi-firmware.py "$card" pi4 "$boot/" && fit_tree "$boot/tree" || return 1
	# The console is the second serial port.  The card: by itself QEMU puts it on the other controller, the one for Wi-Fi.
	# setpriv: it ends with who has started it.
	exec setpriv --pdeathsig KILL qemu-system-aarch64 -machine raspi4b -nodefaults -display none -no-reboot \
		-kernel "$boot/kernel" -initrd "$boot/initramfs" -append "$(cat "$boot/cmdline")" -dtb "$boot/tree" \
		-drive "if=none,id=card,format=raw,file=$card" -device sd-card,drive=card,bus=main-system-bus/generic-sdhci/sd-bus \
		-device usb-hub,port=1 -serial null -serial stdio "$@"
}
