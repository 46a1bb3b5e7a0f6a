#!/usr/bin/env bash
# The goat feeder on the other architecture, to "every service is ready": init, runc and the components of arm64. The
# kernel is the rpi5's, newer than that of all other boards; QEMU is no Raspberry Pi 5, but every arm64 machine has it.
. "$(dirname "$0")/lib.sh"
needs arm64 qemu-system-aarch64 "Debian's qemu-system-arm"
needs arm64 sfdisk fdisk

own_boards
{
	# It has no crc32c_generic, and needs none.
	sed '/^kernel:/,/^$/d; /crc32c_generic/d' boards/qemu-arm64/board.yml
	sed -n '/^kernel:/,/^$/p' boards/rpi5/board.yml
	echo 'init: [nanny/init, nanny/runc, nanny/data]'
} >"$work/root/boards/qemu-arm64/board.yml"
build/nanny --root "$work/root" build --quiet --board qemu-arm64 --format kernel+slot --output "$work" --name arm64 \
	configs/goat-feeder.yml >"$work/out" 2>&1
check "it builds with the rpi5's kernel" grep -aq 'Linux version [7-9]' "$work/arm64-kernel"
slot_disk "$work/disk" "$work/arm64-slot.img"
: >"$work/out"
qemu-system-aarch64 -machine virt -cpu cortex-a53 -m 512M -smp 2 -nodefaults -display none -no-reboot \
	-serial "file:$work/out" -kernel "$work/arm64-kernel" -initrd "$work/arm64-sealed-initrd.img" \
	-append "$(cat "$work/arm64-cmdline") root=PARTLABEL=system-a nanny.data=PARTLABEL=data" \
	-drive if=none,id=disk,format=raw,file="$work/disk" -device virtio-blk-pci,drive=disk -device i6300esb \
	-netdev user,id=net -device virtio-net-pci,netdev=net </dev/null >"$work/qemu" 2>&1 &
guest=$!
watch $guest "$work/qemu"
check "the goat feeder comes up on qemu-arm64" wait_for 600 says "up: every service is ready"
check "its root is sealed" says " is sealed: qemu-arm64 "
check "its data partition is made" says "data: new and empty"
check "every step was done" eval '! says "an onboot step has failed"'
