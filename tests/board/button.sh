#!/usr/bin/env bash
# What is asked for beside the machine: a factory reset by a button, on the GPIO chip of QEMU's arm64 machine, whose third
# line is low and stays so (as a button to ground it is held, as one to the supply it is not), and by a file on the
# first partition, once for each file that is put there.
. "$(dirname "$0")/lib.sh"
needs button qemu-system-aarch64 "Debian's qemu-system-arm"
needs button sfdisk fdisk
needs button mcopy mtools

disk=$work/disk patience=400
truncate -s 64M "$disk"
printf 'label: gpt\nunit: sectors\nstart=2048,size=32768,name=firmware\nsize=32768,name=data\n' | sfdisk -q "$disk"
mkfs.vfat --offset 2048 "$disk" 16384 >"$work/said" 2>&1
put_file() { # as another computer does, over what was there before
	touch -d "$1" "$work/reset.txt"
	MTOOLS_SKIP_CHECK=1 mcopy -m -o -i "$disk@@1M" "$work/reset.txt" ::/reset.txt
}

power_on() { # BUTTON, as board.yml's factory-reset: becomes /etc/nanny/board
	printf 'files:\n  - path: etc/nanny/board\n    contents: "reset-button %s\\nreset-file reset.txt\\n"\n    mode: "0644"\n' "$1" >"$work/button.yml"
	build/nanny build --quiet --board qemu-arm64 --output "$work" --name button tests/board/data.yml "$work/button.yml" ||
		{ not_ok "the image builds"; exit 1; }
	with_disk "$disk" "$work/button-kernel" "$work/button-initrd.img" \
		"$(cat "$work/button-cmdline") nanny.data=PARTLABEL=data" "${arm64[@]}"
}
told() { says "told: $1"; }
by_file="factory reset: its file is on the first partition"

put_file 2026-11-01
power_on "9030000.pl061 3 high 1000"
check "a button that is not pressed does nothing" wait_for $patience told "boots=1 state=new and empty"
check "... nor a file where there is nothing yet" eval '! says "$by_file"'
power_off
power_on "nobody 3 low 1000"
check "of one whose chip is not there the console tells" wait_for $patience says "factory reset: line 3 of nobody: No such device"
check "... and nothing is lost, though the file is still there" wait_for $patience told "boots=2 state=good"
power_off
put_file 2026-11-02
sum=$(dd if="$disk" bs=1M skip=1 count=16 status=none | sha256sum)
power_on "9030000.pl061 3 high 1000"
check "another file wipes the data partition" wait_for $patience told "boots=1 state=empty after a factory reset"
check "... and says that it was the file" says "$by_file"
power_off
power_on "9030000.pl061 3 low 1000"
check "a button that is held wipes it" wait_for $patience told "boots=1 state=empty after a factory reset"
check "... and says that it was the button" eval 'says "factory reset: its button is pressed" && ! says "$by_file"'
power_off
check "nothing was written to the first partition" [ "$(dd if="$disk" bs=1M skip=1 count=16 status=none | sha256sum)" = "$sum" ]
exit $bad
