#!/usr/bin/env bash
# The machine ends when it is asked to, whatever hangs, within its bound (init(8), "Shutdown"): the longest
# stop-timeout and 30 s for the services, 60 s for onshutdown, 30 s for unmounting, 10 s for the kernel.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip end: $why"; exit 0; }
server=
trap '[ -z "$server" ] || kill -KILL "$server" 2>/dev/null; finish' EXIT

now() { date +%s%3N; }
# reboot(2) has been called: the kernel has killed PID 1, though it may still wait for others to die.
over() { [ -z "$(tr -d '\0' 2>/dev/null <"/proc/$pid/cmdline")" ]; }
begun=0
took() { echo $(($(now) - begun)); }

# In the middle of the start, whatever the moment.
ended=0 moments="0 0.03 0.06 0.1 0.15 0.2 0.3 0.5 0.8" worst=0
for after in $moments; do
	begin tests/ns/system.yml || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }
	sleep "$after"
	begun=$(now)
	ctl reboot || not_ok "reboot is taken $after s after the socket is there"
	wait_for 140 over && ended=$((ended + 1))
	ms=$(took)
	[ "$ms" -le $worst ] || worst=$ms
	stop_machine
done
check "a reboot at $(wc -w <<<"$moments") moments of the start ($ended ended, the slowest in $worst ms)" [ $ended -eq "$(wc -w <<<"$moments")" ]

# Two hundred services that have all to be stopped.
{
	echo 'services:'
	services 200 s
} >"$work/many.yml"
prepare_root=stand_in
begin "$work/many.yml" && wait_for 120 all_up
begun=$(now)
ctl poweroff
check "200 services stop" wait_for 140 over
echo "# in $(took) ms; the bound is 140 s"
stop_machine

# All at once: a service that is deaf, one that cannot be killed, a file system that does not answer, an
# endless onshutdown, and two requests.
with_hung() { cp build/x86_64/tests/ns/hung "$1/usr/bin/" && mknod -m 600 "$1/dev/fuse" c 10 229; }
prepare_root=with_hung
begin tests/ns/end.yml || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }
wait_for 60 says "up: every service is ready" || not_ok "the services come up"
nsenter -t "$pid" -m /usr/bin/hung serve /var/hung 2>"$work/hung" &
server=$!
disown "$server"
stuck_one() {
	local p
	for p in $(pgrep -f '^/usr/bin/hung look'); do
		[ "$(readlink "/proc/$p/ns/mnt")" = "$(readlink "/proc/$pid/ns/mnt")" ] &&
			grep -q '^State:.[DS]' "/proc/$p/status" && echo "$p"
	done | head -n 1
}
if wait_for 5 grep -q " /var/hung " "/proc/$pid/mountinfo"; then
	# To unmount this one, the dead one has to be walked through.
	nsenter -t "$pid" -m /usr/bin/hung cover /var/hung/sub
	kill -USR1 "$server"
	nsenter -t "$pid" -m -p /usr/bin/hung look /var/hung/file &
	disown $!
	wait_for 5 eval '[ -n "$(stuck_one)" ]'
	stuck=$(stuck_one)
	echo "$stuck" >"$(in_root /sys/fs/cgroup/quiet/cgroup.procs)"
	kill -KILL "$stuck"
	check "a process that cannot be killed is in a service's group" \
		wait_for 5 grep -q '^State:.D' "/proc/$stuck/status"
else
	echo "skip end, a file system that hangs: $(cat "$work/hung")"
	server=
fi
exec 8<"$(in_root /dev/console)"
begun=$(now)
ctl reboot &
first=$!
ctl poweroff
wait $first
check "deaf, unkillable, hung, endless, asked twice: off" wait_for 140 over
echo "# in $(took) ms; the bound is 2 + 30 + 60 + 30 + 10 s"
cat <&8 >"$work/console"
check "the second request changed nothing" says "is already on its way"
[ -z "$server" ] || check "the hung file system was given up" says "unmounting took too long"
grep -F "[nanny]" "$work/console" | tail -n 12 | sed 's/^/# /'
[ -z "$server" ] || kill -KILL "$server"
server=
rm -f "$work/console"
wait_for 20 eval '! kill -0 "$unshare_pid" 2>/dev/null'
