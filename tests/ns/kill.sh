#!/usr/bin/env bash
# kill -9 of random services among 32, KILLS times, and a storm of orphans: everything comes back, nothing stays.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip kill: $why"; exit 0; }
{
	echo 'services:'
	services 32 s 'backoff: 1ms,5ms,0'
	services 1 storm
} >"$work/kill.yml"
prepare_root=stand_in
begin "$work/kill.yml" || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }
wait_for 60 all_up
held() { echo "fds $(fds), mounts $(mounts), groups $(groups), children $(children)"; }
starts() { ctl status --json | awk -F '[:,]' '/"starts":/ { n += $2 } END { print n }'; }
kills=${KILLS:-10000}
# A thousand first: rings and events have taken their memory then.
inside /load kill 1000 s 32 >/dev/null
wait_for 60 all_up
before=$(held) rss=$(pss) sum=$(starts)
done_kills=$(inside /load kill "$kills" s 32)
check "the services could be killed ($done_kills times)" [ "$done_kills" -eq "$kills" ]
check "every one is up again" wait_for 120 all_up
check "each was restarted once for each kill ($(($(starts) - sum)) starts)" [ $(($(starts) - sum)) -eq "$kills" ]
check "nothing is left over ($(held))" wait_for 20 eval '[ "$(held)" = "$before" ]'
check "PID 1 is as small as it was (PSS $rss KiB, then $(pss) KiB)" [ $(($(pss) - rss)) -le 64 ]
check "no cell of the table was reached that is impossible" [ "$(bugs)" = 0 ]

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
