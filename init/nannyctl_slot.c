#include "nannyctl_slot.h"

#include <errno.h>
#include <string.h>

#include "../lib/verb.h"
#include "slot_store.h"

enum {
	TRIES = 3, /* U-Boot's own word for it is bootlimit */
};

static int refuse(int r, const struct slots_tried *t)
{
	switch (r) {
	case -ENODEV:
		return say(EXIT_FAILED, "this machine has no slots", NULL);
	case -EBUSY:
		return say(EXIT_FAILED,
			"this slot is on trial itself; nannyctl board tells when it is good", NULL);
	case -EBADMSG:
	case -EFBIG:
		return say(EXIT_FAILED, "there is no system in the other slot", NULL);
	case -EUCLEAN:
		return say(EXIT_FAILED, t->boot_file,
			"this boot file of the other slot is not what was signed");
	default:
		return say(EXIT_FAILED, "cannot put the other slot on trial", strerror(-r));
	}
}

int nannyctl_try(const struct options *o, const char *name)
{
	const int64_t times = options_have(o, 'n') ? o->lines : TRIES;
	struct slots_tried tried = {.slot = '\0'};
	int r;

	(void)name;
	if (times < 1 || times > SLOT_TRIES_MAX)
		return say(EXIT_USAGE, "try", "is done 1 to 9 times");
	r = slot_store_try((uint8_t)times, &tried);
	if (r < 0)
		return refuse(r, &tried);
	fprintf(stderr, "slot %c, %s %s, is started next, on trial\n", tried.slot,
		tried.manifest.board, tried.manifest.version);
	return run_request(o, "try\n", NULL, NULL);
}
