#!/usr/bin/env bash
# A machine whose running slot turns bad: it says so, and the other one is started: on a Raspberry Pi 3 by U-Boot, on a
# PC by a BIOS.
. "$(dirname "$0")/lib.sh"
needs slots qemu-system-aarch64 "Debian's qemu-system-arm"
needs slots qemu-system-x86_64

head -c 1000000 /dev/urandom >"$work/big" # so that its blocks are in the slot as they are
# The kernel keeps quiet: what it has to say of the damage would come in the middle of init's own words.
cat >"$work/big.yml" <<EOT
kernel:
  cmdline: loglevel=1
files:
  - path: store/big
    source: $work/big
    mode: "0644"
services:
  - name: reader
    image: nanny/sysctl
    binds: ["/store:/store:ro"]
    command: [/bin/busybox, sh, -c, '/bin/busybox sha256sum /store/big; exec /bin/busybox sleep 100000']
EOT
build/nanny keygen "$work/good" >/dev/null

turns_bad() { # BOARD [YAML]
	local board=$1 command
	build/nanny build --quiet --board "$board" --both-slots --key "$work/good.key" --output "$work" --name test \
		configs/minimal.yml "$work/big.yml" "${@:2}" 2>/dev/null || { not_ok "$board: its disk builds"; return; }
	check "$board: nanny verify finds both slots good" eval '[ "$(build/nanny verify --key "$work/good.pub" "$work/test.img" | grep -c good)" -eq 2 ]'
	# In the middle of the file, in slot a, which nobody reads before the service does.
	python3 -c 'import sys
big = open(sys.argv[2], "rb").read()[500000:500064]
f = open(sys.argv[1], "r+b"); at = f.read().index(big); f.seek(at); f.write(bytes([big[0] ^ 16]))' "$work/test.img" "$work/big"
	command=$(build/nanny run --board "$board" --print-command --output "$work" "$work/test.img" | sed 's/ -no-reboot / /')
	bash -c "exec $command" </dev/null >"$work/out" 2>&1 &
	guest=$!
	watch $guest
	check "$board: slot a is started first" wait_for 400 says "slot a runs, as chosen; the other one is good, too"
	check "... is found to be damaged" wait_for 200 says "the sealed root is damaged: block"
	check "... and is left for the other one" wait_for 200 says "slot: b is started next"
	check "... which is started" wait_for 400 says "slot b runs, as chosen; the other one is not known to be good"
	check "... and reads what a could not" wait_for 200 says "$(sha256sum <"$work/big" | cut -c1-64)"
	[ $bad -eq 0 ] || show
	power_off
	rm -f "$work"/test*
}
turns_bad rpi3 boards/rpi3/qemu.yml
turns_bad x86_64-bios
exit $bad
