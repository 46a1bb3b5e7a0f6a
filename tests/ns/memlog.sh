#!/usr/bin/env bash
# memlogd's sockets in the real init: read as LinuxKit's logread reads, written as its programs write.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip memlog: $why"; exit 0; }
command -v python3 >/dev/null || { echo "skip memlog: python3 is not installed"; exit 0; }

begin tests/ns/memlog.yml || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }
wait_for 60 is talker up
run=/proc/$pid/root/run
query() { python3 tests/ns/memlog.py "$1" "$run/memlogdq.sock" "$2"; }
send() { python3 tests/ns/memlog.py send "$run/linuxkit-external-logging.sock" "$@"; }
in_dump() { query dump 20 | grep -qF -- "$1"; }

check "a service's stdout has .out after its name" wait_for 10 in_dump ';talker.out;talker "out"'
check "its stderr has the name alone" in_dump ';talker;talker err'
check "an onboot step has its folder's name" in_dump ';onboot.000-first.out;first out'
check "what PID 1 says is there" in_dump ';init;'
query dump 20 >"$work/dump"
check "lines are in the order of time" eval 'cut -d";" -f1 "$work/dump" | sort -c'
now=$(date -u +%Y-%m-%dT%H)
check "and have the wall clock's time ($now)" grep -qE "^($now|$(date -u -d '1 hour ago' +%Y-%m-%dT%H))" "$work/dump"
check "a follower gets what comes" eval 'query follow 3 | grep -qE ";talker.out;tick [0-9]+"'
check "and nothing from before" eval '! query follow 3 | grep -q "talker \"out\""'
check "logwrite's dump and follow has both" eval 'query both 3 >"$work/both"; grep -q ";first out" "$work/both" && grep -q "tick" "$work/both"'

check "a pipe can be sent" send kmsg pipe "through a pipe"
check "its lines are there under its name" wait_for 10 in_dump ';kmsg;through a pipe'
check "so can a socket" send proxy socket "through a socket"
check "its lines are there too" wait_for 10 in_dump ';proxy;through a socket'
fds=$(ls "/proc/$pid/fd" | wc -l)
for i in $(seq 20); do send "s$i" pipe "line $i"; done
check "20 more that come and go leave no fd behind ($fds)" wait_for 10 eval '[ "$(ls "/proc/$pid/fd" | wc -l)" -le $((fds + 1)) ]'
check "the last of them is there" in_dump ';s20;line 20'

# A sender that keeps the read end and takes O_NONBLOCK off it.
python3 tests/ns/memlog.py hold "$run/linuxkit-external-logging.sock" holder >"$work/hold" &
hold_pid=$!
wait_for 10 grep -q sent "$work/hold"
check "a pipe made to block does not hold PID 1 up" wait_for 1 in_dump ";holder;held"
kill "$hold_pid"
wait "$hold_pid" 2>/dev/null

check "both sockets are root's only" [ "$(stat -c %a%u "$run/memlogdq.sock" "$run/linuxkit-external-logging.sock" | tr '\n' ' ')" = "6000 6000 " ]
