# shellcheck shell=bash
# A machine in QEMU, watched from outside: what it says is in $work/out.
#
# watch PID [FILE…]   it ends with the test; when a check has failed, FILEs and its words are shown
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. tests/checks.sh
work=$(mktemp -d)
guest= # what has to live for anything to be waited for
trap 'rm -rf "$work"' EXIT

needs() { # NAME PROGRAM [PACKAGE]
	command -v "$2" >/dev/null || { echo "skip $1: no $2${3:+ ($3)}"; exit 0; }
}
wait_for() { # SECONDS COMMAND…
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		[ -z "$guest" ] || kill -0 "$guest" 2>/dev/null || return 1
		sleep 0.2
	done
}
says() { grep -qF -- "$1" "$work/out"; }
show() { cat "$@" "$work/out" 2>/dev/null | sed 's/^/# /'; }
watch() {
	watched=$1
	shift
	shown=("$@")
	trap finish EXIT
}
finish() {
	kill "$watched" 2>/dev/null
	wait "$watched" 2>/dev/null
	[ $bad -eq 0 ] || show "${shown[@]}"
	rm -rf "$work"
	exit $bad
}
