#!/usr/bin/env bash
# Limits of memory and processes, with the kernel's controllers of control group v2, in QEMU; with each runtime.
set -u
cd "$(dirname "$0")/../.." || exit 1
command -v qemu-system-x86_64 >/dev/null || { echo "skip limits: no qemu-system-x86_64"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
promise() { # NAME STRING
	if grep -qF -- "$2" "$work/out"; then echo "ok $runtime, $1"; else echo "not ok $runtime, $1"; bad=1; fi
}
for runtime in runc crun; do
	echo "init: [nanny/init, nanny/$runtime]" >"$work/runtime.yml"
	build/nanny run --board qemu-x86_64 --output "$work" --name limits --expect "waiter: done" --timeout 400 \
		tests/board/limits.yml "$work/runtime.yml" >"$work/out" 2>&1 </dev/null ||
		{ echo "not ok $runtime, the machine does its work"; bad=1; }
	promise "one that takes more memory than it may is killed, and that is the reason" \
		"eater: failed: out of memory (killed by signal 9)"
	promise "the others are not" "[modest] modest lives"
	promise "one that forks more than it may cannot" "can't fork"
	promise "cpu: is written" "[forker] cpu.max 50000 100000"
	[ $bad -eq 0 ] || sed 's/^/# /' "$work/out"
done
exit $bad
