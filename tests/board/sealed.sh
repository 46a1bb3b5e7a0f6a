#!/usr/bin/env bash
# A sealed root in QEMU: one that was signed for this machine runs, no other does, each for one clear reason; and when
# a block of it turns bad while it runs, the machine says so and starts again.
. "$(dirname "$0")/lib.sh"
needs sealed qemu-system-x86_64
needs sealed sfdisk fdisk

head -c 1000000 /dev/urandom >"$work/big" # so that its blocks are in the slot as they are
printf 'files:\n  - path: store/big\n    source: %s\n    mode: "0644"\n' "$work/big" >"$work/big.yml"
build/nanny keygen "$work/good" >/dev/null && build/nanny keygen "$work/other" >/dev/null ||
	{ not_ok "keys are made"; exit 1; }
build/nanny build --quiet --board qemu-x86_64 --format kernel+slot --key "$work/good.key" --security-version 2 \
	--output "$work" --name sealed tests/board/sealed.yml "$work/big.yml" || { not_ok "the slot builds"; exit 1; }
slot=$work/sealed-slot.img patience=240
flip() { # FILE OFFSET
	python3 -c 'import sys
f = open(sys.argv[1], "r+b"); f.seek(int(sys.argv[2])); c = f.read(1)[0]; f.seek(-1, 1); f.write(bytes([c ^ 16]))' "$@"
}
edit() { # FROM TO: another manifest, not signed yet
	cp "$slot" "$work/edited"
	python3 -c 'import sys
b = bytearray(open(sys.argv[1], "rb").read()); at = b.rindex(sys.argv[2].encode()); b[at:at + len(sys.argv[2])] = sys.argv[3].encode()
open(sys.argv[1], "wb").write(b)' "$work/edited" "$@"
}
power_on() {
	with_disk "$work/disk" "$work/sealed-kernel" "$work/sealed-sealed-initrd.img" \
		"$(cat "$work/sealed-cmdline") root=PARTLABEL=system-a panic=1" "${x86_64[@]}"
}
gone() { ! kill -0 "$guest" 2>/dev/null; }
refused() { # WHAT WHY
	power_on
	check "$1 is refused: $2" wait_for $patience says "root: PARTLABEL=system-a REFUSED: $2"
	check "... and nothing of it runs" eval 'wait_for $patience gone; ! says "early: runs"'
	power_off
}

slot_disk "$work/disk" "$slot"
power_on
check "what was signed for this machine is mounted through dm-verity" wait_for $patience says "root: PARTLABEL=system-a is sealed: qemu-x86_64"
check "... and runs" wait_for $patience says "$(sha256sum <"$work/big" | cut -c1-64)"
power_off
check "nanny verify finds it on the disk, too" eval 'build/nanny verify --no-boot-files --key "$work/good.pub" --board qemu-x86_64 "$work/disk" | grep -q "partition 1 system-a: good"'

edit board=qemu-x86_64 board=qemu-x86_65 && build/nanny sign --key "$work/good.key" "$work/edited" && slot_disk "$work/disk" "$work/edited"
refused "another board's" "wrong board: it is for qemu-x86_65, this is qemu-x86_64"
edit security-version=2 security-version=1 && build/nanny sign --key "$work/good.key" "$work/edited" && slot_disk "$work/disk" "$work/edited"
refused "an older one" "older security version: it has 1, this machine takes 2 or later"
cp "$slot" "$work/edited" && build/nanny sign --key "$work/other.key" "$work/edited" && slot_disk "$work/disk" "$work/edited"
refused "somebody else's" "wrong key: it was signed with another one"
edit version= version: && slot_disk "$work/disk" "$work/edited"
refused "a changed manifest" "bad signature: the manifest was changed"
slot_disk "$work/disk" "$slot" && flip "$work/disk" $((slot_start * 512 + 5))
refused "a damaged superblock" "damaged: its first blocks are not what was signed"

# In the middle of the file, which nobody reads before the service does.
slot_disk "$work/disk" "$slot"
at=$(python3 -c 'import sys
print(open(sys.argv[1], "rb").read().index(open(sys.argv[2], "rb").read()[500000:500064]))' "$work/disk" "$work/big")
flip "$work/disk" "$at"
power_on
check "a block that turns bad while it runs is told by its number" wait_for $patience says \
	"the sealed root is damaged: block $(((at - slot_start * 512) / 4096)) of its file system"
check "... its content reaches nobody" eval '! grep -qE "[0-9a-f]{64}  /store/big" "$work/out"'
check "... and the machine starts again in order" wait_for $patience says "reboot: Restarting system"
power_off
check "nanny verify finds the same block" eval 'build/nanny verify --no-boot-files --key "$work/good.pub" "$work/disk" 2>&1 | grep -q "block $(((at - slot_start * 512) / 4096)) of the file system"'
exit $bad
