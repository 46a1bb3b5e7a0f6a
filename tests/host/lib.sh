# shellcheck shell=bash
# The host tool against the world: registries on loopback, disks that are full, tools that are killed.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. tests/checks.sh
work=$(mktemp -d)
pids=()
finish() {
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null
	wait 2>/dev/null
	[ $bad -eq 0 ] || sed 's/^/# /' "$work"/said "$work"/*.log 2>/dev/null | tail -n 40
	rm -rf "$work"
	exit $bad
}
trap finish EXIT
needs() { # NAME PROGRAM PACKAGE
	command -v "$2" >/dev/null || { echo "skip $1: no $2 ($3)"; exit 0; }
}
# What all formats of images are made with.
needs_formats() { # NAME
	local tool package
	while read -r tool package; do needs "$1" "$tool" "$package"; done <<-'EOT'
		mksquashfs squashfs-tools
		mcopy mtools
		mkfs.vfat dosfstools
		sfdisk fdisk
		xorriso xorriso
		qemu-img qemu-utils
		mkimage u-boot-tools
	EOT
}
wait_for() { # SECONDS COMMAND…
	local n=$(($1 * 10))
	shift
	until "$@"; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		sleep 0.1
	done
}

# What was built or downloaded for other tests is not made again here; images are.
real_cache=${XDG_CACHE_HOME:-$HOME/.cache}/nanny
fresh_cache() { # FOLDER: becomes the cache
	local part
	export XDG_CACHE_HOME=$1
	mkdir -p "$1/nanny" "$real_cache"/{deb,kernel,licence}
	for part in deb kernel licence; do ln -sfn "$real_cache/$part" "$1/nanny/$part"; done
}
nanny() { build/nanny "$@" >"$work/said" 2>&1; }
says() { grep -qF -- "$*" "$work/said"; }
ends() { # STATUS COMMAND…
	local want=$1
	shift
	"$@"
	[ $? -eq "$want" ]
}

# An OCI layout of one image, made by hand: image LAYOUT ARCH LAYER…, each layer a folder.
image() {
	local layout=$1 arch=$2 layer tar sum size layers='' ids=''
	shift 2
	mkdir -p "$layout/blobs/sha256"
	for layer in "$@"; do
		tar -C "$layer" --sort=name --owner=0 --group=0 --mtime=@0 -cf "$work/layer.tar" .
		tar=$(sha256sum <"$work/layer.tar" | cut -c1-64)
		gzip -n1 "$work/layer.tar"
		sum=$(blob "$layout" "$work/layer.tar.gz")
		size=$(stat -c %s "$layout/blobs/sha256/$sum")
		layers+=",{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"sha256:$sum\",\"size\":$size}"
		ids+=",\"sha256:$tar\""
	done
	echo "{\"architecture\":\"$arch\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"/run\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[${ids#,}]}}" >"$work/json"
	sum=$(blob "$layout" "$work/json")
	size=$(stat -c %s "$layout/blobs/sha256/$sum")
	echo "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:$sum\",\"size\":$size},\"layers\":[${layers#,}]}" >"$work/json"
	size=$(stat -c %s "$work/json")
	sum=$(blob "$layout" "$work/json")
	echo "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:$sum\",\"size\":$size,\"platform\":{\"os\":\"linux\",\"architecture\":\"$arch\"}}" >"$layout/descriptor"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
	echo "{\"schemaVersion\":2,\"manifests\":[$(cat "$layout/descriptor")]}" >"$layout/index.json"
}
blob() { # LAYOUT FILE: into the layout; its sum
	local sum
	sum=$(sha256sum <"$2" | cut -c1-64)
	mv "$2" "$1/blobs/sha256/$sum"
	echo "$sum"
}

# A registry: registry NAME [LINE…], lines of its configuration; its port is in $port.
registry() {
	local name=$1
	shift
	printf '%s\n' "version: 0.1" "log: {level: info}" \
		"storage: {filesystem: {rootdirectory: $work/$name.store}}" "http: {addr: 127.0.0.1:${free_port:-0}}" "$@" >"$work/$name.yml"
	docker-registry serve "$work/$name.yml" >"$work/$name.log" 2>&1 &
	pids+=($!)
	registry_pid=$!
	wait_for 20 grep -q 'listening on' "$work/$name.log" || return 1
	port=$(sed -n 's/.*listening on 127.0.0.1:\([0-9]*\).*/\1/p' "$work/$name.log" | head -n 1)
}
push() { # LAYOUT NAME [OPTION…]
	local layout=$1 name=$2
	shift 2
	skopeo --insecure-policy copy -q --dest-tls-verify=false "$@" "oci:$layout" "docker://$name" >"$work/said" 2>&1
}
