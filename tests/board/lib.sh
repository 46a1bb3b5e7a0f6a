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
# What takes long and says little that another test does not.
for_soak() { # NAME WHAT
	[ -n "${SOAK:-}" ] || { echo "skip $1: $2: for make soak"; exit 0; }
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
# Debian 13's QEMU (tests/qemu) is the one that is started.
newer_qemu() { # NAME
	[ -e build/tests/qemu/ready ] || { echo "skip $1: no build/tests/qemu (make test brings it)"; exit 0; }
	PATH=$PWD/tests/qemu/bin:$PATH
}
x86_64=(qemu-system-x86_64 -machine q35 -cpu qemu64,+rdrand)
arm64=(qemu-system-aarch64 -machine virt -cpu cortex-a53)
# A machine with a disk; what it says is in $work/out.
with_disk() { # DISK KERNEL INITRD COMMAND-LINE QEMU…
	: >"$work/out"
	"${@:5}" -m 512M -smp 2 -nodefaults -display none -no-reboot -serial "file:$work/out" \
		-kernel "$2" -initrd "$3" -append "$4" \
		-drive "if=none,id=disk,format=raw,cache=writeback,file=$1" -device virtio-blk-pci,drive=disk \
		</dev/null >"$work/qemu" 2>&1 &
	guest=$!
	watch $guest "$work/qemu"
}
# As if somebody had pulled the plug.
power_off() {
	kill -9 "$guest" 2>/dev/null
	wait "$guest" 2>/dev/null
	guest=
}
monitor() { # COMMAND, for QEMU, which listens at $work/monitor
	python3 - "$work/monitor" "$1" <<-'EOT'
		import socket
		import sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.sendall(sys.argv[2].encode() + b"\n")
		s.settimeout(2)
		try:
		    while s.recv(4096):
		        pass
		except socket.timeout:
		    pass
	EOT
}
finish() {
	kill "$watched" 2>/dev/null
	wait "$watched" 2>/dev/null
	[ $bad -eq 0 ] || show "${shown[@]}"
	rm -rf "$work"
	exit $bad
}

# A tree like this one with boards of its own, for what no board of ours is: nanny --root "$work/root".
own_boards() {
	mkdir "$work/root"
	for f in "$PWD"/*; do ln -s "$f" "$work/root/"; done
	rm "$work/root/boards"
	cp -R boards "$work/root/boards"
}
# A disk with a slot as it lies in its partition, system-a, the footer at the end, and a small partition for data.
slot_start=2048
slot_disk() { # DISK SLOT
	local size sectors
	size=$(stat -c %s "$2")
	sectors=$((size / 512 / 2048 * 2048 + 8192))
	rm -f "$1"
	truncate -s $(((slot_start + sectors + 2048 + 65536) * 512)) "$1"
	printf 'label: gpt\nunit: sectors\nstart=%d,size=%d,name=system-a\nsize=32768,name=data\n' $slot_start $sectors | sfdisk -q "$1"
	dd if="$2" of="$1" bs=4096 seek=$((slot_start / 8)) count=$(((size - 16384) / 4096)) conv=notrunc status=none
	tail -c 16384 "$2" | dd of="$1" bs=512 seek=$((slot_start + sectors - 32)) conv=notrunc status=none
}

# The goat feeder, with a shell on its console that reads from 3, comes up.  COMMAND is what it runs in.
feeder_in() { # BOARD SECONDS COMMAND…
	local board=$1 limit=$2
	shift 2
	[ -p "$work/in" ] || mkfifo "$work/in"
	"$@" <"$work/in" >"$work/out" 2>&1 &
	nanny=$!
	watch $nanny
	guest=$nanny
	exec 3>"$work/in"
	check "$board comes up" wait_for "$limit" says "up: every service is ready"
	check "$board: every step was done" eval '! says "an onboot step has failed"'
}
feeder() { # BOARD SECONDS [SYSTEM]
	feeder_in "$1" "$2" build/nanny run --board "$1" --output "$work" --name test --forward feeder=0:80 \
		configs/goat-feeder.yml tests/board/console.yml ${3:+"$3"}
}
page() { curl -fsS -m 10 "$url" 2>"$work/curl" | grep -qi hopper; }
feeder_answers() { # BOARD: and its shell is there
	url=$(sed -n 's/^feeder: \(http.*\)$/\1/p' "$work/out" | tr -d '\r' | head -n 1)
	check "$1: its page answers ($url)" wait_for 60 page
	wait_for 120 says ":~#"
}
has_ended() { ! kill -0 "$nanny" 2>/dev/null; }
feeder_ends() { # BOARD HOW
	check "$1: it ends in order ($2)" eval 'wait_for 120 has_ended && wait "$nanny"'
}
# The goat feeder, to "every service is ready" and no further.
comes_up() { # BOARD
	if build/nanny run --board "$1" --output "$work" --expect "up: every service is ready" --timeout 600 \
		configs/goat-feeder.yml >"$work/out" 2>&1; then
		ok "the goat feeder comes up on $1"
	else
		not_ok "the goat feeder comes up on $1"
		show
	fi
}

# The goat feeder on a board, from the file that is written to its card or disk, through its own boot chain: it comes
# up, its page answers where the board has a network in QEMU, and it ends in order.  WORD is what its boot loader says.
boots() { # BOARD SECONDS HOW WORD [SYSTEM]   HOW: reboot or poweroff
	feeder "$1" "$2" "${5:-}"
	check "$1: through its boot loader" says "$4"
	is_a_device "$1" "$3"
}
# What is so of every one that starts from a card or disk.
is_a_device() { # BOARD HOW
	check "$1: its root is sealed" says " is sealed: $1 "
	check "$1: its data partition is made, to the end of the card" eval 'says "data: its partition now reaches the end" && says "data: new and empty"'
	feeder_answers "$1"
	printf 'nannyctl board; grep MemAvailable /proc/meminfo; nannyctl %s\n' "$2" >&3
	check "$1: init knows its slot" wait_for 60 says "slot:        a, as chosen"
	wait_for 60 says "MemAvailable: "
	echo "# $1: $(grep -a -o 'MemAvailable: *[0-9]* kB' "$work/out" | tail -n 1)"
	feeder_ends "$1" "$2"
}
