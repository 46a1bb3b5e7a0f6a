#!/usr/bin/env bash
# Of devices only the kernel is believed: what others send to the same group is counted and does nothing.
. "$(dirname "$0")/lib.sh"
why=$(cannot)
[ -z "$why" ] || { echo "skip plug: $why"; exit 0; }
{
	echo 'services:'
	services 1 s
} >"$work/plug.yml"
prepare_root=stand_in
begin "$work/plug.yml" || { not_ok "init boots in namespaces: $(cat "$work/out")"; exit 1; }
wait_for 30 all_up
forge() { # COUNT
	nsenter -t "$pid" -n python3 - "$1" <<-'EOT'
		import socket
		import sys
		s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15)
		s.bind((0, 0))
		for i in range(int(sys.argv[1])):
		    s.sendto(b"add@/devices/x\0ACTION=add\0MODALIAS=pci:v1\0", (0, 1))
	EOT
}
before=$(member kernel)
forge 100
check "100 forged messages are known as such ($(member forged))" wait_for 10 eval '[ "$(member forged)" -eq 100 ]'
check "none was believed" [ "$(member kernel)" = "$before" ]
nsenter -t "$pid" -n ip link add forged0 type veth peer name forged1
check "the kernel's own are ($((before)) before, $(member kernel) now)" wait_for 10 eval '[ "$(member kernel)" -gt "$before" ]'
forge 50000 &
storm=$!
slow=0
while kill -0 $storm 2>/dev/null; do ctl status >/dev/null || slow=1; done
check "in a storm of 50 000 everybody is answered ($(member forged) seen, $(member lost) overruns)" [ $slow -eq 0 ]
check "turns stay short ($(member max_us) us at most)" [ "$(member max_us)" -lt 100000 ]
check "nothing of it was believed" [ "$(ctl logs -n 1000 init | grep -c coldplug)" -eq 0 ]
