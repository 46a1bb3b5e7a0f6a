/*
 * boards/NAME/board.yml (board.yml(5)): everything about a device that is not C.
 *
 *   arch: amd64                   Debian's name: amd64 or arm64
 *   kernel:
 *     package: linux-image-amd64  in packages.lock
 *     suite: trixie-backports     of it; default the first in packages.lock
 *     file: boot/vmlinuz-*        path in the package, may hold one '*'
 *   modules: [overlay, virtio_net]   names in load order; modules.dep adds what they need
 *   coldplug: [e1000]             names; loaded when a device asks for them
 *   storage: [virtio_blk]         names; what the disk with the root needs, for formats with one
 *   console: ttyS0                required
 *   cmdline: loglevel=4           the board's own part; default ""
 *   init: [nanny/init, nanny/runc]   images for a system without `init:`; this is the default
 *   watchdog: {module: i6300esb, timeout: 30s}   without: none is opened
 *   reset-ram: {address: 0x10000000, size: 256k}   without: no boot knows of the one before
 *   factory-reset: {gpio: pinctrl-bcm2835 17}   a button held while it starts
 *     file: reset.txt             or a file put on the first partition
 *   led: ACT                      of /sys/class/leds
 *   boot: …, disk: …, rtc:, kexec:   how it starts from a disk, and what is on that
 *   qemu:                         only for a board that QEMU can be
 *     binary: qemu-system-x86_64
 *     args: [-machine, q35]
 *     netdev: virtio-net-pci      the -device on the user-mode network; without it, none
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yaml.h"

struct boot;

enum disk_table {
	DISK_GPT,
	DISK_HYBRID, /* a GPT, and an MBR with the first partition for firmware that knows no GPT */
	DISK_MBR,    /* one partition for all boot files, the slots' in folders: there are four */
};

/* Bytes; `at` is where it is said. */
struct disk_size {
	uint64_t bytes;
	struct mark at;
};

struct board {
	const char *name;
	const char *arch;           /* Debian's name: amd64, arm64 … for packages */
	const char *machine;        /* uname -m: x86_64, aarch64 … for build/MACHINE */
	const char *kernel_package; /* in packages.lock */
	const char *kernel_suite;   /* of it; NULL: the first that it has */
	struct mark kernel_at;
	const char *kernel_file; /* path in the package, may hold one '*': "boot/vmlinuz-*" */
	/* "NAME PARAMETERS" in load order, first those of watchdog and reset-ram */
	const char **modules;
	struct mark *modules_at;
	size_t n_modules;
	const char **coldplug; /* names: loaded when a device asks for them */
	struct mark *coldplug_at;
	size_t n_coldplug;
	const char **storage; /* names: what the disk with the root needs */
	struct mark *storage_at;
	size_t n_storage;
	const char *console; /* "ttyS0": becomes console=ttyS0, last on the command line */
	const char *cmdline; /* the board's own part */
	const char **init;   /* default images for `init:` */
	size_t n_init;
	struct {
		const char *device; /* NULL: there is none */
		uint32_t timeout_ms;
	} watchdog;
	struct {
		const char *gpio;  /* "LABEL LINE", or NULL: there is no button */
		const char *level; /* while it is pressed: "low" or "high" */
		uint32_t hold_ms;
	} button;
	const char *reset_file; /* of the first partition, wipes the data; NULL: there is none */
	uint64_t reset_ram;     /* its address; 0: there is none */
	const char *led;        /* NULL: none */
	struct {
		const struct boot
			*how;      /* boot.h; NULL: kernel and initrd are handed over, as by QEMU */
		const char *files; /* a folder of boards/ with a build.yml; NULL: none */
		struct mark files_at;
		const char **trees; /* device trees, as below the kernel package's folder of them */
		struct mark *trees_at;
		size_t n_trees;
		const char **variables; /* of U-Boot: "NAME=VALUE" */
		size_t n_variables;
		uint64_t environment; /* bytes U-Boot has for one on the disk; 0: its own is used */
	} boot;
	struct {
		enum disk_table table;
		bool is_sealed; /* the system is in a slot's partition, not in its initrd */
		struct disk_size firmware, boot, system, data; /* of each partition */
		struct disk_size card; /* the smallest that is promised to do */
	} disk;                        /* with boot.how */
	bool kexec_safe; /* another kernel may be started without the firmware's help */
	bool has_rtc;
	struct {
		const char *binary; /* "qemu-system-x86_64"; NULL: QEMU cannot be this board */
		const char **args;  /* machine, cpu, memory, devices */
		size_t n_args;
		const char *netdev; /* the -device for the user-mode network, e.g. "virtio-net-pci";
				       "nic": the machine's own; NULL: none */
		const char **disk;  /* its words for the disk, '%' is the file; empty: none */
		size_t n_disk;
		const char
			*system; /* YAML of boards/ that is added to a system in QEMU; NULL: none */
		const char *kernel; /* a file of the firmware's partition that QEMU starts, because
				       it cannot be the firmware; NULL: it starts the disk */
		bool is_bios;       /* … as QEMU's own firmware (-bios), not as a kernel */
	} qemu;
};

/* NULL with the reasons in d, one of them a list of the boards there are when this one is none. */
struct board *board_load(struct arena *a, struct diag *d, const char *boards_dir, const char *name);
