#!/usr/bin/env bash
# The machine's wall clock jumps by seconds and by years, in QEMU: every delay stays what it was.
# Runs alone: it measures delays.
. "$(dirname "$0")/lib.sh"
needs clock qemu-system-x86_64
# An emulator that has to wait for a processor is late, too: such a run does not count, the clock would not spare the
# next one. A slow one sees few delays: runs are added up.
sum=0 turned=0 worst=0 late=51
for attempt in 1 2 3 4 5; do
	build/nanny run --board qemu-x86_64 --output "$work" --name clock --expect "chaos: done" --timeout 600 \
		tests/board/clock.yml >"$work/out" 2>&1 </dev/null
	read -r turns delays late < <(sed -nE \
		's/.*\[chaos\] ([0-9]+) turns of the clock, ([0-9]+) delays, at worst ([0-9]+) ms late.*/\1 \2 \3/p' "$work/out")
	[ "${late:-51}" -le 50 ] || continue
	sum=$((sum + delays)) turned=$((turned + turns))
	[ "$late" -le "$worst" ] || worst=$late
	[ $sum -lt 20 ] || break
done
if [ $sum -ge 20 ] && [ $turned -ge 1000 ]; then
	ok "$turned turns of the clock, $sum delays, at worst $worst ms late (attempts: $attempt)"
else
	not_ok "every delay is within 50 ms: turns $turned, delays $sum, the last run's worst ${late:-?}"
	show
fi
exit $bad
