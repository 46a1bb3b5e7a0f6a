#!/usr/bin/env bash
# How a container ended is told truly: every exit status, every signal that ends a process, memory that
# ran out; of programs that end in their first moment.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip exit: $why"; exit 0; }

lanes=4
{
	echo "services:"
	for i in $(seq $lanes); do
		# A process 1 of a namespace cannot end itself by a signal; in PID 1's it can.
		cat <<-EOT
		  - name: die$i
		    image: nanny/sysctl
		    pid: host
		    restart: never
		    log-size: 4k
		    binds: [/run:/run:ro, /opt:/opt:ro]
		    command: [/opt/die, /run/die$i]
		EOT
	done
} >"$work/exit.yml"
place_die() { mkdir "$1/opt" && cp build/x86_64/tests/ns/die "$1/opt/"; }
prepare_root=place_die
begin "$work/exit.yml" || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }
for i in $(seq $lanes); do wait_for 60 is die$i failed; done

rests() { ctl status --json | grep -A 3 "\"name\": \"die$1\"" | grep -qE '"state": "(failed|done)"'; }
# One run of a lane's container; its state, wait status, and the words for it.
run_one() { # LANE HOW NUMBER
	echo "$2 $3" >"$(in_root "/run/die$1")"
	ctl start "die$1" >/dev/null 2>&1
	# It has ended by now, or is about to: what counts is how it is when it rests.
	wait_for 20 rests "$1"
	ctl status --json | awk -v n="\"die$1\"," '
		/"name":/ { hit = $2 == n } !hit { next }
		/"state":/ { state = $2 } /"wait_status":/ { status = $2 } /"last_end":/ { sub(/^[^:]*: */, ""); end = $0 }
		END { gsub(/[",]/, "", state); gsub(/,/, "", status); gsub(/[",]/, "", end); print state, status, end }'
}
# LANE HOW NUMBER: what it should be, at the beginning; the signal may have left a core.
expected() {
	case $2 in
	exit) [ "$3" -eq 0 ] && echo "done 0 exit status 0" || echo "failed $(($3 << 8)) exit status $3" ;;
	signal) echo "failed $3 killed by signal $3 (" ;;
	esac
}
lane() { # LANE: every $lanes-th case
	local n=0 how number got want
	while read -r how number; do
		n=$((n + 1))
		[ $((n % lanes)) -eq $(($1 - 1)) ] || continue
		want=$(expected "$1" "$how" "$number")
		got=$(run_one "$1" "$how" "$number")
		[[ $got == "$want"* ]] && echo right || echo "wrong: $how $number: $got"
	done <"$work/cases" >"$work/lane$1"
}
# Those whose default is to be ignored or to stop do not end a process.
{
	for i in $(seq 0 255); do echo "exit $i"; done
	for i in $(seq 64); do
		case $i in 17 | 18 | 19 | 20 | 21 | 22 | 23 | 28) ;; *) echo "signal $i" ;; esac
	done
} >"$work/cases"
for i in $(seq $lanes); do
	lane "$i" &
	running+=($!)
done
wait "${running[@]}"
cases=$(wc -l <"$work/cases")
right=$(cat "$work"/lane* | grep -c '^right$')
grep -h wrong "$work"/lane* | head
check "every exit status and every fatal signal is told ($cases ends, $right right)" [ "$right" -eq "$cases" ]
check "each was one start and no more" [ "$(table | awk '{ n += $3 } END { print n }')" -eq $((cases + lanes)) ]

# The kernel ends what outgrows its memory.  The controller is the machine's v1 one here, so the test puts
# the process there itself.
memory=$(findmnt -n -o TARGET -t cgroup | grep '/memory$')
limited=$memory/nanny-${work##*/}
oom() {
	local outside i
	echo eat >"$(in_root /run/die1)"
	ctl start die1 || return 1
	outside=$(host_pid die1)
	echo "$outside" >"$limited/cgroup.procs" || return 1
	kill -CONT "$outside"
	for i in $(seq 100); do
		is die1 failed && break
		sleep 0.1
	done
	[ "$(field die1 wait_status)" = 9 ] && grep -q "^oom_kill [1-9]" "$limited/memory.oom_control"
}
if [ -n "$memory" ] && mkdir "$limited" 2>/dev/null && echo 8388608 >"$limited/memory.limit_in_bytes"; then
	check "a program that outgrows its memory is killed by signal 9" oom
	rmdir "$limited"
else
	echo "skip out of memory: no memory controller to be had here"
fi

ctl poweroff
wait "$unshare_pid"
check "it ends" [ $? -eq 130 ]
