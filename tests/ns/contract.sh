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

exec 8<"$(in_root /dev/console)"
ctl poweroff
wait "$unshare_pid"
cat <&8 >"$work/console"
order_of() { console | grep -oE "$1" | tr '\n' ' '; }
check "at the end, too, programs and steps are in order" \
	[ "$(order_of '\[005-first\] first|\[bye\] bye|\[020-last\] last')" = "[005-first] first [bye] bye [020-last] last " ]
check "daemons are asked to end before that" eval 'console | awk "/daemon ends/ { d = NR } /first of the end/ { f = NR } END { exit !(d && f > d) }"'
