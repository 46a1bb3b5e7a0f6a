# shellcheck shell=bash
# The real init as process 1 of private namespaces, with the real runc, in an image that nanny built.
#
# RUNTIME=crun takes crun instead of runc.
#
# begin CONFIG…   builds and boots; afterwards: $pid (of init, seen from here), ctl VERB…, console
# stop_machine    ends it at once; another begin may follow
# finish          whatever is left ends, and what was mounted goes
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
root=$PWD
work=$(mktemp -d)
export NANNY_ROOT=$root

. tests/checks.sh

# Why these namespaces cannot be had here; nothing when they can.
cannot() {
	[ "$(id -u)" -eq 0 ] || { echo "needs root"; return; }
	unshare --mount --pid --fork --net --ipc --uts --cgroup true 2>/dev/null ||
		{ echo "unshare is not allowed here"; return; }
	unshare --mount --cgroup sh -c "mount -t cgroup2 none /mnt" 2>/dev/null ||
		{ echo "cgroup2 cannot be mounted here"; return; }
}

# The initrd's segments are archives one after the other, as the kernel reads them: cpio must not read
# past the end of one, so by four bytes at a time.
unpack() { # INITRD FOLDER
	zstd -dcq "$1" >"$work/cpio" || return 1
	(cd "$2" && while cpio -idmu --quiet -C 4 2>/dev/null; do :; done <"$work/cpio")
	rm -f "$work/cpio"
	[ -f "$2/init" ]
}

make_dev() { # FOLDER: /dev is mounted beforehand, so init leaves it; the console is a file
	mount -t tmpfs -o mode=755 dev "$1/dev" || return 1
	local n
	for n in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0"; do
		# shellcheck disable=SC2086
		set -- "$1" $n
		rm -f "$1/dev/$2"
		mknod -m 666 "$1/dev/$2" c "$3" "$4" || return 1
	done
	rm -f "$1/dev/console"
	: >"$1/dev/console"
}

runtime=${RUNTIME:-runc}
# Without CAP_SYS_RESOURCE crun cannot lock the memory of its device filter; that one is tried in QEMU.
without_filter() { # ROOT
	[ "$runtime" = runc ] ||
		python3 - "$1" <<-'EOT'
			import glob, json, sys
			for path in glob.glob(sys.argv[1] + "/containers/*/*/config.json"):
			    config = json.load(open(path))
			    config.get("linux", {}).get("resources", {}).pop("devices", None)
			    json.dump(config, open(path, "w"))
		EOT
}

begin() {
	[ "$runtime" = runc ] || { echo "init: [nanny/init, nanny/$runtime]" >"$work/runtime.yml" && set -- "$@" "$work/runtime.yml"; }
	build/nanny build --quiet --name ns --output "$work" "$@" || { not_ok "the image builds"; return 1; }
	mkdir "$work/root"
	mount -t tmpfs -o mode=755 ns "$work/root" || return 1
	unpack "$work/ns-initrd.img" "$work/root" && make_dev "$work/root" || return 1
	# The modules are the machine's own business here.
	rm -f "$work/root/etc/nanny/modules" "$work/root/etc/nanny/clock-floor"
	without_filter "$work/root" || return 1
	[ -z "${prepare_root:-}" ] || "$prepare_root" "$work/root" || return 1
	# A control group of its own, which becomes the root of the machine's.
	group=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/nanny-$$
	mkdir "$group" || return 1
	# shellcheck disable=SC2016
	sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' - "$group" \
		unshare --mount --pid --fork --net --ipc --uts --cgroup --propagation private \
		build/x86_64/tests/ns/enter "$work/root" </dev/null >"$work/out" 2>&1 &
	unshare_pid=$!
	local i
	for i in $(seq 100); do
		pid=$(pgrep -P "$unshare_pid" 2>/dev/null)
		[ -n "$pid" ] && [ -S "/proc/$pid/root/run/nanny/ctl.sock" ] && break
		sleep 0.1
	done
	# Only the machine's own processes may be in its group, or it could not hand controllers on.
	echo "$unshare_pid" >"${group%/*}/cgroup.procs"
	ln -sf "$root/build/x86_64/init" "$work/nannyctl"
	[ -S "/proc/$pid/root/run/nanny/ctl.sock" ]
}

