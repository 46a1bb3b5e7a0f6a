#!/usr/bin/env bash
# Limits of memory and processes, with the kernel's controllers of control group v2, in QEMU; with each runtime.
. "$(dirname "$0")/lib.sh"
needs limits qemu-system-x86_64
promise() { check "$runtime, $1" says "$2"; } # NAME STRING
for runtime in runc crun; do
	echo "init: [nanny/init, nanny/$runtime]" >"$work/runtime.yml"
	build/nanny run --board qemu-x86_64 --output "$work" --name limits --expect "waiter: done" --timeout 400 \
		tests/board/limits.yml "$work/runtime.yml" >"$work/out" 2>&1 </dev/null ||
		not_ok "$runtime, the machine does its work"
	promise "one that takes more memory than it may is killed, and that is the reason" \
		"eater: failed: out of memory (killed by signal 9)"
	promise "the others are not" "[modest] modest lives"
	promise "one that forks more than it may cannot" "can't fork"
	promise "cpu: is written" "[forker] cpu.max 50000 100000"
	[ $bad -eq 0 ] || show
done
exit $bad
