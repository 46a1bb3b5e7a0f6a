#!/usr/bin/env bash
# init in the place of linuxkit/init and containerd: trees laid out as LinuxKit's builder does it, by
# linuxkit_tree.py, boot in QEMU from an initrd, and from a squashfs root without an initramfs of ours.
. "$(dirname "$0")/lib.sh"
needs dropin qemu-system-x86_64
needs dropin mksquashfs squashfs-tools
PATH=$PATH:/usr/sbin

# The images of `init:`: ours, the runtime's, and Debian's kernel with its modules.
echo 'onboot: [{name: shell, image: nanny/sysctl}]' >"$work/base.yml"
build/nanny build --quiet --board qemu-linuxkit --output "$work" --name base "$work/base.yml" ||
	{ not_ok "the images of init: build"; exit 1; }
tree=$work/tree
mkdir "$tree"
zstd -dcq "$work/base-initrd.img" >"$work/cpio" &&
	(cd "$tree" && while cpio -idmu --quiet -C 4 2>/dev/null; do :; done <"$work/cpio")
find "$tree/containers" -name busybox -type f -exec cp {} "$work/busybox" \; -quit
rm -rf "$tree/containers" "$work/cpio"
python3 tests/board/linuxkit_tree.py "$tree" "$work/busybox" || { not_ok "the tree is written"; exit 1; }

pack() { (cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet); } # FOLDER
boot() { # NAME COMMAND-LINE ARGUMENT…: until it has powered off
	local name=$1 line=$2
	shift 2
	timeout 400 qemu-system-x86_64 -machine q35 -cpu qemu64,+rdrand -m 512M -nodefaults -display none -no-reboot \
		-kernel "$work/base-kernel" -append "$line loglevel=4 panic=10" -nic user,model=virtio-net-pci \
		"$@" </dev/null >"$work/qemu" 2>&1
	check "$name: it powers off when a container asks process 1 to, as busybox does" says "reboot: Power down"
}
promise() { check "$name: $1" says "$2"; } # WHAT STRING
common() {
	local word
	promise "the image's greeting" "Welcome to LinuxKit"
	for word in "hello: && < > are what they were" "again: the same image, and a layer of its own" \
		"sealed: an image that others write to, read-only" "other: an image of its own, read-only" \
		"late: over an image that another has read-only" "twice: read-only, as the other has it" \
		"volume: the image, and it is written to" "links: made, made outside and moved, one of a pair" \
		"handed: the links of a step before" "end: nothing of it is left" "end: ctr lists it" \
		"bye: the last word"; do
		promise "$word" "$word"
	done
	promise "a million files may be open" "end: files: 1048576"
	promise "what LinuxKit's tests look for is found" "test suite PASSED"
	check "$name: a stranger in a container's group ends with it, and that is noticed" eval '! says "daemon: sweeping took too long"'
	promise "a step that fails is told" "fails: failed: exit status 3"
	promise "a service that dies comes back" "crasher: exit status 1; restarts in"
	check "$name: a card that was moved is moved again at a restart" [ "$(grep -c "nic: it is in here" "$work/out")" -ge 2 ]
	promise "one that forks more than it may cannot" "can't fork"
	[ $bad -eq 0 ] || show "$work/qemu"
}

name="initrd"
pack "$tree" | gzip -1 >"$work/initrd"
boot "$name" "console=ttyS0" -initrd "$work/initrd" -serial "file:$work/out"
common
promise "groups of runtime.json are made" "end: groups made: 1"
promise "one that takes more memory than it may is killed, and that is the reason" "greedy: out of memory"

# The same files as a squashfs root, read-only, with control group v1 and two consoles.
name="squashfs, cgroup v1"
mksquashfs "$tree" "$work/squashfs" -all-root -quiet -no-progress -comp zstd -Xcompression-level 3 >/dev/null
loader=$work/loader
mkdir -p "$loader/modules"
cp build/x86_64/tests/board/loader "$loader/init"
python3 - "$tree/lib/modules"/* "$loader/modules" virtio_blk squashfs <<'EOT'
import os
import shutil
import sys
folder, to, *wanted = sys.argv[1:]
needs = dict(line.strip().split(":", 1) for line in open(folder + "/modules.dep"))
paths = {os.path.basename(p).split(".")[0].replace("-", "_"): p for p in needs}
order = []
def add(path):
    for need in needs[path].split():
        add(need)
    if path not in order:
        order.append(path)
for name in wanted:
    add(paths[name])
for i, path in enumerate(order):
    shutil.copy(os.path.join(folder, path), "%s/%02d-%s" % (to, i, os.path.basename(path)))
EOT
pack "$loader" >"$work/initrd"
boot "$name" "console=ttyS1 console=ttyS0 linuxkit.unified_cgroup_hierarchy=0 linuxkit.runc_console=1 linuxkit.runc_debug=1" \
	-initrd "$work/initrd" -drive "if=virtio,format=raw,readonly=on,file=$work/squashfs" \
	-serial "file:$work/second" -serial "file:$work/out" # which of the two is /dev/console is the kernel's choice
common
check "$name: the greeting is on the other console, too" grep -qF "Welcome to LinuxKit" "$work/second"
hierarchies() {
	local h
	for h in blkio cpu devices freezer pids systemd; do
		grep -q "end: hierarchies:.* $h " "$work/out" || return 1
	done
}
check "$name: the hierarchies are LinuxKit's" hierarchies
check "$name: groups of runtime.json are made in every one" eval '[ "$(sed -n "s/.*end: groups made: //p" "$work/out" | tr -d "\r")" -ge 7 ]'
check "$name: runc_console=1: the words of a step stand alone" eval 'tr -d "\r" <"$work/out" | grep -qx "drop-in test suite PASSED"'
promise "a limit for which the kernel has no controller of v1 is told" "greedy: wiring failed: limits: cannot set /sys/fs/cgroup/memory"
promise "runc_debug=1: the runtime tells what it does" "level=debug"
exit $bad
