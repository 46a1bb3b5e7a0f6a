#!/usr/bin/env bash
# What LinuxKit's packages do for a system, in QEMU, by YAML that names LinuxKit's images: disks, keys,
# networks, metadata, logs.  Their own test cases are run by `make acceptance`.
. "$(dirname "$0")/lib.sh"
needs linuxkit qemu-system-x86_64
needs linuxkit xorriso

# boot YAML ARGUMENTS…: until the machine is off.  The disks may be sda and sdb, or the other way round.
boot() {
	local yaml=$1 name command
	name=$(basename "$1" .yml)
	shift
	build/nanny build --quiet --board qemu-linuxkit --alias tests/linuxkit/aliases.yml --output "$work" "$yaml" ||
		{ not_ok "$yaml builds"; exit 1; }
	eval "command=($(build/nanny run --board qemu-linuxkit --print-command "$work/$name"))"
	timeout 300 "${command[@]}" -device virtio-scsi-pci,id=scsi \
		-drive "file=$work/data,format=raw,if=none,id=data" -device scsi-hd,drive=data,bus=scsi.0 \
		-drive "file=$work/more,format=raw,if=none,id=more" -device scsi-hd,drive=more,bus=scsi.0 \
		"$@" >"$work/out" 2>&1 </dev/null
}

mkdir "$work/cd"
echo "instance-id: goat" >"$work/cd/meta-data"
echo '{"goat": {"name": {"perm": "0640", "content": "Heidi"}}}' >"$work/cd/user-data"
xorriso -as mkisofs -quiet -volid cidata -rock -o "$work/cd.iso" "$work/cd" 2>"$work/iso"
truncate -s 128M "$work/data"
truncate -s 128M "$work/more"
truncate -s 20M "$work/secret"

boot tests/board/linuxkit.yml -drive "file=$work/secret,format=raw,if=virtio" \
	-drive "file=$work/cd.iso,format=raw,if=none,id=cd" -device scsi-cd,drive=cd,bus=scsi.0
check "the greeting is the image's" says "Welcome to LinuxKit"
check "binds.add keeps what the label says" says "binds are added"
for what in sysctl dhcpcd resolver "ext4 by label" "btrfs, the first free" dm-crypt losetup "metadata's provider" \
	"metadata's files" ca-certificates "a volume keeps what was written" "a volume's image" \
	"a read-only volume" "a volume by mounts:" "a control group" "kmsg and logwrite"; do
	check "$what" says "good: $what"
done
check "a page through WireGuard, shown at the end" says "It works."
check "poweroff in a container ends the machine" says "reboot: Power down"
[ $bad -eq 0 ] || show

truncate -s +192M "$work/data"
truncate -s +192M "$work/more" # less than 256 MiB is none of btrfs
boot tests/board/linuxkit-grow.yml
check "a disk grows, and its ext4 with it" says "good: ext4 has grown"
check "a disk grows, and its btrfs with it" says "good: btrfs has grown"
[ $bad -eq 0 ] || show
exit $bad
