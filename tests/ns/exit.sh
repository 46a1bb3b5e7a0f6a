#!/usr/bin/env bash
# How a program ended, told right: every exit code, every fatal signal, each at once after its start.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip exit: $why"; exit 0; }
{
	echo 'services:'
	services 1 x 'restart: never'
} >"$work/exit.yml"
prepare_root=stand_in
begin "$work/exit.yml" || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }
run=/proc/$pid/root/run
wait_for 30 is x0 up
mkdir -p "$run/do"
n=0 right=0
tell() { # WHAT WAIT-STATUS STATE
	n=$((n + 1))
	echo "$1" >"$run/do/x0"
	ctl start x0 >/dev/null 2>&1
	wait_for 10 eval 'is x0 done || is x0 failed'
	if [ "$(field x0 wait_status)" = "$2" ] && is x0 "$3"; then
		right=$((right + 1))
	else
		echo "# $1: wait_status $(field x0 wait_status), wanted $2; $(field x0 state)"
	fi
}
ctl stop x0
for code in $(seq 0 255); do tell "exit $code" $((code * 256)) "$([ "$code" -eq 0 ] && echo done || echo failed)"; done
# Not those that are ignored or only stop by default: 17-23 and 28; 32 and 33 are the libc's own.
for sig in $(seq 1 64); do
	case $sig in 17 | 18 | 19 | 20 | 21 | 22 | 23 | 28 | 32 | 33) continue ;; esac
	core=0
	case $sig in 3 | 4 | 5 | 6 | 7 | 8 | 11 | 24 | 25 | 31) core=128 ;; esac
	echo "signal $sig" >"$run/do/x0"
	n=$((n + 1))
	ctl start x0 >/dev/null 2>&1
	wait_for 10 is x0 failed
	status=$(field x0 wait_status)
	if [ $((status & ~128)) -eq "$sig" ] && { [ $((status & 128)) -eq 0 ] || [ $core -eq 128 ]; }; then
		right=$((right + 1))
	else
		echo "# signal $sig: wait_status $status"
	fi
done
check "the end is told right ($right of $n exit codes and signals)" [ "$right" -eq "$n" ]
echo "skip exit by OOM: the memory controller belongs to control group v1 here"
