#!/usr/bin/env bash
# Every format that a machine can start from, started by its firmware (SeaBIOS, OVMF) up to "every service is
# ready": configs/minimal.yml and a step that looks at the root.
. "$(dirname "$0")/lib.sh"
needs formats qemu-system-x86_64
for tool in mksquashfs mcopy mkfs.vfat sfdisk syslinux xorriso qemu-img; do needs formats $tool; done
[ -r /usr/share/ovmf/OVMF.fd ] || { echo "skip formats: no OVMF (ovmf)"; exit 0; }

system="configs/minimal.yml tests/board/formats.yml"
up="up: every service is ready"
start() { # BOARD FORMAT
	# shellcheck disable=SC2086 # a list of words
	build/nanny run --board "$1" --output "$work/$1" --name x --format "$2" --expect "$up" --timeout 250 \
		--console "$work/out" $system >"$work/said" 2>&1
}
comes_up() { # BOARD FORMAT
	: >"$work/out"
	start "$1" "$2" && return
	show "$work/said"
	return 1
}

# What qemu-img has made of a disk that comes up is the same disk (host/formats.sh); in make soak each is started.
formats="raw-bios raw-efi iso-bios"
[ -z "${SOAK:-}" ] || formats="$formats qcow2-bios qcow2-efi vmdk vhd dynamic-vhd"
for format in $formats; do
	check "$format comes up" comes_up qemu-x86_64 $format
	check "… with its root in memory" says "root: 640 7 8 ."
done
for fs in squashfs erofs; do
	check "kernel+$fs comes up" comes_up qemu-x86_64 kernel+$fs
	check "… with its root on the disk, owners and modes in it" says "root: 640 7 8 $fs."
done

# shellcheck disable=SC2086 # a list of words
build/nanny build --quiet --board qemu-x86_64 --output "$work/qemu-x86_64" --name x --format iso-efi $system
check "iso-efi comes up, started by the file's name" build/nanny run --board qemu-x86_64 --expect "$up" --timeout 250 \
	"$work/qemu-x86_64/x-efi.iso" >"$work/said" 2>&1
# As its user does it: the tar onto a card with one FAT partition. QEMU cannot be the firmware that starts U-Boot.
card() { # FILE
	local tree=$work/tree
	# As `nanny run` does: QEMU resets the chip when its watchdog is armed.
	# shellcheck disable=SC2086 # a list of words
	build/nanny build --quiet --board rpi3 --format rpi3 --output "$work" --name pi $system boards/rpi3/qemu.yml || return 1
	mkdir "$tree" && tar xf "$work/pi.tar" -C "$tree" && truncate -s 128M "$1" &&
		echo 'start=2048,type=c' | sfdisk -q "$1" &&
		mkfs.vfat --offset 2048 "$1" $((127 * 1024)) >"$work/said" &&
		MTOOLS_SKIP_CHECK=1 mcopy -s -i "$1@@1M" "$tree"/* ::/
}
pi_comes_up() {
	local bad=1
	: >"$work/out"
	card "$work/card" || return 1
	qemu-system-aarch64 -machine raspi3b -kernel "$work/tree/u-boot.bin" -serial null -serial "file:$work/out" \
		-display none -no-reboot -drive "if=sd,format=raw,file=$work/card" </dev/null >"$work/said" 2>&1 &
	guest=$!
	wait_for 250 says "$up" && bad=0
	kill $guest 2>/dev/null
	wait $guest 2>/dev/null
	guest=
	return $bad
}

if command -v qemu-system-aarch64 >/dev/null; then
	check "rpi3's tar on a FAT card comes up" pi_comes_up
	check "… with its root in memory" says "root: 640 7 8 ."
else
	echo "skip rpi3: no qemu-system-aarch64 (qemu-system-arm)"
fi
if [ -z "${SOAK:-}" ]; then
	echo "skip raw-efi on arm64, and the disks of other hypervisors, which host/formats.sh compares: they are for make soak"
elif command -v qemu-system-aarch64 >/dev/null && [ -r /usr/share/qemu-efi-aarch64/QEMU_EFI.fd ]; then
	check "raw-efi comes up on arm64" comes_up qemu-arm64 raw-efi
else
	echo "skip raw-efi on arm64: no qemu-system-aarch64 with its EFI (qemu-system-arm, qemu-efi-aarch64)"
fi
exit $bad
