/*
 * The helper programs: this binary under other names (argv[0]), run by PID 1 as children with a
 * deadline.  What may block, allocate, or trip over a file from elsewhere happens in them: reading
 * JSON, mounting, network links, unmounting.  They print errors on stderr and exit 0 or 1.
 */
#pragma once

#define HELPER_SCAN     "nanny-scan"     /* mounts the volumes; writes scan.h's records to stdout */
#define HELPER_PREPARE  "nanny-prepare"  /* BUNDLE: mounts, mkdir, cgroups of runtime.json */
#define HELPER_WIRE     "nanny-wire"     /* BUNDLE PID: interfaces, bindNS of runtime.json */
#define HELPER_PROGRAM  "nanny-program"  /* PATH GROUP: becomes a program of /etc/init.d */
#define HELPER_CLEAN    "nanny-clean"    /* GROUP [BUNDLE]: the groups, and what is mounted there */
#define HELPER_UNMOUNT  "nanny-unmount"  /* all file systems: unmounted or read-only, synced */
#define HELPER_COLDPLUG "nanny-coldplug" /* loads what devices ask for; COLDPLUG_NOTHING */
#define HELPER_MODPROBE "modprobe"       /* NAME…: called by the kernel, as /sbin/modprobe */
#define HELPER_OFF      "nanny-off"      /* halt | poweroff | reboot | rollback | …: reboot(2) */
#define OFF_BY_LADDER   "give-up"        /* a reboot by the ladder, which counts (slots.h) */
#define HELPER_SLOT     "nanny-slot"     /* the running slot is good (slots.h) */
#define HELPER_CLOCK    "nanny-clock"    /* the data partition learns the time */
#define HELPER_SEAL     "nanny-seal" /* NAME SECONDS: verifies and mounts a sealed root (seal.h) */

/*
 * wait|once KIND ARGUMENT RUNTIME ID: is it ready, is it well?  stdin is the container's pidfd.
 */
#define HELPER_PROBE      "nanny-probe"
#define HELPER_PROBE_WAIT "wait" /* ends when it is so */
#define HELPER_PROBE_ONCE "once" /* ends with what is so now */

/* Held by a HELPER_PREPARE while it mounts a root. */
#define HELPER_ROOTS_LOCK "/run/nanny/roots.lock"

enum {
	COLDPLUG_NOTHING = 3, /* no modules.alias in the image */
};

int helper_coldplug(int argc, char **argv);
/* The same as part of another helper. */
int coldplug(void);
int helper_modprobe(int argc, char **argv);
int helper_probe(int argc, char **argv);
int helper_scan(int argc, char **argv);
int helper_prepare(int argc, char **argv);
int helper_wire(int argc, char **argv);
int helper_program(int argc, char **argv);
int helper_clean(int argc, char **argv);
int helper_unmount(int argc, char **argv);
int helper_off(int argc, char **argv);
int helper_seal(int argc, char **argv);
int helper_slot(int argc, char **argv);
int helper_clock(int argc, char **argv);
