#!/usr/bin/env bash
# Runs alone: it fills the machine, or measures time.
# All at once: a console that takes nothing, a reader of a log that has stopped, eight services that print as
# fast as they can, ten thousand connections, a storm of uevents.  PID 1's loop goes on turning.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip pressure: $why"; exit 0; }
bin=$root/build/x86_64/tests/ns
started=()
trap 'kill -KILL "${started[@]}" 2>/dev/null; finish' EXIT

"$bin/stall" >"$work/tty" &
started+=($!)
wait_for 5 test -s "$work/tty"
spoil() {
	local s
	for s in "$1"/containers/services/flood*; do
		cp "$bin/flood" "$s/rootfs/flood" || return 1
	done
	mount --bind "$(cat "$work/tty")" "$1/dev/console"
}
prepare_root=spoil
begin tests/ns/pressure.yml || { not_ok "init boots with a console that takes nothing: $(cat "$work/out")"; exit 1; }
sock=/proc/$pid/root/run/nanny/ctl.sock

"$work/nannyctl" --socket "$sock" logs -f flood1 >/dev/null 2>&1 &
started+=($!)
sleep 0.3
kill -STOP $!
pss_before=$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")
"$bin/crowd" "$sock" 10000 12 >"$work/crowd" 2>&1 &
started+=($!)
crowd=$!
"$bin/ask" "$sock" 12 >"$work/ask" 2>&1 &
started+=($!)
ask=$!
(
	n=0
	end=$((SECONDS + 10))
	while [ $SECONDS -lt $end ]; do
		echo change >"/proc/$pid/root/sys/class/net/lo/uevent" || break
		n=$((n + 1))
	done 2>/dev/null
	echo $n >"$work/uevents"
) &
started+=($!)
uevents=$!
wait $crowd $ask $uevents
floods=(flood{1..8})
over() { local f; for f in "${floods[@]}"; do ctl logs -n 1 "$f" | grep -q "^wrote\|wrote " || return 1; done; }
check "every flood comes to its end" wait_for 60 over
sed 's/^/# /' "$work/crowd" "$work/ask"
echo "# uevents $(cat "$work/uevents")"

# Bytes: what each has written is what is kept and what is reported as dropped.
total=0 wrong=0 longest=0
for f in "${floods[@]}"; do
	line=$(ctl logs -n 1 "$f" | grep -o 'wrote [0-9]* longest_us [0-9]*')
	set -- $line
	wrote=$(($2 + ${#line} + 1))
	total=$((total + $2))
	[ "$4" -le "$longest" ] || longest=$4
	kept=$(ctl logs --json -n 1000000 "$f" | awk '{ match($0, /"text": ?"[^"]*"/); t = substr($0, RSTART, RLENGTH); sub(/^"text": ?"/, "", t); n += length(t) - 1 + ($0 !~ /"partial": ?true/) } END { print n }')
	dropped=$(field "$f" log_dropped)
	[ "$wrote" -eq $((kept + dropped)) ] || { wrong=$((wrong + 1)); echo "# $f wrote $wrote, kept $kept, dropped $dropped"; }
done
check "no byte is lost uncounted ($((total / 1000000)) MB, $((total / 10000000)) MB/s; longest write $longest us)" [ "$wrong" -eq 0 ]

value() { awk -v w="$1" -v f="$2" '$1 == w { for (i = 2; i < NF; i++) if ($i == f) print $(i + 1) }' "$work/ask"; }
noise=$(value noise p99)
check "10 000 connections are made ($(cat "$work/crowd"))" eval '[ "$(awk "{ print \$1 }" "$work/crowd")" -ge 9000 ]'
check "a good client is answered within 100 ms in the middle of it (p50 $(value answer p50) us, p99 $(value answer p99), max $(value answer max); a sleep oversleeps by p99 $noise)" [ "$(value answer p99)" -lt $((100000 + noise)) ]
lost=$(awk '$1 == "failed" { print $2 }' "$work/ask")
check "and nearly always ($lost questions went unanswered)" [ "$lost" -le 2 ]
noise_max=$(value noise max)
p999=$(member p999_us)
max=$(member max_us)
check "999 turns of 1000 take at most 20 ms ($p999 us of $(member turns) turns)" [ "$p999" -le 20000 ]
check "the longest at most 100 ms ($max us; a sleep overslept by $noise_max us at most)" [ "$max" -le $((100000 + noise_max)) ]
check "lines the console did not take are counted ($(member console_dropped))" [ "$(member console_dropped)" -gt 0 ]
pss_after=$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")
check "it has grown by no more than its logs (PSS $pss_before KiB, then $pss_after)" [ "$pss_after" -le $((pss_before + 1200)) ]
check "nothing impossible has happened" [ "$(member bugs)" -eq 0 ]
check "the others run" is quiet up
