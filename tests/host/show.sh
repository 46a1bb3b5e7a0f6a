#!/usr/bin/env bash
# `nanny show` and `nanny diff` on every format: what is in it is what the tar of the same system has, one
# changed file is one difference, and what is damaged is said. No machine is started.
. "$(dirname "$0")/lib.sh"
needs_formats show
needs show sqfs2tar squashfs-tools-ng
needs show python3 python3

export TMPDIR=$work/tmp
mkdir "$TMPDIR"
system() { # TEXT: in the one file that differs
	cat <<-EOT
		services:
		  - name: getty
		    image: nanny/getty
		files:
		  - path: etc/hostname
		    contents: "$1"
	EOT
}
system goat >"$work/one.yml"
system "a longer name of a goat" >"$work/two.yml"

build() { # NAME FOLDER FORMATS [OPTION…]
	local yml=$work/$1.yml to=$work/$1/$2 formats=$3
	shift 3
	build/nanny build --quiet --no-sbom --name x --output "$to" --format "$formats" "$@" "$yml" 2>>"$work/build.log"
}
boards="rpi3 x86_64-efi x86_64-bios"
build_all() { # NAME
	local board
	build "$1" . kernel+initrd,tar,tar-kernel-initrd,iso-bios,iso-efi,iso-efi-initrd,raw-bios,raw-efi,aws,qcow2-bios,qcow2-efi,vmdk,vhd || return 1
	build "$1" squashfs kernel+squashfs && build "$1" erofs kernel+erofs && build "$1" slot kernel+slot || return 1
	build "$1" dynamic dynamic-vhd && build "$1" rpi3-tar rpi3 --board rpi3 || return 1
	for board in $boards; do
		build "$1" "$board" disk --board "$board" && build "$1" "$board" tar --board "$board" || return 1
	done
}
check "a system is built in every format" build_all one
check "and with one file changed" build_all two
check "and on both slots of a disk" build one both disk --board x86_64-efi --both-slots

known=$(build/nanny build --format '?' x.yml 2>&1 | sed -n 's/.*there are: \(.*\); .*/\1/p' | tr -d ,)
check "none of the formats ($(wc -w <<<"$known")) was left out" [ "$(wc -w <<<"$known")" -eq 19 ]

# FILE and the tar that has the same: NAME-squashfs.img is named by its base, with what lies beside it.
images="x x.tar
x-initrd.img x.tar
x-initrd.tar x.tar
squashfs/x x.tar
squashfs/x-squashfs.img x.tar
erofs/x x.tar
slot/x x.tar
x.iso x.tar
x-efi.iso x.tar
x-efi-initrd.iso x.tar
x-bios.img x.tar
x.raw x.tar
x-efi.img x.tar
x.qcow2 x.tar
x-efi.qcow2 x.tar
x.vmdk x.tar
x.vhd x.tar
dynamic/x.vhd x.tar
rpi3-tar/x.tar rpi3/x.tar
rpi3/x.img rpi3/x.tar
x86_64-efi/x.img x86_64-efi/x.tar
x86_64-bios/x.img x86_64-bios/x.tar"

# What starts the system is another thing in each format; the system is not.
same_system() { # TAR FILE
	build/nanny diff "$work/one/$1" "$work/one/$2" >"$work/said" 2>"$work/err"
	[ $? -le 1 ] && ! grep '^[-+~]' "$work/said" | grep -qvE '^. (/boot(/|:)|boot:|kernel:|slot b:|/etc/nanny/xattrs:)'
}
# As JSON: the places of a disk have all of its bytes, and the components are those that are printed.
adds_up() { # FILE
	build/nanny show --json "$work/one/$1" 2>"$work/err" >"$work/said" || return 1
	python3 - "$work/said" "$work/one/$1" <<-'EOT'
		import json, os, sys
		j = json.load(open(sys.argv[1]))
		kinds = [c["kind"] for c in j["components"]]
		assert "kernel" in kinds and "service" in kinds and kinds.count("init") >= 2, kinds
		kernel = [c for c in j["components"] if c["kind"] == "kernel"][0]
		assert kernel["files"] == 1, kernel
		assert j["base"]["size"] > 20_000_000 and j["base"]["size"] <= j["total"]["size"]
		assert j["total"]["size"] == sum(c["size"] for c in j["components"])
		at = 0
		for p in j["places"]:
		    assert p["at"] == at, p
		    at += p["size"]
		if j["is"] in ("a disk", "an ISO"):
		    assert at == os.stat(sys.argv[2]).st_size, at
	EOT
}
changed=$'~ /etc/hostname: content; 4 B → 23 B'
one_difference() { # FILE
	ends 1 build/nanny diff "$work/one/$1" "$work/two/$1" >"$work/said" 2>"$work/err" || return 1
	[ "$(sed -n '/^files:/,/^places:/p' "$work/said" | grep '^[-+~]')" = "$changed" ]
}
while read -r file tar; do
	check "$file: the system of $tar" same_system "$tar" "$file"
	check "$file: sizes add up" adds_up "$file"
	check "$file: the one changed file is named" one_difference "$file"
done <<<"$images"

check "both/x.img: the system of x86_64-efi/x.tar" same_system x86_64-efi/x.tar both/x.img
check "both/x.img: sizes add up" adds_up both/x.img
for file in x-efi.iso x.vmdk rpi3/x.img; do
	check "$file: no difference to itself" build/nanny diff "$work/one/$file" "$work/one/$file" 2>/dev/null
