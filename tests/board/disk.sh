#!/usr/bin/env bash
# What does not fit or does not exist is said before a byte is written, with the numbers and the line; and the same
# inputs give the same disk.
. "$(dirname "$0")/lib.sh"
needs disk qemu-img

own_boards
mkdir "$work/made"
board=$work/root/boards/rpi3/board.yml
build() { build/nanny --root "$work/root" build --board rpi3 --output "$work/made" "$@" configs/goat-feeder.yml >"$work/out" 2>&1; }
refused() { # WHAT TEXT COMMAND…
	local what=$1 text=$2
	shift 2
	"$@"
	check "$what: exit status 2" [ $? -eq 2 ]
	check "$what: said" says "$text"
	check "$what: nothing is written" [ -z "$(ls "$work/made")" ]
	cp boards/rpi3/board.yml "$board"
}
refused "a card too small" "--size: the partitions of the board rpi3 take 322 MiB, and the card has 100" build --size 100M
sed -i 's/boot: 48m/boot: 8m/' "$board"
refused "boot files larger than their partition" "board.yml:$(grep -n 'boot: 8m' "$board" | cut -d: -f1):9: the boot files of a slot take" build
sed -i 's/system: 96m/system: 2m/' "$board"
refused "a system larger than its slot" "board.yml:$(grep -n 'system: 2m' "$board" | cut -d: -f1):11: the system and its hash tree take" build
sed -i 's/system: 96m/system: 300m/' "$board"
refused "partitions larger than the card" "the partitions take 730 MiB, more than a card of 512 MiB has" build
sed -i 's/- mmc_block/- mmc_blok/' "$board"
refused "a module the kernel does not have" "the kernel has no module 'mmc_blok'; did you mean 'mmc_block'?" build
sed -i 's/3-a-plus.dtb/3-c.dtb/' "$board"
refused "a device tree the kernel does not have" "the kernel has no device tree 'broadcom/bcm2837-rpi-3-c.dtb'" build
sed -i 's/table: hybrid/tabel: hybrid/' "$board"
refused "an unknown key" "unknown key 'tabel' in disk: did you mean 'table'?" build
sed -i 's/how: u-boot/how: grub/' "$board"
refused "an unknown boot loader" "'how' cannot be 'grub': it is one of u-boot, " build
sed -i 's/table: mbr/table: gpt/' "$work/root/boards/nanopi-neo/board.yml"
refused "a boot loader where a GPT has its entries" "raw/8192 has 492900 bytes and would not lie between the partition table's end (17408)" \
	eval 'build/nanny --root "$work/root" build --board nanopi-neo --output "$work/made" configs/goat-feeder.yml >"$work/out" 2>&1'
refused "a board that starts from no disk" "disk needs a board that says how it starts from one" \
	eval 'build/nanny build --board qemu-x86_64 --format disk --output "$work/made" configs/goat-feeder.yml >"$work/out" 2>&1'

build
check "it builds" [ -f "$work/made/goat-feeder.img" ]
check "it says what is in it that is not free" says "firmware of raspi-firmware"
sum=$(sha256sum <"$work/made/goat-feeder.img")
rm "$work/made/goat-feeder.img"
build
check "the same disk is made again" [ "$sum" = "$(sha256sum <"$work/made/goat-feeder.img")" ]
used=$(($(stat -c %b "$work/made/goat-feeder.img") / 2048))
check "the file is small: $used MiB of $(($(stat -c %s "$work/made/goat-feeder.img") >> 20)) are not empty" [ "$used" -le 40 ]
entry=$(od -A n -t x1 -j 446 -N 16 "$work/made/goat-feeder.img" | tr -d ' ')
check "firmware that knows no GPT finds the first partition" [ "$entry" = 80ffffff0cffffff0008000000800000 ]
exit $bad
