#!/usr/bin/env bash
# Refreshes packages.lock: every NAME ARCH SUITE in it gets the newest version of its suite.
# Works as an ordinary user, with an apt state of its own for each suite and architecture; the mirrors
# are those of the machine's own apt sources.
#
#   lock.sh FILE [NAME ARCH SUITE]...     the words after FILE are added
set -euo pipefail

file=$1
shift
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT

# The base address that ends in an archive's name, such as debian or debian-security.
mirror() {
	apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | sed 's,/*$,,' |
		grep "/$1\$" | sort -u | head -n 1
}

# What is for every architecture, and sources, are in the index of any.
index_arch() {
	case $1 in source | all) dpkg --print-architecture ;; *) echo "$1" ;; esac
}

# Its repairs come into the suite itself, not into others beside it.
is_whole() {
	case $1 in sid | *-backports) true ;; *) false ;; esac
}

# apt with a state for one suite and architecture.
state_of() {
	local suite=$1 arch dir=$state/$1-$2 main security key
	arch=$(index_arch "$2")
	if [ ! -d "$dir" ]; then
		key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
		main=$(mirror debian)
		security=$(mirror debian-security)
		mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
		{
			# non-free-firmware: what a board's boot ROM wants (raspi-firmware), and nothing else.
			for type in deb deb-src; do
				echo "$type $key $main $suite main non-free-firmware"
				is_whole "$suite" && continue
				echo "$type $key $main $suite-updates main non-free-firmware"
				echo "$type $key $security $suite-security main non-free-firmware"
			done
		} >"$dir/sources.list"
		: >"$dir/status"
		echo "reading the index of $suite for $arch" >&2
		apt_in "$dir" "$arch" update -qq >&2
	fi
	echo "$dir"
}

apt_in() {
	local dir=$1 arch=$2 tool=apt-get
	shift 2
	case $1 in show | depends | showsrc) tool=apt-cache ;; esac
	$tool -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
		-o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State="$dir" -o Dir::State::Lists="$dir/lists" -o Dir::State::Status="$dir/status" \
		-o Dir::Cache="$dir/cache" -o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)" "$@"
}

# A kernel's package without a version in its name only depends on the real one, and that one, of newer kernels, on
# others of the same release: the image, the modules and what both need.
real_names() {
	local dir=$1 arch=$2 name=$3 real release
	case $name in
	linux-image-*[0-9].[0-9]*) real=$name ;;
	linux-image-*) real=$(depends_on "$dir" "$arch" "$name" | sed -n '/^linux-image-[0-9]/p') ;;
	*) echo "$name" && return ;;
	esac
	[ -n "$real" ] || return 0
	release=${real#linux-image-}
	echo "$real"
	depends_on "$dir" "$arch" "$real" | sed -n "/^linux-.*-${release//./\\.}\$/p" | sort
}
depends_on() {
	apt_in "$1" "$2" show --no-all-versions "$3" | sed -n 's/^Depends: //p' | tr ',|' '\n\n' | sed 's/^ *//; s/ .*//'
}

# "'URI' FILE SIZE SHA256:SUM" lines of apt → lines of the lock.
lines() {
	local name=$1 arch=$2 suite=$3 version=$4 uri f size sum path base
	while read -r uri f size sum; do
		uri=${uri#\'} uri=${uri%\'}
		path=pool/${uri#*/pool/}
		base=${uri%%/pool/*}
		echo "$name $arch $suite $version $size ${sum#SHA256:} ${base##*/} $path"
	done
}

binary() {
	local name=$1 arch=$2 suite=$3 dir index reals real
	index=$(index_arch "$arch")
	dir=$(state_of "$suite" "$arch")
	reals=$(real_names "$dir" "$index" "$name")
	[ -n "$reals" ] || no_package "$name" "$arch" "$suite"
	for real in $reals; do
		one_binary "$name" "$arch" "$suite" "$dir" "$real"
	done
}

no_package() {
	echo "lock: $3 has no $1 for $2" >&2
	exit 1
}

one_binary() {
	local name=$1 arch=$2 suite=$3 dir=$4 real=$5 index version
	index=$(index_arch "$arch")
	version=$(apt_in "$dir" "$index" show --no-all-versions "$real" | sed -n 's/^Version: //p')
	[ -n "$version" ] || no_package "$real" "$arch" "$suite"
	(cd "$dir" && apt_in "$dir" "$index" download --print-uris "$real") |
		lines "$name" "$arch" "$suite" "$version"
}

source_files() {
	local name=$1 suite=$2 dir arch version
	arch=$(index_arch source)
	dir=$(state_of "$suite" source)
	(cd "$dir" && apt_in "$dir" "$arch" source --print-uris --download-only "$name" 2>/dev/null) |
		grep "^'" >"$dir/uris" || { echo "lock: $suite has no source $name" >&2; exit 1; }
	version=$(sed -n "s/^'.*_\([^_]*\)\.dsc'.*/\1/p" "$dir/uris" | sed 's/%2b/+/g; s/%3a/:/g')
	lines "$name" source "$suite" "$version" <"$dir/uris"
}

new=$(mktemp "$file.XXXXXX")
trap 'rm -rf "$state" "$new"' EXIT
{
	echo "# date $(date -u +%F)"
	echo '# NAME ARCH SUITE VERSION SIZE SHA256 ARCHIVE PATH   (refreshed by `make lock`)'
	{
		[ ! -f "$file" ] || grep -v '^#' "$file" | cut -d' ' -f1-3
		while [ $# -ge 3 ]; do
			echo "$1 $2 $3"
			shift 3
		done
	} | sort -u | while read -r name arch suite; do
		if [ "$arch" = source ]; then
			source_files "$name" "$suite"
		else
			binary "$name" "$arch" "$suite"
		fi
	done
} >"$new"
if [ -f "$file" ]; then
	diff <(grep -v '^#' "$file" | cut -d' ' -f1-4 | uniq) <(grep -v '^#' "$new" | cut -d' ' -f1-4 | uniq) |
		sed -n 's/^[<>] /&/p' || true
fi
chmod 644 "$new"
mv "$new" "$file"
