#!/usr/bin/env bash
# The goat feeder on a mainframe, where numbers have their bytes the other way round: up, its page, the end in order.
. "$(dirname "$0")/lib.sh"
needs s390x qemu-system-s390x "Debian's qemu-system-misc"
feeder qemu-s390x 400
check "its watchdog is armed" says "watchdog /dev/watchdog0: armed, 60 s"
feeder_answers qemu-s390x
echo "nannyctl poweroff" >&3
feeder_ends qemu-s390x poweroff
exit $bad
