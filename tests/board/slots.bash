# shellcheck shell=bash
# A machine with two slots goes through all that can happen to them, each time by its own boot loader: a trial that is cut
# short, one that ends well, and a slot that turns bad while it runs.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

says_times() { [ "$(grep -acF -- "$2" "$work/out")" -ge "$1" ]; } # TIMES WORDS
types() { # at the shell of the boot that runs
	wait_for 300 says_times "$boot" "built-in shell (ash)"
	printf '%s\n' "$*" >&3
}
last_slot_is() { grep -aF "[nanny] slot " "$work/out" | tail -n 1 | grep -qF -- "$1"; } # WORDS
starts() { # SLOT WORDS
	boot=$((boot + 1))
	wait_for 400 says_times "$boot" "[nanny] slot "
	check "$board: slot $1 is started, $2" last_slot_is "slot $1 runs, $2"
}

# The blocks of `big` are in the slot as they are; the one in slot b is turned.
make_disk() { # BOARD [YAML…]
	head -c 1000000 /dev/urandom >"$work/big"
	# The kernel keeps quiet: what it has to say of the damage would come in the middle of init's own words.
	cat >"$work/slots.yml" <<-EOT
		kernel:
		  cmdline: loglevel=1 nanny.good=20s
		files:
		  - path: store/big
		    source: $work/big
		    mode: "0644"
		services:
		  - name: getty
		    image: nanny/getty
		    env: [PATH=/usr/bin:/bin, INSECURE=true]
		    binds.add: ["/store:/store:ro"]
	EOT
	[ -e "$work/good.key" ] || build/nanny keygen "$work/good" >/dev/null
	build/nanny build --quiet --board "$board" --both-slots --key "$work/good.key" --output "$work" --name test \
		"$work/slots.yml" "$@" 2>"$work/out" || { not_ok "$board: its disk builds"; show; exit 1; }
	check "$board: nanny verify finds both slots good" \
		eval '[ "$(build/nanny verify --key "$work/good.pub" "$work/test.img" | grep -c good)" -eq 2 ]'
	python3 -c 'import sys
big = open(sys.argv[2], "rb").read()[500000:500064]
f = open(sys.argv[1], "r+b"); at = f.read().rindex(big); f.seek(at); f.write(bytes([big[0] ^ 16]))' "$work/test.img" "$work/big"
}

# One that starts over by itself; QEMU's monitor listens at $work/monitor.
machine() { # DISK
	local command
	command=$(build/nanny run --board "$board" --print-command --output "$work" "$1" |
		sed "s| -no-reboot | |; s|-mon [^ ]*|-monitor unix:$work/monitor,server,nowait|")
	eval "exec $command"
}
switch_on() {
	[ -p "$work/in" ] || mkfifo "$work/in"
	exec 3<>"$work/in"
	machine "$work/test.img" <"$work/in" >"$work/out" 2>&1 &
	guest=$!
	watch $guest
}

slots() { # BOARD [YAML…]
	board=$1 boot=0
	make_disk "${@:2}"
	switch_on
	starts a "as chosen; the other one is good, too"

	types "nannyctl try -n 1"
	starts b "on trial"
	types "nannyctl try; echo that''s all"
	check "$board: … which cannot begin another" wait_for 60 says "this slot is on trial itself"
	monitor system_reset
	starts a "because the trial of the other one has failed; the other one is not known to be good"

	types "nannyctl try"
	starts b "on trial"
	check "$board: … and is good when it has been well for 20 s" wait_for 200 says "slot: b is good"
	types "cat /store/big >/dev/null"
	check "$board: … is found to be damaged" wait_for 100 says "the sealed root is damaged: block"
	check "$board: … and is left for the other one" wait_for 100 says "slot: a is started next"
	starts a "as chosen; the other one is not known to be good"
	types "sha256sum /store/big"
	check "$board: … and reads what b could not" wait_for 100 says "$(sha256sum <"$work/big" | cut -c1-64)"
	[ $bad -eq 0 ] || show
	power_off
}

# Slot a is not what was signed; of b only a boot file is not, in a way that its boot loader does not mind.
refused() { # BOARD FILE WORD, in that boot file; its first letter becomes a small one
	board=$1 boot=0
	make_disk "${@:4}"
	python3 - "$work/test.img" "$3" <<-'EOT'
		import sys
		f = open(sys.argv[1], "r+b")
		disk = f.read()
		word = sys.argv[2].encode()
		at = -1
		for _ in "ab":
		    at = disk.index(word, at + 1)
		    f.seek(at)
		    f.write(word[:1].lower())
		f.seek(disk.index(b"\nversion=", disk.index(b"nanny-slot 1\n")) + len("\nversion="))
		f.write(b"x")
	EOT
	switch_on
	check "$board: slot a is refused" wait_for 200 says "root: PARTLABEL=system-a REFUSED: bad signature: the manifest was changed"
	check "$board: … and left for the other one" wait_for 60 says "slot: b is started next"
	starts b "as chosen; the other one is not known to be good"
	types "nannyctl try"
	check "$board: a slot with a changed boot file is not tried" \
		wait_for 60 says "nannyctl: $2: this boot file of the other slot is not what was signed"
	check "$board: one that runs with one is not marked good" \
		wait_for 100 says "slot: NOT marked good: its boot file $2 is not what was signed"
	[ $bad -eq 0 ] || show
	power_off
}

# A service that never comes up, and no RAM that remembers: the record of the slots counts, and the ladder ends.
gives_up() { # BOARD [YAML…]
	board=$1 boot=0
	sed '/name: getty/,/maintenance: true/d' tests/board/bootloop.yml >"$work/web.yml"
	make_disk "$work/web.yml" "${@:2}"
	switch_on
	starts a "as chosen; the other one is good, too"
	starts a "as chosen; the other one is good, too"
	starts a "as chosen; the other one is good, too"
	check "$board: two bad boots are counted" says "2 bad boots in a row, by the record of the slots"
	check "$board: … and then the other slot is started" wait_for 200 says "slot: b is started next"
	starts b "as chosen; the other one is not known to be good"
	starts b "as chosen; the other one is not known to be good"
	starts b "as chosen; the other one is not known to be good"
	check "$board: … and then there is an end" wait_for 200 says "MAINTENANCE: web does not get better: exit status 1"
	[ $bad -eq 0 ] || show
	power_off
}
