#!/usr/bin/env bash
# What the real runc is put through, with the real crun.
cd "$(dirname "$0")" || exit 1
bad=0
for t in life order memlog exit contract runc-faults; do
	RUNTIME=crun bash "./$t.sh" | sed -E "s/^(ok|not ok|skip) /\1 crun, /"
	[ "${PIPESTATUS[0]}" -eq 0 ] || bad=1
done
exit $bad
