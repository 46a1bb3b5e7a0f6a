#!/usr/bin/env bash
# Every format, built twice: another folder, another time, another umask, another time zone and an empty
# cache give the same bytes. No machine is started.
. "$(dirname "$0")/lib.sh"
needs_formats formats

names=$(build/nanny build --format '?' x.yml 2>&1 | sed -n 's/.*there are: \(.*\); .*/\1/p' | tr -d ,)
check "the formats are known ($(wc -w <<<"$names") of them)" [ "$(wc -w <<<"$names")" -ge 14 ]
# What only another machine has, and what has another's name, is built by itself.
together= alone=
for name in $names; do
	case $name in
	dynamic-vhd | disk | rpi3) alone="$alone $name" ;;
	*) together=$together,$name ;;
	esac
done

build() { # FOLDER FORMATS [OPTION…]
	local to=$1 formats=$2
	shift 2
	build/nanny build --quiet --name x --output "$to" --format "$formats" "$@" configs/minimal.yml
}
build_all() { # FOLDER
	build "$1" "${together#,}" || return 1
	for name in $alone; do
		case $name in
		disk | rpi3) build "$1/$name" "$name" --board rpi3 ;;
		*) build "$1/$name" "$name" ;;
		esac || return 1
	done
}

export SOURCE_DATE_EPOCH=1700000000
check "all of them are built" build_all "$work/one"
sleep 2 # what FAT counts in
(
	umask 077
	fresh_cache "$work/cache"
	export TZ=Pacific/Auckland LC_ALL=C.UTF-8
	build_all "$work/deep/er/two"
)
check "and once more, elsewhere" [ $? -eq 0 ]
while read -r file; do
	check "the same bytes: $file" cmp "$work/one/$file" "$work/deep/er/two/$file"
done < <(cd "$work/one" && find . -type f -printf '%P\n' | sort)
check "nothing else is left behind" \
	[ "$(cd "$work/one" && find . | sort)" = "$(cd "$work/deep/er/two" && find . | sort)" ]

SOURCE_DATE_EPOCH=1700000001 build "$work/three" raw-efi
check "another date is another image" eval '! cmp -s "$work/one/x-efi.img" "$work/three/x-efi.img"'

# What starts an image has packages, too; the same in each of them that starts so.
lists() { # FILE PACKAGE…
	local file=$1
	shift
	build/nanny show --json "$work/$file" >"$work/said" 2>"$work/err" || return 1
	for package in "$@"; do grep -q "\"$package (deb)\": " "$work/said" || return 1; done
}
build "$work/loaders" iso-bios && build "$work/loaders" raw-bios && build "$work/loaders" raw-efi && build "$work/loaders" tar
# Zeros behind one's end are no difference.  The bill of materials has what starts any of the formats of a build, so a
# format that was built alone is compared with a disk that was.
is_disk_of() { # RAW KIND FILE
	qemu-img compare -f raw -F "$2" "$work/$1" "$work/$3" >"$work/said" 2>&1
}
while read -r raw kind file; do
	check "$file holds the disk of $raw" is_disk_of "$raw" "$kind" "$file"
done <<'EOT'
one/x-bios.img qcow2 one/x.qcow2
one/x-efi.img qcow2 one/x-efi.qcow2
one/x-bios.img vmdk one/x.vmdk
one/x-bios.img vpc one/x.vhd
loaders/x-bios.img vpc one/dynamic-vhd/x.vhd
EOT

check "the bill of materials of an ISO has its boot loader" lists loaders/x.iso isolinux syslinux-common
check "that of a disk for a BIOS" lists loaders/x-bios.img syslinux
check "that of a disk for EFI" lists loaders/x-efi.img systemd-boot-efi
check "that of a card has the firmware and U-Boot" lists one/disk/x.img raspi-firmware u-boot-rpi
check "that of a tar has none" eval '! grep -qE "syslinux|isolinux|systemd-boot" <(build/nanny show --json "$work/loaders/x.tar")'

refuses() { # WORDS OPTION…
	local words=$1
	shift
	ends 2 nanny build --output "$work/no" "$@" configs/minimal.yml && says "$words" && [ ! -e "$work/no" ]
}
check "a disk that is too small is refused, with the numbers" \
	refuses "MiB, and the disk is to have 5" --format raw-bios --size 5M
check "a format of another machine is refused" refuses "iso-bios is for x86_64" \
	--format iso-bios --board qemu-arm64
check "a format of another board is refused" refuses "starts through U-Boot, such as rpi3" \
	--format rpi3 --board qemu-arm64
check "two formats with one name are refused" refuses "are both" --format vhd,dynamic-vhd
build "$work/big" raw-bios,qcow2-efi --size 300M
check "a disk has the size that was asked for" [ "$(stat -c %s "$work/big/x-bios.img")" -eq $((300 << 20)) ]
check "in any form" eval 'qemu-img info "$work/big/x-efi.qcow2" | grep -q "(314572800 bytes)"'
exit $bad
