#!/usr/bin/env bash
# The disk of every board with a sealed root: what its boot loader reads of a slot is what the slot's manifest names, and
# a bit turned in any of these files is refused. No machine is started.
. "$(dirname "$0")/lib.sh"
while read -r tool package; do needs verify "$tool" "$package"; done <<'EOT'
mksquashfs squashfs-tools
mcopy mtools
mkfs.vfat dosfstools
sfdisk fdisk
mkimage u-boot-tools
python3 python3
EOT

build/nanny keygen "$work/k" >/dev/null
verify() { # STATUS [OPTION…]
	local want=$1
	shift
	ends "$want" build/nanny verify --key "$work/k.pub" "$@" "$work/x.img" >"$work/said" 2>&1
}
# Of the bytes of each boot file of slot a, wherever they lie on the disk, one bit is turned: with where, a line each.
turns() { # FOLDER
	python3 - "$work/x.img" "$1" <<-'EOT'
		import os, random, sys
		disk, files = open(sys.argv[1], "rb").read(), sys.argv[2]
		random.seed(4711)
		for folder, _, names in os.walk(files):
		    for name in names:
		        path = os.path.join(folder, name)
		        data = open(path, "rb").read()
		        at = disk.index(data[:4096])
		        print(os.path.relpath(path, files), at + random.randrange(min(len(data), 4096)), random.randrange(8))
	EOT
}
turn() { # AT BIT
	python3 -c 'import sys
f = open(sys.argv[1], "r+b"); f.seek(int(sys.argv[2])); b = f.read(1)[0]; f.seek(int(sys.argv[2])); f.write(bytes([b ^ 1 << int(sys.argv[3])]))' "$work/x.img" "$@"
}
# The partition of slot a's boot files, unpacked; with an MBR it is the first one, and they are in a folder there.
unpack() {
	local start from=
	start=$(sfdisk -d "$work/x.img" | sed -n 's/.*: start= *\([0-9]*\),.*name="boot-a".*/\1/p')
	[ -n "$start" ] || { start=$(sfdisk -d "$work/x.img" | sed -n 's/.*: start= *\([0-9]*\),.*/\1/p' | head -n 1) from=a/; }
	rm -rf "$work/files" && mkdir "$work/files" &&
		MTOOLS_SKIP_CHECK=1 mcopy -s -Q -i "$work/x.img@@$((start * 512))" "::/$from*" "$work/files"
}

machines=0 turned=0
for board in boards/*; do
	grep -q '^disk:' "$board/board.yml" && ! grep -q 'sealed: false' "$board/board.yml" || continue
	board=${board#boards/}
	arch=$(sed -n 's/^arch: //p' "boards/$board/board.yml")
	case $arch in amd64) machine=x86_64 ;; arm64) machine=aarch64 ;; *) machine=armv7l ;; esac
	[ -e "build/$machine/init" ] || { echo "skip $board: build/$machine/init is not built"; continue; }
	build/nanny build --quiet --board "$board" --key "$work/k.key" --output "$work" --name x configs/minimal.yml 2>"$work/build.log" ||
		{ not_ok "$board: its disk is built"; continue; }
	check "$board: its disk is good, and so are the boot files" eval 'verify 0 && says "partition" && says "good, and so are its boot files"'
	check "$board: they are unpacked" unpack
	n=$(find "$work/files" -type f | wc -l)
	check "$board: each of the $n is in the manifest" [ "$(grep -c '^boot-sha256=' "$work/said")" -eq "$n" ]
	while read -r file at bit; do
		turn "$at" "$bit"
		check "$board: a bit of $file turned is refused" eval 'verify 1 && says "the boot file $file is not what was signed"'
		turn "$at" "$bit"
		turned=$((turned + 1))
	done < <(turns "$work/files")
	machines=$((machines + 1))
	verify 0 --json
	check "$board: as JSON" python3 -c 'import json, sys
slots = json.load(open(sys.argv[1]))
assert [s["good"] for s in slots] == [True] and len(slots[0]["boot_files"]) == int(sys.argv[2])' "$work/said" "$n"
done
check "boot files of $machines boards, $turned bits" [ "$machines" -ge 5 ]
exit $bad
