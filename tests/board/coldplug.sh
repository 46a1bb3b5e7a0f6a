#!/usr/bin/env bash
# Devices get their drivers in QEMU: one that is there at the start, and one that is plugged in later.
. "$(dirname "$0")/lib.sh"
needs coldplug qemu-system-x86_64

build/nanny build --quiet --board qemu-x86_64 --output "$work" --name plug tests/board/coldplug.yml ||
	{ not_ok "the image builds"; exit 1; }
truncate -s 1M "$work/disk"
qemu-system-x86_64 -machine q35 -cpu qemu64,+rdrand -m 512M -nodefaults -display none -serial "file:$work/out" \
	-kernel "$work/plug-kernel" -initrd "$work/plug-initrd.img" -append "$(cat "$work/plug-cmdline")" \
	-device e1000 -device pcie-root-port,id=root1 -drive if=none,id=disk,format=raw,file="$work/disk" \
	-monitor "unix:$work/monitor,server,nowait" </dev/null >"$work/qemu" 2>&1 &
qemu=$!
watch $qemu "$work/qemu"
guest=$qemu
shows() { grep -qE -- "$1" "$work/out"; }
check "a network card of an unlisted kind has its driver (e1000)" wait_for 200 shows 'links:.*class/net/eth0'
check "there is no disk yet" says 'disks: block/vd*'
monitor "device_add virtio-blk-pci,drive=disk,bus=root1"
check "a disk that is plugged in later has its driver (virtio_blk)" wait_for 60 says 'disks: block/vda'
check "the helper had nothing to complain of" eval '! shows "module .*: cannot load"'
