#!/usr/bin/env bash
# The goat feeder on a mainframe, where numbers have their bytes the other way round: up, its page, the end in order.
. "$(dirname "$0")/lib.sh"
needs s390x qemu-system-s390x "Debian's qemu-system-misc"
mkfifo "$work/in"
build/nanny run --board qemu-s390x --output "$work" --name test --forward feeder=0:80 \
	configs/goat-feeder.yml tests/board/console.yml <"$work/in" >"$work/out" 2>&1 &
nanny=$!
watch $nanny
guest=$nanny
exec 3>"$work/in"
check "qemu-s390x comes up" wait_for 400 says "up: every service is ready"
check "its watchdog is armed" says "watchdog /dev/watchdog0: armed, 60 s"
check "every step was done" eval '! says "an onboot step has failed"'
url=$(sed -n 's/^feeder: \(http.*\)$/\1/p' "$work/out" | tr -d '\r' | head -n 1)
page() { curl -fsS -m 10 "$url" 2>"$work/curl" | grep -qi hopper; }
check "its page answers ($url)" wait_for 60 page
wait_for 120 says ":~#"
echo "nannyctl poweroff" >&3
wait_for 120 eval '! kill -0 $nanny 2>/dev/null'
wait "$nanny"
check "it ends in order" [ $? -eq 0 ]
exit $bad
