#!/usr/bin/env bash
# LinuxKit's contract: what images made for its init expect.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip contract: $why"; exit 0; }

# The machine's own shell, as linuxkit/init or linuxkit/getty would bring it.
with_shell() {
	local busybox
	busybox=$(find "$1/containers" -name busybox -type f | head -n 1)
	mkdir -p "$1/bin" && cp "$busybox" "$1/bin/busybox" || return 1
	for i in sh sleep; do ln -sf busybox "$1/bin/$i"; done
}
prepare_root=with_shell
begin tests/ns/contract.yml || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }
wait_for 60 is 031-very-last done
wait_for 60 is sleeper up

# Programs of /etc/init.d.
check "programs and steps run in the order of their names" \
	[ "$(tr '\n' ' ' <"$(in_root /run/order)")" = "000-kexec step 015-between 030-last 031-very-last " ]
check "what a program says is on the console, and it has a PATH" says "[000-kexec] kexec says hello, PATH is /sbin:/usr/sbin:/bin:/usr/bin"
check "it is in the status, as what it is" [ "$(field 000-kexec kind)" = init.d ]
check "one that fails has failed, with its exit status" eval 'is 003-fails failed && says "003-fails: failed: exit status 4"'
check "one without its interpreter says so" says "the image has not the interpreter of its first line"
check "what init does itself is not run" eval '! says "the issue twice" && ! says "memlogd again" && [ -z "$(field 010-onboot state)$(field 020-containerd state)" ]'
daemon() { cat "$(in_root /sys/fs/cgroup/@init.d/001-getty/cgroup.procs)" 2>/dev/null | grep -q .; }
check "what a program left running runs on" eval 'is 001-getty done && daemon'

# The console.
check "the greeting is the image's" says "Welcome to LinuxKit, says the image"
check "a line of an onboot container is found as LinuxKit's tests look for it" eval 'console | grep -q "suite PASSED"'

# runtime.json.
wait_for 30 is taker up || ctl logs hands-on
links() { ctl logs hands-on | grep -cE '^[0-9]+: (made|in-bridge|moved0|veth0)[@:]'; }
check "links are made outside and moved, made inside, only moved, and a pair's one end" [ "$(links)" -eq 4 ]
check "a pair's other end stays outside" eval 'nsenter -t "$pid" -n ip -br link | grep -q "^veth1"'
check "what was moved is outside no more" eval '! nsenter -t "$pid" -n ip -br link | grep -qE "^(made|moved0)"'
wired=$(host_pid hands-on)
same() { # NAME KIND PROCESS
	local at
	at=$(stat -L -c %i "$(in_root "$1")" 2>/dev/null) && [ "$at" = "$(stat -L -c %i "/proc/$3/ns/$2" 2>/dev/null)" ]
}
for ns in cgroup ipc pid user uts; do
	check "bindNS: $ns is bound to its name" same /run/ns/$ns $ns "$wired"
done
check "bindNS: net is bound to its name" same /run/netns/handed net "$wired"
wait_for 30 is keeps-mounts up
check "bindNS: mnt is bound to its name, whoever is a peer of that mount" same /run/ns/mnt mnt "$(host_pid keeps-mounts)"
taker=$(host_pid taker)
check "a later service gets those namespaces by their names" \
	eval 'same /run/netns/handed net "$taker" && same /run/ns/ipc ipc "$taker" && same /run/ns/uts uts "$taker"'
check "mkdir: absolute ones are the machine's, others the container's" \
	eval '[ -d "$(in_root /var/made/here)" ] && ctl logs hands-on | grep -q "made inside"'
check "cgroups: are made" [ -d "$(in_root /sys/fs/cgroup/extra/deep)" ]
check "mounts: are made, with their options" grep -qE ' /var/mounted .*nosuid.* - tmpfs .*size=1024k' "/proc/$pid/mountinfo"
check "a veth without a peer is an error, as with LinuxKit, and told" eval 'wait_for 10 eval "ctl logs no-peer | grep -q \"veth link alone has no peer\""'
check "what a container mounts below an rshared bind is the machine's, too" \
	eval 'ctl logs shares | grep -q "mounted it" && wait_for 5 grep -q " /var/shared " "/proc/$pid/mountinfo"'

# The machine itself.
check "the root is shared, and read-only" eval 'grep -qE "^[0-9]+ [0-9]+ [^ ]+ / / ro[^ ]* shared:" "/proc/$pid/mountinfo"'
check "what /etc/resolv.conf points to is there" [ -e "$(in_root /run/resolvconf/resolv.conf)" ]

# Programs that LinuxKit's packages and documentation call by name.
check "ctr tasks ls lists the services" eval 'inside /usr/bin/ctr -n services.linuxkit tasks ls | grep -qE "^sleeper +[0-9]+ +RUNNING"'
check "ctr tasks exec runs a program in one" \
	[ "$(inside /usr/bin/ctr -n services.linuxkit tasks exec --exec-id x sleeper /bin/busybox echo within 2>&1)" = within ]
check "ctr says what it cannot" eval 'inside /usr/bin/ctr images pull x 2>&1 | grep -q "there is no containerd"'
inside /usr/bin/service stop sleeper
check "service stop stops one" is sleeper down
inside /usr/bin/service start sleeper
check "service start starts it" is sleeper up
missing() {
	local path
	for path in /usr/bin/ctr /usr/bin/runc /containers /var/lib/containerd /var/log /etc /sys /dev /run /tmp /sbin/usermode-helper; do
		inside /bin/busybox test -e $path || echo $path
	done
}
check "what LinuxKit's getty and sshd bind is there" [ -z "$(missing)" ]

exec 8<"$(in_root /dev/console)"
inside /sbin/poweroff
wait "$unshare_pid"
cat <&8 >"$work/console"
order_of() { console | grep -oE "$1" | tr '\n' ' '; }
check "at the end, too, programs and steps are in order" \
	[ "$(order_of '\[005-first\] first|\[bye\] bye|\[020-last\] last')" = "[005-first] first [bye] bye [020-last] last " ]
check "daemons are asked to end before that" eval 'console | awk "/daemon ends/ { d = NR } /first of the end/ { f = NR } END { exit !(d && f > d) }"'
