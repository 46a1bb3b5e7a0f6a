#!/usr/bin/env bash
# The goat feeder in QEMU, as `make run` boots it: its page answers from outside, a killed feeder comes back
# with its log, and the machine powers off in order.
. "$(dirname "$0")/lib.sh"
needs goat-feeder qemu-system-x86_64

mkfifo "$work/in"
build/nanny run --board qemu-x86_64 --output "$work" --name test --forward feeder=0:80 \
	configs/goat-feeder.yml tests/board/console.yml <"$work/in" >"$work/out" 2>&1 &
nanny=$!
watch $nanny
exec 3>"$work/in"
type_in() { printf '%s\n' "$*" >&3; }

check "the machine comes up" wait_for 300 says "up: every service is ready"
url=$(sed -n 's/^feeder: \(http.*\)$/\1/p' "$work/out" | tr -d '\r' | head -n 1)
check "the feeder's address is printed ($url)" [ -n "$url" ]
page() { curl -fsS -m 10 "$url" >"$work/page" 2>"$work/curl"; }
check "the page answers" wait_for 60 page
check "it is the feeder's page" grep -qi "hopper" "$work/page"
check "the goat can be fed" curl -fsS -m 10 -o /dev/null -X POST -d grams=200 "${url}feed"
fed() { curl -fsS -m 10 "${url}api/status" 2>/dev/null; }
before=$(fed)
check "the feeding is in the log" grep -q '"grams":200' <<<"$before"

wait_for 120 says ":~#" || true
type_in 'kill -9 $(pidof feeder)'
check "a killed feeder is noticed" wait_for 60 says "feeder: killed by signal 9"
check "it comes back" wait_for 60 page
after=$(fed)
check "with its feeding log" [ "$(grep -o '"grams": *[0-9]*' <<<"$after")" = "$(grep -o '"grams": *[0-9]*' <<<"$before")" ]

type_in 'nannyctl status; echo status said $?'
check "nannyctl answers on the console" wait_for 60 says "status said 0"
type_in 'nannyctl poweroff'
check "the machine powers off" wait_for 120 says "reboot: Power down"
wait_for 30 eval '! kill -0 $nanny 2>/dev/null'
wait "$nanny"
check "QEMU ends by itself, with status 0" [ $? -eq 0 ]
