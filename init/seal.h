/*
 * A sealed root: the first stage's initramfs holds the public key of who may make roots for this
 * machine, and what it expects of one.  Then nothing is mounted that was not signed.
 */
#pragma once

#define SEAL_KEY    "/etc/nanny/key.pub" /* minisign's; with it, the root is sealed */
#define SEAL_EXPECT "/etc/nanny/slot"    /* lines "board NAME", "security-version N" */
#define SEAL_MOUNT  "/root"

/*
 * root=PARTLABEL=system-? is the slot whose boot partition the program came from: as systemd's EFI
 * stub has been told by the firmware (efi.h), or the active one of a BIOS (active.h).
 */
#define SEAL_ANY_SLOT '?'

/* The mapping's name in the device mapper; with "-a" or "-b" behind it, which slot runs. */
#define SEAL_MAPPING "system"

enum {
	SEAL_SLOT_WAIT_MS = 30 * 1000, /* for the disk that the firmware has started from */
};
