#!/usr/bin/env bash
# A runtime that does every thing wrong once: at each point the service recovers and nothing is left over.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip faults: $why"; exit 0; }
{
	echo 'services:'
	services 1 s 'backoff: 10ms,100ms' 'runtime-timeout: 1s'
	services 1 witness
} >"$work/faults.yml"
prepare_root=stand_in
begin "$work/faults.yml" || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }
run=/proc/$pid/root/run
wait_for 30 all_up
before="fds $(fds), mounts $(mounts), groups $(groups), children $(children), files $(find "$run/rt" "$run/nanny/pid" | wc -l)"

recovers() { # FAULT: taken, and the service up again with a later start
	local starts
	starts=$(field s0 starts)
	echo "s0 $1" >"$run/fault.new" && mv "$run/fault.new" "$run/fault"
	ctl restart s0 >/dev/null 2>&1
	wait_for 20 eval "[ ! -e $run/fault ] && is s0 up && [ \"\$(field s0 starts)\" -gt $starts ]"
}
n=0 good=0
# The number of another's process, as after a reuse.
faults=("create pid $(field witness0 pid)")
for verb in create start delete; do
	for when in before after; do
		for what in hang kill fail flood; do faults+=("$verb $when $what"); done
	done
done
for text in none empty garbage 1 0 -5 4194305 99999999999999999999 '12;34'; do faults+=("create pid $text"); done
for f in "${faults[@]}"; do
	n=$((n + 1))
	if recovers "$f"; then good=$((good + 1)); else echo "# $f: $(field s0 state): $(ctl why s0 | tr '\n' ' ')"; fi
done
check "the runtime's faults are survived ($n faults, $good recovered)" [ "$good" -eq "$n" ]
after="fds $(fds), mounts $(mounts), groups $(groups), children $(children), files $(find "$run/rt" "$run/nanny/pid" | wc -l)"
[ "$after" = "$before" ] || { echo "# before: $before"; find "$run/rt" "$run/nanny/pid"; pgrep -a -P "$pid"; cat "/proc/$pid/mountinfo"; } | sed 's/^/# /'
check "nothing is left over ($after)" [ "$after" = "$before" ]
check "the witness was not touched" [ "$(field witness0 starts)" -eq 1 ]
check "no cell of the table was reached that is impossible" [ "$(bugs)" = 0 ]
check "what the runtime said is the reason" says 'a line of sixty-four bytes or so'
