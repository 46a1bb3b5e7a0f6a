#!/usr/bin/env bash
# Runs alone: it fills the machine, or measures time.
# kill -9 of random services among 32, KILLS times, and a storm of orphans: everything comes back, nothing
# stays.  With the stand-in for the runtime, then REAL_KILLS times with the real ones.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip kill: $why"; exit 0; }
held() { echo "fds $(fds), mounts $(mounts), groups $(groups), children $(children), states $(states)"; }
twice() { awk '$5 ~ "^/containers/.*/rootfs$" && seen[$5]++ { n++ } END { print n + 0 }' "/proc/$pid/mountinfo"; }
states() { find "$(in_root /run/runc)" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l; }
starts() { ctl status --json | awk -F '[:,]' '/"starts":/ { n += $2 } END { print n }'; }

kill_loop() { # WHOSE KILLS [PROGRAM]
	local before memory sum made
	memory=$(anonymous)
	before=$(held) sum=$(starts)
	made=$(inside /load kill "$2" s 32 ${3:+"$3"})
	check "$1: the services could be killed ($made times)" [ "$made" -eq "$2" ]
	check "$1: every one is up again" wait_for 120 all_up
	check "$1: each was restarted once for each kill ($(($(starts) - sum)) starts)" [ $(($(starts) - sum)) -eq "$2" ]
	check "$1: nothing is left over ($(held))" wait_for 20 eval '[ "$(held)" = "$before" ]'
	check "$1: PID 1 has mapped nothing more (PSS $(pss) KiB)" [ "$(anonymous)" = "$memory" ]
	check "$1: no cell of the table was reached that is impossible" [ "$(bugs)" = 0 ]
}

{
	echo 'services:'
	services 32 s 'backoff: 1ms,5ms,0'
	services 1 storm
} >"$work/kill.yml"
prepare_root=stand_in
begin "$work/kill.yml" || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }
wait_for 60 all_up
check "of $(mounts) mounts, none is over another service's root, though they have one image" [ "$(twice)" -eq 0 ]
# A thousand first: rings and events have taken their memory then.
inside /load kill 1000 s 32 >/dev/null
wait_for 60 all_up
rss=$(pss)
kill_loop "stand-in" "${KILLS:-10000}"
check "stand-in: PID 1 is as small as it was (PSS $rss KiB, then $(pss) KiB)" [ $(($(pss) - rss)) -le 64 ]

orphans=${ORPHANS:-20000}
reaped() { ctl status --json | awk -F '[:,]' '/"orphans":/ { print $2 + 0 }'; }
was=$(reaped)
echo "orphans $orphans" >"/proc/$pid/root/run/orphans"
mkdir -p "/proc/$pid/root/run/do"
mv "/proc/$pid/root/run/orphans" "/proc/$pid/root/run/do/storm0"
mkfifo "$work/end"
inside /load zombies <"$work/end" >"$work/most" &
sampler=$!
exec 7>"$work/end"
ctl restart storm0
sum=$(starts)
storm_kills=$(inside /load kill 100 s 32)
all_reaped() { [ $(($(reaped) - was)) -ge "$orphans" ]; }
check "$orphans orphans are reaped while services are killed" wait_for 120 all_reaped
exec 7>&-
wait "$sampler"
check "never more than 64 zombies at once (seen: $(cat "$work/most"))" [ "$(cat "$work/most")" -le 64 ]
check "no service's end was lost ($storm_kills kills)" wait_for 60 eval 'all_up && [ $(($(starts) - sum)) -eq "$storm_kills" ]'
check "no zombie stays" [ "$(zombies)" -eq 0 ]

{
	echo 'services:'
	services 32 s 'backoff: 1ms,5ms,0' | sed 's|\[/x\]|[/bin/busybox, sleep, "100000"]|'
} >"$work/kill.yml"
with_load() { cp build/x86_64/tests/ns/load "$1/load"; }
prepare_root=with_load
for runtime in crun runc; do
	stop_machine
	begin "$work/kill.yml" || { not_ok "init boots with $runtime: $(cat "$work/out")"; exit 1; }
	wait_for 120 all_up
	kill_loop "$runtime" "${REAL_KILLS:-60}" busybox
done
