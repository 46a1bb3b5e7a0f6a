#!/usr/bin/env bash
# Runs alone: it fills the machine, or measures time.
# The numbers of processes are few and used again at once: no signal reaches the wrong one.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip reuse: $why"; exit 0; }
# Before Linux 6.14 the limit was one for the whole machine.
[ "$(printf '%s\n' 6.14 "$(uname -r)" | sort -V | head -1)" = 6.14 ] ||
	{ echo "skip reuse: kernel.pid_max is not a namespace's own before Linux 6.14"; exit 0; }
services=16
{
	echo 'services:'
	services $services s 'backoff: 1ms,2ms,0' 'escalate: 0'
} >"$work/reuse.yml"
place_reuse() { stand_in "$1" && cp build/x86_64/tests/ns/reuse "$1/"; }
prepare_root=place_reuse
begin "$work/reuse.yml" || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }
wait_for 60 all_up
# Every third ends by itself, all the time: its end and its stop meet.
mkdir "$(in_root /run/do)"
for i in $(seq 0 3 $((services - 1))); do echo "exit 0" >"$(in_root "/run/do/s$i")"; done
here=$(cat /proc/sys/kernel/pid_max)
nsenter -t "$pid" -p sh -c 'echo 420 >/proc/sys/kernel/pid_max'
if [ "$(cat /proc/sys/kernel/pid_max)" != "$here" ]; then
	echo "$here" >/proc/sys/kernel/pid_max
	not_ok "the limit is the namespace's own"
	exit 1
fi
stops=${STOPS:-10000}
read -r _ stopped _ sentinels _ reused _ struck < <(inside /reuse "$stops" s $services)
check "$stops stops ($stopped done)" [ "$stopped" -eq "$stops" ]
check "numbers of services were used again ($reused of $sentinels sentinels)" [ "$reused" -gt "$stops" ]
check "no sentinel got a signal ($struck)" [ "$struck" = 0 ]
check "no cell of the table was reached that is impossible" [ "$(bugs)" = 0 ]