ctl() { timeout 60 "$work/nannyctl" --socket "/proc/$pid/root/run/nanny/ctl.sock" "$@"; }
console() { cat "$work/console" 2>/dev/null || cat "/proc/$pid/root/dev/console"; }

# wait_for SECONDS COMMAND…: until it succeeds
wait_for() {
	local n=$(($1 * 10))
	shift
	while ! "$@"; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		sleep 0.1
	done
}
field() { ctl status --json | awk -v n="\"$1\"," -v f="\"$2\":" '/"name":/ { hit = $2 == n } hit && $1 == f { gsub(/[",]/, "", $2); print $2; exit }'; }
# A member of the whole status, such as the machine's.
member() { ctl status --json | awk -v f="\"$1\":" '$1 == f { gsub(/[",]/, "", $2); print $2; exit }'; }
# A container's process, as this machine numbers it.
host_pid() {
	local inside p
	inside=$(field "$1" pid)
	for p in $(pgrep -P "$pid"); do
		[ "$(awk '/^NSpid:/ { print $3 }' "/proc/$p/status")" = "$inside" ] && echo "$p"
	done
}
is() { [ "$(field "$1" state)" = "$2" ]; }
says() { console | grep -qF -- "$1"; }

leave_group() {
	local i
	[ -n "${group:-}" ] && [ -d "$group" ] || return 0
	echo 1 >"$group/cgroup.kill"
	for i in $(seq 50); do
		find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
		[ -d "$group" ] || return 0
		sleep 0.1
	done
}
# Ends it without its orderly end, so that another can begin.
stop_machine() {
	kill -KILL "${pid:-$unshare_pid}" 2>/dev/null
	wait "$unshare_pid" 2>/dev/null
	umount -R -l "$work/root" 2>/dev/null
	rm -rf "${work:?}/root" "$work"/ns-*
	leave_group
	unset pid unshare_pid
}

finish() {
	[ -n "${unshare_pid:-}" ] && kill -KILL "${pid:-$unshare_pid}" 2>/dev/null
	wait 2>/dev/null
	umount -R -l "$work/root" 2>/dev/null
	leave_group
	rm -rf "$work"
	exit $bad
}
trap finish EXIT

in_root() { printf '/proc/%s/root%s' "$pid" "$1"; }
# NAME STATE STARTS of every container, a line each.
table() {
	ctl status --json | awk '
		function end() { if (name != "") print name, state, starts; name = "" }
		/"name":/ { end(); name = $2 } /"state":/ { state = $2 } /"starts":/ { starts = $2 }
		END { end() }' | tr -d '",'
}

# For loads and faults: the stand-in of runtime.c instead of runc.
stand_in() { # ROOT
	cp build/x86_64/tests/ns/runtime "$1/usr/bin/runc" && cp build/x86_64/tests/ns/load "$1/load" && mkdir -p "$1/load.d"
}
services() { # N PREFIX [LINE…]: entries of N services
	local i n=$1 prefix=$2
	shift 2
	for i in $(seq 0 $((n - 1))); do
		printf '  - name: %s%d\n    image: nanny/sysctl\n    command: [/x]\n' "$prefix" "$i"
		[ $# -eq 0 ] || printf '    %s\n' "$@"
	done
}
inside() { nsenter -t "$pid" -m -p -r -w "$@"; }
# What has no file behind it, heap included: the sizes of the mappings, which only a new allocation changes.
anonymous() { awk '$5 == 0 && $6 != "[stack]" { print $1, $6 }' "/proc/$pid/maps"; }
pss() { awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup"; }
fds() { ls "/proc/$pid/fd" | wc -l; }
mounts() { wc -l <"/proc/$pid/mountinfo"; }
groups() { find "/proc/$pid/root/sys/fs/cgroup" -mindepth 1 -maxdepth 1 -type d | wc -l; }
children() { pgrep -P "$pid" | wc -l; }
zombies() { ps -o stat= --ppid "$pid" | grep -c Z; }
all_up() { ctl status --json | awk '/"state":/ { n++; up += $2 == "\"up\"," } END { exit !(n && n == up) }'; }
bugs() { ctl status --json | awk -F '[:,]' '/"bugs":/ { print $2 + 0 }'; }
