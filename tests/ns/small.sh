#!/usr/bin/env bash
# Runs alone: it fills the machine, or measures time.
# PID 1 stays small with 10, 100 and 1000 services, takes no memory while it runs, and sleeps when nothing
# happens.  The stand-in for the runtime makes the containers: PID 1 is the one that is looked at.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip small: $why"; exit 0; }

many() { # ROOT: $services of them, whose runtime is the stand-in
	local i
	cp "$root/build/x86_64/tests/ns/runtime" "$1/usr/bin/runc" || return 1
	rm -rf "$1/containers/services"
	for ((i = 1; i <= services; i++)); do
		mkdir -p "$1/containers/services/s$i/rootfs"
		echo '{"ociVersion": "1.0.2", "process": {}}' >"$1/containers/services/s$i/config.json"
	done
}
prepare_root=many

switches() { awk '/_ctxt_switches/ { n += $2 } END { print n }' "/proc/$pid/status"; }
starts() { ctl status --json | awk '$1 == "\"starts\":" { n += $2 } END { print n }'; }

restarts() { # until there have been N more
	local before i
	before=$(starts)
	for i in $(seq 20); do
		[ $(($(starts) - before)) -lt "$1" ] || break
		pgrep -P "$pid" | xargs -r kill -KILL 2>/dev/null
		wait_for 60 all_up || break
	done
	restarted=$(($(starts) - before))
}

for run in "10 400" "100 600" "1000 2500"; do
	# shellcheck disable=SC2086
	set -- $run
	services=$1
	begun=$(date +%s%3N)
	begin tests/ns/small.yml || { not_ok "init boots: $(cat "$work/out")"; exit 1; }
	wait_for 240 says "up: every service is ready"
	check "$services services come up ($(($(date +%s%3N) - begun)) ms with the build)" says "up: every service is ready"
	kib=$(pss)
	check "PID 1 with $services services takes at most $2 KiB (PSS $kib KiB)" [ "$kib" -le "$2" ]

	if [ "$services" -eq 100 ]; then
		before=$(switches)
		sleep 60
		woken=$(($(switches) - before))
		check "100 services at rest do not wake it in 60 s ($woken switches)" [ "$woken" -eq 0 ]
		anonymous >"$work/before"
		restarts 200
		anonymous >"$work/after"
		check "200 services can be killed and come back ($restarted restarts)" [ "$restarted" -ge 200 ]
		check "they leave its heap and mappings as they were (PSS $(pss) KiB after)" cmp "$work/before" "$work/after"
	fi
	stop_machine
done
