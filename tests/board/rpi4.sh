#!/usr/bin/env bash
# A Raspberry Pi 4 from its card's file: its kernel, first stage and sealed root on the chip's own card controller and
# serial port.  SOAK=1: and a slot that is damaged is not started.
. "$(dirname "$0")/lib.sh"
. tests/board/raspi4b.bash
newer_qemu rpi4

card=$work/rpi4.img
# What QEMU's machine lacks is what the others lack, too (rpi3/qemu.yml).
build/nanny build --quiet --board rpi4 --output "$work" --name rpi4 configs/goat-feeder.yml tests/board/console.yml \
	boards/rpi3/qemu.yml >"$work/build" 2>&1 || { not_ok "rpi4: its card builds"; show "$work/build"; exit 1; }
truncate -s 512M "$card" # a larger card, as they are

machine() {
	local port
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	echo "feeder: http://127.0.0.1:$port/"
	raspi4b_once "$card" -netdev "user,id=net,hostfwd=tcp:127.0.0.1:$port-:80" -device usb-net,port=1.1,netdev=net
}
feeder_in rpi4 400 machine
is_a_device rpi4 reboot
[ -n "${SOAK:-}" ] || exit $bad

# A bit of the file system's first block.
system=$(sfdisk --json "$card" | python3 -c 'import json, sys
print([p["start"] for p in json.load(sys.stdin)["partitiontable"]["partitions"] if p["name"] == "system-a"][0] * 512)')
python3 -c 'import sys
f = open(sys.argv[1], "r+b"); f.seek(int(sys.argv[2]) + 100); b = f.read(1); f.seek(-1, 1); f.write(bytes([b[0] ^ 16]))' "$card" "$system"
raspi4b_once "$card" </dev/null >"$work/out" 2>&1 &
nanny=$! guest=$!
watch $nanny
check "rpi4: a damaged slot is not started" wait_for 200 says "PARTLABEL=system-a REFUSED: damaged"
check "rpi4: and the machine starts over" wait_for 100 has_ended
exit $bad
