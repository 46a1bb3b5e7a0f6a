#!/usr/bin/env bash
# The data partition in QEMU: made and grown at the first start, kept, repaired, wiped when asked for, made anew when
# nothing else helps; and the power goes at any moment of all that.  CUTS=100 for more of them.
. "$(dirname "$0")/lib.sh"
needs data qemu-system-x86_64
needs data sfdisk fdisk
needs data debugfs e2fsprogs

built=1790000000 later=2028-02-29 # 2026-09-21; and what its clock says
SOURCE_DATE_EPOCH=$built build/nanny build --quiet --board qemu-x86_64 --output "$work" --name data tests/board/data.yml ||
	{ not_ok "the image builds"; exit 1; }
disk=$work/disk patience=240 rtc=$later

# As an image file is when it has been written to a larger card: the partition is 1 MiB, the card 256 MiB.
new_disk() { # LABEL SIZE
	rm -f "$disk"
	truncate -s 8M "$disk"
	printf 'label: %s\nunit: sectors\nstart=2048,size=8192\nstart=10240,size=2048%s\n' \
		"$1" "$([ "$1" = dos ] || echo ',name=data')" | sfdisk -q "$disk" 2>/dev/null
	truncate -s "$2" "$disk"
}
power_on() { # NAME-OF-THE-PARTITION
	with_disk "$disk" "$work/data-kernel" "$work/data-initrd.img" "$(cat "$work/data-cmdline") nanny.data=$1" \
		"${x86_64[@]}" -rtc base="$rtc"
}
told() { says "told: $1"; }
told_state() { grep -q "told: boots=.* state=$1" "$work/out"; }
at=10240 # of the partition, in sectors
# What the machine takes for the time.
clock() { sed -n 's/.*clock: \([0-9]*\).*/\1/p' "$work/out" | tail -n 1; }
record() { dd if="$disk" bs=512 skip=$at count=1 2>/dev/null | tr -d '\0'; }

new_disk gpt 256M
power_on PARTLABEL=data
wait_for $patience says "PID 1 began"
span=$SECONDS
check "at the first start it is made, and grown to the card's end" wait_for $patience told "boots=1 state=new and empty"
span=$((SECONDS - span + 1)) # seconds from there to the end of that
power_off
rtc=2001-01-01 # its battery is empty
check "the table says so, too, and is a good one" eval '[ "$(sfdisk -q -o end -l "$disk" | tail -n 1)" -eq 522239 ] && sfdisk -q --verify "$disk"'

power_on PARTLABEL=data
check "after a power cut it is checked, and what was written is kept" wait_for $patience told "boots=2 state=good"
check "... and the clock, which has lost the time, goes on where it was ($(date -u -d "@$(clock)" +%F))" \
	[ "$(clock)" -ge "$(date -u -d "$later" +%s)" ]
power_off

power_on PARTLABEL=data
check "nannyctl tells of it" wait_for $patience says "[resetter] data: good"
check "nannyctl factory-reset ends the machine in order" wait_for $patience says "reboot: Restarting system"
power_off
check "... with its mark on the disk" eval '[ "$(record)" = "nanny-data 1 reset" ]'
power_on PARTLABEL=data
check "... and the next start leaves nothing" wait_for $patience told "boots=1 state=empty after a factory reset"
power_off

# Superblock and group descriptors are overwritten; their copies are elsewhere.
dd if=/dev/urandom of="$disk" bs=512 seek=$((at + 2)) count=64 conv=notrunc status=none
power_on PARTLABEL=data
check "a damaged one is repaired, and says so" wait_for $patience told "boots=2 state=was DAMAGED and has been repaired; files may be missing, or in lost+found"
power_off

dd if=/dev/urandom of="$disk" bs=512 seek=$at count=8 conv=notrunc status=none
power_on PARTLABEL=data
check "one whose first block is gone, with the record of what it is, is repaired" wait_for $patience told_state "was DAMAGED and has been repaired; files may be missing, or in lost+found"
power_off

dd if=/dev/urandom of="$disk" bs=1M seek=6 conv=notrunc status=none count=248
printf 'nanny-data 1 ready\n' | dd of="$disk" bs=512 seek=$at conv=notrunc,sync status=none
power_on PARTLABEL=data
check "one that is nothing but garbage is made anew, and says so" wait_for $patience told "boots=1 state=was LOST: it could not be repaired, and is new and empty"
power_off

truncate -s 384M "$disk"
power_on PARTLABEL=data
check "on a larger card it grows again, with what is on it" wait_for $patience told "boots=2 state=good"
power_off
check "and the file system with it" eval '[ "$(dd if="$disk" bs=1M skip=5 2>/dev/null >"$work/fs"; dumpe2fs -h "$work/fs" 2>/dev/null | sed -n "s/^Block count: *//p")" -gt 96000 ]'

new_disk dos 256M
id=$(sfdisk -d "$disk" | sed -n 's/^label-id: 0x//p')
power_on "PARTUUID=$id-02"
check "all of it with an MBR, by PARTUUID" wait_for $patience told "boots=1 state=new and empty"
check "... and the clock is not earlier than its build ($(date -u -d "@$(clock)" +%F))" [ "$(clock)" -ge $built ]
power_off

# The power goes at a random moment of the first start, by the progress of the console at an idle machine's pace.
cuts=${CUTS:-2} seed=${SEED:-$RANDOM} lost=0 early=0
RANDOM=$seed
for ((i = 1; i <= cuts; i++)); do
	new_disk "$([ $((i % 4)) -eq 0 ] && echo dos || echo gpt)" 256M
	name=PARTLABEL=data
	[ $((i % 4)) -ne 0 ] || name=PARTUUID=$(sfdisk -d "$disk" | sed -n 's/^label-id: 0x//p')-02
	power_on "$name"
	# From the moment PID 1 begins on (what is before has no disk), as long as a start takes here.
	wait_for $patience says "PID 1 began" || break
	sleep "$((RANDOM % span)).$((RANDOM % 1000))"
	told boots= || early=$((early + 1))
	power_off
	power_on "$name"
	if ! wait_for $patience told "boots="; then
		lost=$((lost + 1))
		show "$work/out"
	fi
	power_off
done
check "the power goes at $cuts random moments of the first start ($early before it was through, seed $seed): each next start completes" [ $lost -eq 0 ]
exit $bad
