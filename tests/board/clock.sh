#!/usr/bin/env bash
# The machine's wall clock jumps by seconds and by years, in QEMU: every delay stays what it was.
# Runs alone: it measures delays.
. "$(dirname "$0")/lib.sh"
needs clock qemu-system-x86_64
# An emulator that has to wait for a processor is late, too, or sees little: it may try again, the clock would not
# spare it.
enough() { [ "${delays:-0}" -ge 12 ] && [ "${turns:-0}" -ge 1000 ] && [ "${late:-51}" -le 50 ]; }
for attempt in 1 2 3; do
	build/nanny run --board qemu-x86_64 --output "$work" --name clock --expect "chaos: done" --timeout 600 \
		tests/board/clock.yml >"$work/out" 2>&1 </dev/null
	read -r turns delays late < <(sed -nE \
		's/.*\[chaos\] ([0-9]+) turns of the clock, ([0-9]+) delays, at worst ([0-9]+) ms late.*/\1 \2 \3/p' "$work/out")
	! enough || break
done
if enough; then
	ok "$turns turns of the clock, $delays delays, at worst $late ms late (attempt $attempt)"
else
	not_ok "every delay is within 50 ms: turns ${turns:-0}, delays ${delays:-0}, late ${late:-?}"
	show
fi
exit $bad
