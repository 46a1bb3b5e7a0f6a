#!/usr/bin/env bash
# The button for a factory reset, on the GPIO chip of QEMU's arm64 machine, whose third line is low and stays so: as a
# button to ground it is held, as one to the supply it is not.
. "$(dirname "$0")/lib.sh"
needs button qemu-system-aarch64 "Debian's qemu-system-arm"
needs button sfdisk fdisk

disk=$work/disk patience=400
truncate -s 64M "$disk"
printf 'label: gpt\nunit: sectors\nstart=2048,size=32768,name=data\n' | sfdisk -q "$disk"

power_on() { # BUTTON, as board.yml's factory-reset: becomes /etc/nanny/board
	printf 'files:\n  - path: etc/nanny/board\n    contents: "reset-button %s\\n"\n    mode: "0644"\n' "$1" >"$work/button.yml"
	build/nanny build --quiet --board qemu-arm64 --output "$work" --name button tests/board/data.yml "$work/button.yml" ||
		{ not_ok "the image builds"; exit 1; }
	: >"$work/out"
	qemu-system-aarch64 -machine virt -cpu cortex-a53 -m 512M -smp 2 -nodefaults -display none \
		-serial "file:$work/out" -kernel "$work/button-kernel" -initrd "$work/button-initrd.img" \
		-append "$(cat "$work/button-cmdline") nanny.data=PARTLABEL=data" \
		-drive if=none,id=disk,format=raw,file="$disk" -device virtio-blk-pci,drive=disk \
		-no-reboot </dev/null >"$work/qemu" 2>&1 &
	guest=$!
	watch $guest "$work/qemu"
}
told() { says "told: $1"; }

power_on "9030000.pl061 3 high 1000"
check "a button that is not pressed does nothing" wait_for $patience told "boots=1 state=new and empty"
power_off
power_on "nobody 3 low 1000"
check "of one whose chip is not there the console tells" wait_for $patience says "factory reset: line 3 of nobody: No such device"
check "... and nothing is lost" wait_for $patience told "boots=2 state=good"
power_off
power_on "9030000.pl061 3 low 1000"
check "one that is held wipes the data partition" wait_for $patience told "boots=1 state=empty after a factory reset"
check "... and says that it was the button" says "factory reset: its button is pressed"
power_off
exit $bad
