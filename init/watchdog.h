/*
 * The hardware watchdog: opened while the modules are still being loaded, fed four times in its
 * limit, by a turn of the loop in which everything has settled and the critical services are well.
 * Each share of the limit that goes by without is a missed probe, and is written down at once, so
 * that the next boot knows what the hardware cannot tell.  Owns the device.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hardware;
struct machine;

enum {
	WATCHDOG_SHARES = 4, /* of the limit: so often is it looked whether to feed */
};

struct watchdog {
	int fd;           /* -1: none */
	int64_t limit_ms; /* so long without food, and the machine is reset */
	int64_t look_at;  /* the next look; CTR_NEVER */
	uint32_t missed;  /* looks in a row at which it was not fed */
	char why[120];    /* it was not */
};

/* If the device is there by now; may be tried again.  -errno: -ENOENT also when none is named. */
int watchdog_open(struct watchdog *w, const struct hardware *h, int64_t now_ms);
/* The last of a turn. */
void watchdog_settle(struct machine *m);
/*
 * All is unmounted, reboot(2) is next: fed once more, and never again, so that a machine that hangs
 * on the way is reset.  One that is to halt stands still for good: there it is let go.
 */
void watchdog_last(struct machine *m);
