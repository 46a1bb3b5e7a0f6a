#!/usr/bin/env bash
# The runtime fails at every point of every call that PID 1 makes of it: the service comes back each time,
# and nothing of the attempt is left.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip runc-faults: $why"; exit 0; }

# What the machine holds: file descriptors of PID 1, mounts, control groups, processes, the runtime's
# states, pid files.
held() {
	printf 'fds=%d mounts=%d groups=%d processes=%d states=%d pidfiles=%d\n' \
		"$(fds)" "$(mounts)" "$(groups)" \
		"$(find "$(in_root /proc)" -maxdepth 1 -name '[0-9]*' 2>/dev/null | wc -l)" \
		"$(find "$(in_root /run/runc)" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)" \
		"$(find "$(in_root /run/nanny/pid)" -mindepth 1 | wc -l)"
}
holds() { [ "$(held)" = "$1" ]; }

place_flaky() {
	mv "$1/usr/bin/$runtime" "$1/usr/bin/$runtime.real"
	cp build/x86_64/tests/ns/flaky "$1/usr/bin/$runtime"
}
prepare_root=place_flaky
begin tests/ns/runc-faults.yml || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }

all_up() { table | awk '$2 != "up" { bad = 1 } END { exit bad || !NR }'; }
wait_for 60 all_up || { not_ok "the services come up"; exit 1; }
sleep 0.5
before=$(held)

is_back() { # STARTS, before
	[ -e "$(in_root /run/fault.hit)" ] && table | awk -v n="$1" '$1 == "victim" { exit !($2 == "up" && $3 > n) }' && holds "$before"
}
# fault VERB FAULT [MS]: order it, bring on the calls by killing the victim, and see what is left.
n=0 recovered=0 worst=0
fault() {
	local starts began took
	n=$((n + 1))
	rm -f "$(in_root /run/fault.hit)"
	starts=$(field victim starts)
	echo "victim $*" >"$(in_root /run/fault)"
	began=$(date +%s%3N)
	kill -KILL "$(host_pid victim)"
	if wait_for 20 is_back "$starts"; then
		recovered=$((recovered + 1))
		took=$(($(date +%s%3N) - began))
		[ $took -le $worst ] || worst=$took
	else
		not_ok "$runtime $*: $(table | grep ^victim), held: $(held), before: $before"
		rm -f "$(in_root /run/fault)"
		before=$(held)
	fi
}

for verb in create start delete; do
	for f in hang-before hang-after killed-before killed-after exit-before exit-after flood; do
		fault $verb $f
	done
	for ms in 2 3 4 5 6 8 10 15 20 30 45 60; do fault $verb killed-amid $ms; done
done
for f in garbage empty one huge nobody missing half; do fault create pid-$f; done
check "each fault of $runtime is recovered from ($n faults, $recovered recovered, the slowest in $worst ms)" [ "$n" -eq "$recovered" ]
check "the others never noticed" [ "$(table | grep -cE '^(bystander|neighbour) up 1$')" -eq 2 ]
check "a fault of $runtime is told" eval 'ctl logs -n 10000 init | grep -q "victim: creating took too long"'
check "no event came where none can" eval 'ctl status --json | grep -q "\"bugs\": 0"'
echo "# held throughout: $before"

ctl poweroff
wait "$unshare_pid"
check "it ends" [ $? -eq 130 ]
