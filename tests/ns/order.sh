#!/usr/bin/env bash
# Order, readiness, health, limits and the ladder, with the real runtime and kernel.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip order: $why"; exit 0; }
begin tests/ns/order.yml || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }
has_run() { [ "$(field "$1" starts)" -ge "$2" ]; }

wait_for 60 is client up
check "a step is tried as often as it takes" is flaky done
check "and no more" [ "$(wc -l <"/proc/$pid/root/run/tries")" -eq 3 ]
check "a listening port is a sign" is listens up
check "what comes after it started later" eval 'ctl events --all -n 10000 | awk "/listens: unready -> up/ { l = NR } /client: waiting -> queued/ { c = NR } END { exit !(l && c > l) }"'
check "nobody connected to it, nothing ran in it" eval '[ "$(field listens starts)" -eq 1 ]'
for s in filed talks tells; do check "$s gives its sign" wait_for 20 is $s up; done
check "each sign came after a second" eval 'ctl events --all -n 10000 | awk "/: unready -> up/ { sub(/:/, \"\", \$2); up[\$2] = \$1 } /-> starting/ { sub(/:/, \"\", \$2); run[\$2] = \$1 } END { for (s in up) if ((s == \"filed\" || s == \"talks\" || s == \"tells\") && up[s] - run[s] < 1.0) exit 1 }"'
check "a notifying container is told where" eval 'ctl logs tells | grep -q "socket /dev/nanny/notify"'
check "no sign in its time is a failure" wait_for 20 says "never-ready: not ready in 1 s"
check "one waits for the network" is waits-net waiting
check "and says so" eval 'ctl why waits-net | grep -q "waits-net waits for net"'
ctl start waits-net 2>"$work/start" &
check "a start of it says at once for what" wait_for 10 grep -q "waits-net waits for net" "$work/start"
kill $! && wait $! 2>/dev/null
net() { nsenter -t "$pid" -n ip "$@"; }
net link add up0 type veth peer name down0
check "and why, to the link" wait_for 10 eval 'ctl why waits-net | grep -q "no default route;.* up0 is down"'
net link set up0 up && net link set down0 up && net addr add 192.0.2.2/24 dev up0
# A storm of changes: what is lost is asked for again, and the end is the truth.
for i in $(seq 10000); do echo "route add 198.51.$((i % 100)).$((i / 100))/32 dev up0"; echo "route del 198.51.$((i % 100)).$((i / 100))/32 dev up0"; done >"$work/storm"
echo "route add default via 192.0.2.1 dev up0" >>"$work/storm"
nsenter -t "$pid" -n ip -batch "$work/storm"
check "the network comes, after 20 000 changes ($(ctl status --json | awk -F '[:,]' '/net_overruns/ { print $2 + 0 }') overruns)" wait_for 20 is waits-net up
net route del default
check "one that runs is left alone when it goes" eval 'wait_for 10 says "no default route any more" && is waits-net up'
check "one waits for a device" is waits-dev waiting
: >"/proc/$pid/root/dev/later"
check "which comes" wait_for 30 is waits-dev up
check "a probe from outside finds it sick" wait_for 30 says "sick: its health probes failed"
check "and it is restarted" wait_for 30 has_run sick 2
check "but not while it was well" eval 'ctl logs --json sick | awk -F "[:,]" "/sick runs/ && !u { u = \$2 } /refused/ && !s { s = \$2 } END { exit !(u && s - u > 2400) }"'
check "a probe inside it is run by the runtime" wait_for 30 says "probed: not well"
check "which is only said, when that is asked" has_run probed 1
check "a probe inside it that hangs is a failure" wait_for 60 says "hung: not well"
# One probe runs at most: a `time`, and the `sleep` that it runs.
probes_in() { # CONTAINER
	local p n=0
	for p in $(cat "/proc/$pid/root/sys/fs/cgroup/$1/cgroup.procs"); do
		grep -qz 200000 "/proc/$p/cmdline" 2>/dev/null && n=$((n + 1))
	done
	echo "$n"
}
check "and leaves nothing in the container" eval '[ "$(probes_in hung)" -le 2 ]'
# Deleting a container, crun kills whatever is in its group; runc does not.
if [ "$runtime" = crun ]; then
	check "who shares a control group comes back when crun has killed it with its neighbour" eval \
		'ctl stop half && ctl start half && ctl restart half && is half up && wait_for 20 is other-half up'
else
	check "who shares a control group is not killed with its neighbour" eval \
		'ctl stop half && ctl start half && ctl restart half && is half up && is other-half up && [ "$(field other-half starts)" -eq 1 ]'
fi
check "and the group goes with the last" eval \
	'[ -d "/proc/$pid/root/sys/fs/cgroup/both/of-us" ] && ctl stop half other-half && [ ! -d "/proc/$pid/root/sys/fs/cgroup/both/of-us" ]'
check "a one-shot service is done" is once done
check "what comes after that runs" wait_for 20 is after-once up
check "restart: never gives up" is gives-up failed
check "why tells the exit status" eval 'ctl why gives-up | grep -q "exit status 5"'
check "the ladder gives it a clean layer" wait_for 30 says "dirty: 2 failures in a row: it restarts with a clean layer"
check "the layer was kept once, and empty after the second failure" eval \
	'wait_for 20 has_run dirty 4; ctl logs dirty | grep found: | head -n 4 | tr "\n" "," | grep -qx "found: ,found: /left,found: ,found: /left,"'
check "last words of each crash are kept" eval 'ctl logs --crashed gives-up | grep -q "start 1: exit status 5"'
if [ -e "/proc/$pid/root/sys/fs/cgroup/few/pids.max" ]; then
	check "pids: is a limit" [ "$(cat "/proc/$pid/root/sys/fs/cgroup/few/pids.max")" = 12 ]
	check "cpu: is a limit" [ "$(cat "/proc/$pid/root/sys/fs/cgroup/few/cpu.max")" = "50000 100000" ]
else
	echo "skip limits: the kernel's pids controller belongs to control group v1 here (tests/board tries them)"
fi
check "boot draws a picture" eval 'ctl boot --svg | grep -q "</svg>"'
check "boot is JSON for programs" eval 'ctl boot --json | grep -q "\"ready_ms\""'
check "all logs are one, by name and in order" eval 'ctl logs | awk "/^\[listens\]|^\[init\]/ { i = 1 } /^\[client\] client runs/ { c = i } END { exit !c }"'
check "a terminal is not told what to do by a container" eval \
	'script -qec "$work/nannyctl --socket /proc/$pid/root/run/nanny/ctl.sock logs once" /dev/null </dev/null | grep -qF "once is .[2Jenough"'
check "a pipe has its bytes" eval 'ctl logs once | grep -qF "$(printf "once is \033[2Jenough")"'
check "events are JSON for programs" eval 'ctl events --json -n 1 | grep -q "\"time_ms\""'

ctl poweroff
wait "$unshare_pid"
check "it ends" [ $? -eq 130 ]
