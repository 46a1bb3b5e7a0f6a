/*
 * A sealed root: the first stage's initramfs holds the public key of who may make roots for this
 * machine, and what it expects of one.  Then nothing is mounted that was not signed.
 */
#pragma once

#define SEAL_KEY    "/etc/nanny/key.pub" /* minisign's; with it, the root is sealed */
#define SEAL_EXPECT "/etc/nanny/slot"    /* lines "board NAME", "security-version N" */
#define SEAL_MOUNT  "/root"