done

shows() { # WORDS FILE
	build/nanny show "$work/one/$2" >"$work/said" 2>&1 && says "$1"
}
check "the base has a size, beside LinuxKit's" shows "of them the base: kernel, modules, init (LinuxKit's: 35 MB)" x
check "a slot tells its board, version and root hash" shows "a slot: board rpi3, version " rpi3/x.img
check "the slot that is not filled is empty" eval 'grep -q "system-b *empty" "$work/said"'
check "the second slot, filled alike, is read once" eval \
	'shows "slot b" both/x.img && [ "$(grep -c "a slot: board x86_64-efi" "$work/said")" -eq 2 ]'

# ------------------------------------------------------------------ what is damaged

refused() { # WORDS FILE: one clear line, and the status of bad input
	ends 2 timeout 60 build/nanny show "$2" >"$work/said" 2>&1 && says "nanny: $2: " && says "$1"
}
cut() { # FILE BYTES [WORDS]
	head -c "$2" "$work/one/$1" >"$work/cut"
	refused "${3:-}" "$work/cut"
}
for file in x-initrd.img x.tar x-initrd.tar squashfs/x-squashfs.img erofs/x-erofs.img slot/x-slot.img x.iso x-efi.iso \
	x-bios.img x-efi.img x.qcow2 x.vmdk x.vhd dynamic/x.vhd rpi3/x.img; do
	half=$(($(stat -c %s "$work/one/$file") / 2))
	check "$file, cut, is refused" eval 'cut "$file" $half && cut "$file" 3 && cut "$file" 700'
done
check "a GPT without its end is refused" cut x-efi.img $(($(stat -c %s "$work/one/x-efi.img") - 512)) "cut short?"
spoil() { # FILE AT: 64 KiB of garbage there
	cp "$work/one/$1" "$work/spoilt"
	head -c 65536 /dev/zero | tr '\0' '\245' | dd of="$work/spoilt" bs=4096 seek=$(($2 / 4096)) conv=notrunc status=none
}
check "garbage in a squashfs is refused" eval 'spoil squashfs/x-squashfs.img 2000000 && refused squashfs "$work/spoilt"'
check "garbage in an erofs is refused" eval 'spoil erofs/x-erofs.img 8192 && refused erofs "$work/spoilt"'
check "garbage in a FAT is refused" eval 'spoil x-bios.img 1052672 && refused "" "$work/spoilt"'
check "garbage in an initrd is refused" eval 'spoil x-initrd.img 3000000 && refused "" "$work/spoilt"'
head -c 100000 /dev/urandom >"$work/noise"
check "noise is no image" refused "no image: neither an initrd nor a tar" "$work/noise"
check "a folder is no image" refused "no file" "$work/one"
check "what is not there is said" refused "No such file" "$work/none"

echo secret >"$work/secret"
truncate -s 1M "$work/secret"
qemu-img create -q -f qcow2 -F raw -b "$work/secret" "$work/linked.qcow2"
check "an image that goes on in another file is refused" refused "goes on in another file" "$work/linked.qcow2"
qemu-img create -q -f vmdk -F raw -b "$work/secret" "$work/linked.vmdk" 2>/dev/null ||
	printf 'KDMV%508sparentFileNameHint="%s"\n%9999s' ' ' "$work/secret" ' ' >"$work/linked.vmdk"
check "so is one of VMware's" refused "goes on in another file" "$work/linked.vmdk"
qemu-img create -q -f qcow2 "$work/huge.qcow2" 100T
check "a disk of 100 TB is refused" refused "a disk of" "$work/huge.qcow2"

# A folder that holds itself: its entry's first cluster is that of the folder.
loop() {
	cp "$work/one/x-efi.img" "$work/loop.img"
	python3 - "$work/loop.img" <<-'EOT'
		import struct, sys
		f = open(sys.argv[1], "r+b")
		at = 1 << 20
		f.seek(at)
		b = f.read(512)
		reserved, tables, roots, size = b[14] | b[15] << 8, b[16], b[17] | b[18] << 8, struct.unpack_from("<H", b, 22)[0]
		data = at + 512 * (reserved + tables * size) + 32 * roots
		f.seek(at + 512 * (reserved + tables * size))
		entries = f.read(32 * roots)
		i = next(i for i in range(0, len(entries), 32) if entries[i:i + 11] == b"EFI        ")
		cluster = struct.unpack_from("<H", entries, i + 26)[0]
		place = data + (cluster - 2) * b[13] * 512
		f.seek(place)
		inside = f.read(512)
		k = next(k for k in range(0, 512, 32) if inside[k:k + 4] == b"BOOT")
		f.seek(place + k + 26)
		f.write(struct.pack("<H", cluster))
	EOT
}
check "a folder that holds itself has an end" eval 'loop && refused "" "$work/loop.img"'

mkdir "$work/bin"
without() { # PROGRAM FILE WORDS
	ends 2 env PATH="$work/bin" build/nanny show "$work/one/$2" >"$work/said" 2>&1 && says "$1 is not installed; $3"
}
check "a missing sqfs2tar is said" without sqfs2tar squashfs/x "it is in the Debian package squashfs-tools-ng"
check "a missing mdir is said" without mdir x-bios.img "it is in the Debian package mtools"
check "a missing qemu-img is said" without qemu-img x.qcow2 "it is in the Debian package qemu-utils"
check "nothing is left behind" [ -z "$(ls -A "$TMPDIR")" ]
exit $bad
