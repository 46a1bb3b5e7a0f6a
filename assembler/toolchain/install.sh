#!/usr/bin/env bash
# Installs the host packages of the table that are missing, for one or several needs; silent when none is.
#
#   install.sh TABLE NEED...
set -euo pipefail

table=$1
shift
names=$(awk -v needs=" all $* " '!/^#/ && NF == 2 && index(needs, " " $2 " ") { print $1 }' "$table")
# dpkg-query fails when it does not know a name, which is what is asked here.
# shellcheck disable=SC2086 # a list of words
have=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $names 2>/dev/null | sed -n 's/^ii *//p' || true)
missing=$(comm -23 <(sort -u <<<"$names") <(sort -u <<<"$have"))
[ -n "$missing" ] || exit 0

echo "These Debian packages are missing and will be installed:" $missing >&2
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
# An index that has never been read, or is older than what the mirror has, makes the first try fail.
# shellcheck disable=SC2086
$sudo apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $missing >&2 ||
	{ $sudo apt-get update >&2 && $sudo apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $missing >&2; }
