#!/usr/bin/env bash
# A machine's life: onboot with its good and bad ends, services that die, stop, restart, and the end.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip life: $why"; exit 0; }

# Images whose files are not as they should be: half a file, a name the runtime refuses, mounts that fail.
spoil() {
	echo '{"ociVersion": "1.0.2", "process": {' >"$1/containers/services/broken/config.json"
	echo '{"mounts": [{"destination": "/x", "type": "nofs", "options": [1]}]}' \
		>"$1/containers/services/unmountable/runtime.json"
	mkdir "$1/containers/services/odd name" "$1/containers/services/--root"
}
prepare_root=spoil
begin tests/ns/system.yml || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }

wait_for 60 is ticker up
check "onboot output reaches the console with its name" says "[hello] hello from onboot"
check "an onboot step that works is done" is hello done
check "volumes are mounted, read-only ones read-only" says "[volumes] volumes are right"
check "an onboot step that fails is failed" is bad failed
check "its exit status is told" says "bad: failed: exit status 3"
check "an onboot step that hangs is ended at its deadline" says "hang: failed: not done in 1 s"
check "the machine is degraded: status exits 3" eval 'ctl status >/dev/null; [ $? -eq 3 ]'

check "a container with broken JSON has failed, with the reason" eval 'is broken failed && [[ $(field broken reason) == config.json:* ]]'
check "so has one whose name the runtime does not take" says 'the runtime does not take the name "odd name"'
check "nor takes for a name" says 'the runtime does not take the name "--root"'
check "one whose mounts fail is tried again" eval 'is unmountable backoff || [ "$(field unmountable starts)" -gt 1 ]'
check "a service may be named nanny" is nanny up
nice_of() { awk '{ sub(/.*\) /, ""); print $17 }' "/proc/$1/stat"; }
check "PID 1 comes first at the processor, what it starts does not" \
	eval '[ "$(nice_of "$pid")" = -20 ] && [ "$(nice_of "$(host_pid nanny)")" = 0 ]'
check "a fault that a process only pretends is none" eval 'wait_for 30 says "forger is through" && is ticker up'
check "2^64-1 in a config.json is no reason to fail" is unlimited up

# Services that die come back.
wait_for 30 is keeper up
for s in keeper ticker; do
	before=$(field $s starts)
	kill -KILL "$(host_pid $s)"
	check "$s comes back after kill -9" wait_for 30 eval "[ \"\$(field $s starts)\" -gt $before ] && is $s up"
done
check "the reason is told" says "ticker: killed by signal 9 (Killed)"
check "a service keeps its writable layer from start to start" wait_for 10 eval 'ctl logs keeper | grep -qE "keeper starts: [2-9]"'
check "a crash loop backs off" wait_for 30 says "crasher: exit status 7; restarts in"
check "the other services are not touched by it" is daemon up

check "a veth's one end is in the container" eval 'ctl logs wired | grep -q inside0'
check "and its other end outside" eval 'nsenter -t "$pid" -n ip -br link | grep -q "^outside0"'
check "its network namespace is bound to a name" grep -q /run/netns/wired "/proc/$pid/mountinfo"
check "a wired service can be restarted" eval 'ctl restart wired && is wired up'

# What a container leaves behind is swept.
sleepers() { pgrep -f 'sleep 77777' | wc -l; }
check "a daemonised child runs in the container's group" [ "$(sleepers)" -eq 1 ]
ctl stop daemon
check "stop leaves nothing of it, daemons included" [ "$(sleepers)" -eq 0 ]
check "a stopped service is down, as asked" eval 'is daemon down && [ "$(field daemon reason)" = asked ]'
check "start works, of several, too" eval 'ctl start daemon keeper && is daemon up && is keeper up'
check "restart works" eval 'ctl restart ticker && is ticker up'
begin_ms=$(date +%s%3N)
ctl stop deaf
took=$(($(date +%s%3N) - begin_ms))
check "a deaf service is killed after its stop time ($took ms)" [ $took -ge 1000 ]

# Asking for what is not there.
check "an unknown name is an error with exit status 2" eval 'ctl stop nobody 2>/dev/null; [ $? -eq 2 ]'
check "an unknown verb is an error with exit status 2" eval 'ctl frobnicate 2>/dev/null; [ $? -eq 2 ]'
check "logs of one service hold its lines only" eval '! ctl logs ticker | grep -q crasher'
check "logs are JSON for programs" eval 'ctl logs --json -n 1 ticker | grep -q "\"text\""'
check "another user cannot ask" eval '! setpriv --reuid 65534 --clear-groups "$work/nannyctl" --socket "/proc/$pid/root/run/nanny/ctl.sock" status 2>/dev/null'

# A crowd of connections that say nothing, or half a request, or listen for ever.
for i in $(seq 60); do
	timeout 20 "$work/nannyctl" --socket "/proc/$pid/root/run/nanny/ctl.sock" logs -f crasher >/dev/null 2>&1 &
	crowd+=($!)
done
sleep 1
check "an operator is answered in a crowd" eval 'ctl status >/dev/null; [ $? -eq 3 ]'
kill "${crowd[@]}" 2>/dev/null
wait "${crowd[@]}" 2>/dev/null

# What PID 1 holds.
fds=$(ls "/proc/$pid/fd" | wc -l)
zombies=$(ps -o stat= --ppid "$pid" | grep -c Z)
check "no zombies" [ "$zombies" -eq 0 ]
before=$(field crasher starts)
wait_for 60 eval '[ "$(field crasher starts)" -gt "$before" ] && is crasher backoff'
check "restarts leave no fd behind ($fds)" [ "$(ls "/proc/$pid/fd" | wc -l)" -le $((fds + 2)) ]

# The end, in order; reboot(2) in a pid namespace ends its process 1 with SIGHUP.
exec 8<"/proc/$pid/root/dev/console"
ctl reboot
wait "$unshare_pid"
status=$?
cat <&8 >"$work/console"
check "reboot ends the machine (status $status)" [ "$status" -eq 129 ]
check "services get their stop signal" says "[ticker] ticker ends"
check "onshutdown runs after the services" eval 'console | awk "/ticker ends/ { t = NR } /goodbye from onshutdown/ { g = NR } END { exit !(t && g > t) }"'
check "then everything is unmounted" says "[nanny] unmounting"
