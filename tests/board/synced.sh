#!/usr/bin/env bash
# What services wrote is on the disk after a power off, and the disk is clean, looked at from outside: nobody
# flushed it, and one wrote until it was killed.
. "$(dirname "$0")/lib.sh"
needs synced qemu-system-x86_64
needs synced debugfs e2fsprogs

build/nanny build --quiet --board qemu-x86_64 --output "$work" --name synced tests/board/synced.yml ||
	{ not_ok "the image builds"; exit 1; }
truncate -s 64M "$work/disk"
mkfs.ext4 -q "$work/disk" || { not_ok "a disk can be made"; exit 1; }
: >"$work/out"
mkfifo "$work/in"
exec 3<>"$work/in"
qemu-system-x86_64 -machine q35 -cpu qemu64,+rdrand -m 512M -smp 2 -nodefaults -display none -serial stdio \
	-kernel "$work/synced-kernel" -initrd "$work/synced-initrd.img" -append "$(cat "$work/synced-cmdline")" \
	-drive if=virtio,format=raw,file="$work/disk",cache=writeback \
	<"$work/in" >"$work/out" 2>"$work/qemu" &
guest=$!
watch $guest "$work/qemu"

check "services write to an ext4 disk" wait_for 300 says "once wrote"
[ $bad -eq 0 ] || exit
check "… one of them all the time" wait_for 100 says "deaf wrote 300"
wait_for 100 says "This console is open"
printf 'nannyctl poweroff\n' >&3
wait_for 100 says "reboot: Power down"
check "the machine powers off" says "reboot: Power down"
wait_for 30 eval '! kill -0 $guest 2>/dev/null'
check "the one that is deaf to its signal was killed" says "deaf: did not end when it was asked to; is killed"

check "the file system is clean" eval 'e2fsck -fn "$work/disk" >"$work/fsck" 2>&1'
check "… and was unmounted: its journal is empty" eval '! dumpe2fs -h "$work/disk" 2>/dev/null | grep -q needs_recovery'
debugfs -R "dump /once $work/once" "$work/disk" 2>/dev/null
said=$(sed -n 's/.*once wrote \([0-9a-f]*\).*/\1/p' "$work/out" | head -n 1)
check "what was written once is there, 8 MiB" [ "$(sha256sum <"$work/once" | cut -d' ' -f1)" = "$said" ]
debugfs -R "dump /deaf $work/deaf" "$work/disk" 2>/dev/null
touch "$work/deaf"
said=$(sed -n 's/.*deaf wrote \([0-9]*\).*/\1/p' "$work/out" | tail -n 1)
lines=$(wc -l <"$work/deaf")
check "of the other all that it said it wrote: $lines lines, $said at least" [ "$lines" -ge "${said:-1}" ]
check "… every line whole, in its order" cmp -s "$work/deaf" <(seq -f 'line %.0f' 1 "$lines")
exit $bad
