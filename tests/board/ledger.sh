#!/usr/bin/env bash
# A machine that is reset in every way there is, in QEMU: each next boot names the way, counts the bad ones, and
# has the last words of the one before; a boot loop ends in maintenance mode.
. "$(dirname "$0")/lib.sh"
needs ledger qemu-system-x86_64
needs ledger python3

make_image() { # SYSTEM BOARD
	build/nanny build --quiet --board "$2" --output "$work" --name "$1" "tests/board/$1.yml" ||
		{ not_ok "the image of $1 builds for $2"; exit 1; }
}
mkfifo "$work/in"
exec 3<>"$work/in"

armhf=(qemu-system-arm -machine virt,highmem=off -cpu cortex-a15)
power_on() { # SYSTEM QEMU…
	: >"$work/out"
	"${@:2}" -m 512M -smp 2 -nodefaults -display none \
		-device i6300esb -action watchdog=reset -serial stdio -monitor "unix:$work/monitor,server,nowait" \
		-kernel "$work/$1-kernel" -initrd "$work/$1-initrd.img" -append "$(cat "$work/$1-cmdline") panic=1 nanny.good=10m" \
		<"$work/in" >"$work/out" 2>"$work/qemu" &
	guest=$!
	watch $guest "$work/qemu"
	boots=0
}
count() { grep -c -- "$1" "$work/out"; }
reaches() { [ "$(count "$1")" -ge "$2" ]; }
# The next boot has come, with this verdict; its shell listens.
next_boot() { # "what is shown" VERDICT
	boots=$((boots + 1))
	wait_for 300 reaches "^.nanny. last reset: " $boots
	verdict=$(grep "^.nanny. last reset: " "$work/out" | tail -n 1 | sed 's/.*last reset: //; s/\r//')
	check "$1: $verdict" [ "${verdict#"$2"}" != "$verdict" ]
	wait_for 300 reaches "This console is open" $boots
}
types() { printf '%s\n' "$*" >&3; }
# … and its answer is in $answer.
asks() {
	local n
	n=$(count "answered")
	types "$*; echo answe''red"
	wait_for 180 reaches "answered" $((n + 1)) || return
	answer=$(awk -v n="$n" '/answered/ { i++ } i == n' "$work/out" | tr -d '\r')
}
tells() { asks "$1" && grep -qE -- "$2" <<<"$answer"; }

make_image ledger qemu-x86_64
power_on ledger "${x86_64[@]}"
next_boot "power on" "power; 0 bad"
check "board tells what this is" tells "nannyctl board" "model: +QEMU Standard PC"
check "… and that the watchdog is armed" tells "nannyctl board" "watchdog: +/dev/watchdog0, armed, 8 s"
check "the LED is lit" tells 'cd /sys/class/leds/input0*caps*; cat brightness trigger' "^1.*|\[none\]"
types "nannyctl reboot"
next_boot "nannyctl reboot" "planned: reboot: asked for by nannyctl; 0 bad"
check "status tells it, too" tells "nannyctl status --json" '"last_reset": "planned"'
check "… and boot" tells "nannyctl boot" "the last reset: planned"
check "the previous boot's last words are there" tells "nannyctl logs --previous web" '\[web\] web was here'
check "… of init" tells "nannyctl logs --previous init" 'reboot, asked for by nannyctl'
check "… in JSON" tells "nannyctl logs --previous web --json" '"name":"web","text":"web was here"'
monitor system_reset
next_boot "QEMU's reset button" "reset; 0 bad"

types "echo 0 > /proc/sys/kernel/panic; echo c > /proc/sysrq-trigger"
next_boot "a panic of a kernel that stands still then: reset by the watchdog" "panic: sysrq triggered crash; 1 bad"
check "the kernel's last words are there" tells "nannyctl logs --previous kernel" "sysrq: Trigger a crash"
check "why tells it" tells "nannyctl why" "the last reset was a panic of the kernel"

types 'kill -9 $(cat /sys/fs/cgroup/web/cgroup.procs)'
next_boot "a critical service that is dead for good" "watchdog: web is not well: killed by signal 9"
check "… its probes were missed, and it counts" grep -q "; [34] probes missed; 2 bad" <<<"$verdict"
check "why tells it" tells "nannyctl why" "the last reset was the watchdog: web is not well"

types "/opt/spin"
next_boot "init's loop spins" "watchdog: init's loop stands still; 3 probes missed; 3 bad"
check "three bad boots in a row are enough: maintenance" wait_for 30 says "MAINTENANCE: too many bad boots in a row"
check "… with a LED that blinks" tells 'cd /sys/class/leds/input0*caps*; cat delay_on delay_off trigger | tr "\n" " "; echo' \
	"^100 1900 .*\[timer\]"
types "nannyctl poweroff"
wait_for 60 eval '! kill -0 $guest 2>/dev/null'
check "it powers off" says "reboot: Power down"

loop() { # BOARD QEMU…
	make_image bootloop "$1"
	power_on bootloop "${@:2}"
	next_boot "power on, $1" "power; 0 bad"
	next_boot "a critical service that never comes up" "ladder: reboot: web does not get better: exit status 1; 1 bad"
	next_boot "… and again" "ladder: reboot: web does not get better: exit status 1; 2 bad"
	check "… ends in maintenance mode" wait_for 60 says "MAINTENANCE: web does not get better: exit status 1"
	check "where the machine can be asked" tells "nannyctl status" "machine: up, in MAINTENANCE mode"
}
loop qemu-x86_64 "${x86_64[@]}"
also() { # BOARD QEMU…
	kill $guest 2>/dev/null
	wait $guest
	if command -v "$2" >/dev/null; then
		loop "$@"
	else
		echo "skip ledger on $1: no $2 (qemu-system-arm)"
	fi
}
if [ -n "${SOAK:-}" ]; then
	also qemu-arm64 "${arm64[@]}"
	also qemu-armhf "${armhf[@]}"
fi
exit $bad
