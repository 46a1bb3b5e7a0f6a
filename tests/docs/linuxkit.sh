#!/usr/bin/env bash
# A system that asks for all that is nanny's by annotations is still one that LinuxKit takes.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/checks.sh
system=tests/fixtures/schema/annotations.yml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

missing() {
	local key
	sed -n 's/^POLICY("\([a-z-]*\)".*/\1/p' lib/policy_rows.h | while read -r key; do
		grep -q "\"org.nanny.$key\":" $system || echo "$key"
	done
}
taken() { python3 tests/docs/linuxkit_schema.py "$1" >"$work/said"; }
check "every key of ours is asked for in it $(missing | tr '\n' ' ')" [ -z "$(missing)" ]
check "nanny takes it" build/nanny check $system
check "LinuxKit's schema takes it" taken $system
sed 's/"name": "first"/"restart": "always", &/' $system >"$work/key.yml"
check "it does not take a key of ours that is no annotation" eval '! taken "$work/key.yml" && grep -q "no such key: restart" "$work/said"'
sed 's/"org.nanny.critical": "true"/"org.nanny.critical": true/' $system >"$work/word.yml"
check "nor an annotation that is no string" eval '! taken "$work/word.yml" && grep -q "no map of strings" "$work/said"'
exit $bad
