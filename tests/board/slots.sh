#!/usr/bin/env bash
# A Raspberry Pi 3 whose running slot turns bad: it says so, and U-Boot starts the other one.
. "$(dirname "$0")/lib.sh"
needs slots qemu-system-aarch64 "Debian's qemu-system-arm"

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
build/nanny build --quiet --board rpi3 --both-slots --key "$work/good.key" --output "$work" --name test \
	configs/minimal.yml "$work/big.yml" boards/rpi3/qemu.yml 2>/dev/null || { not_ok "the card builds"; exit 1; }
check "nanny verify finds both slots good" eval '[ "$(build/nanny verify --key "$work/good.pub" "$work/test.img" | grep -c good)" -eq 2 ]'
# In the middle of the file, in slot a, which nobody reads before the service does.
python3 -c 'import sys
big = open(sys.argv[2], "rb").read()[500000:500064]
f = open(sys.argv[1], "r+b"); at = f.read().index(big); f.seek(at); f.write(bytes([big[0] ^ 16]))' "$work/test.img" "$work/big"
command=$(build/nanny run --board rpi3 --print-command --output "$work" "$work/test.img" | sed 's/ -no-reboot / /')
bash -c "exec $command" </dev/null >"$work/out" 2>&1 &
guest=$!
watch $guest
check "slot a is started first" wait_for 400 says "slot a runs, as chosen; the other one is good, too"
check "... is found to be damaged" wait_for 200 says "the sealed root is damaged: block"
check "... and is left for the other one" wait_for 200 says "slot: b is started next"
check "U-Boot starts slot b" wait_for 400 says "slot b runs, as chosen; the other one is not known to be good"
check "... which reads what a could not" wait_for 200 says "$(sha256sum <"$work/big" | cut -c1-64)"
exit $bad
