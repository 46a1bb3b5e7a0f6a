# shellcheck shell=bash
# What a test that is a script says: a line each, ok or not.  It ends with `exit $bad`.
bad=0
ok() { echo "ok $*"; }
not_ok() {
	echo "not ok $*"
	bad=1
}
# check "what is promised" COMMAND…
check() {
	local what=$1
	shift
	if "$@"; then ok "$what"; else not_ok "$what"; fi
}
