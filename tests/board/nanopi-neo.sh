#!/usr/bin/env bash
# A NanoPi NEO, played by QEMU's Orange Pi PC: the same chip, whose boot ROM starts the card's own SPL and U-Boot.
# SOAK=1: and its watchdog ends a kernel that stands still.
. "$(dirname "$0")/lib.sh"
newer_qemu nanopi-neo # 7.2 lacks the chip's watchdog, which is what resets it
boots nanopi-neo 500 reboot "nanny: slot a"
[ -n "${SOAK:-}" ] || exit $bad

rm "$work"/*
feeder nanopi-neo 500
wait_for 120 says ":~#"
printf 'nannyctl board; echo 0 >/proc/sys/kernel/panic; echo c >/proc/sysrq-trigger\n' >&3
check "nanopi-neo: its watchdog is armed" wait_for 60 says "watchdog:    /dev/watchdog0, armed, 16 s"
check "nanopi-neo: a panic, and the kernel stands still" wait_for 60 says "end Kernel panic"
feeder_ends nanopi-neo "its watchdog"
exit $bad
