/*
 * nanny-slot: the running slot has been well for long enough, and is the one to start from now on;
 * but for one whose boot files are not what was signed: it may not start again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper.h"
#include "slot_store.h"

int helper_slot(int argc, char **argv)
{
	char file[MANIFEST_NAME];
	struct slots_known k;
	int r = slot_store_check_own(file);

	(void)argc;
	(void)argv;
	if (r < 0 && (!file[0] || (r != -EBADMSG && r != -ENOENT && r != -EISDIR))) {
		fprintf(stderr, "slot: NOT marked good: its boot files cannot be read: %s\n",
			strerror(-r));
		return 1;
	}
	if (r < 0) {
		fprintf(stderr, "slot: NOT marked good: its boot file %s %s\n", file,
			r == -EBADMSG ? "is not what was signed" : strerror(-r));
		slot_store_say_left(slot_store_note(SLOT_BAD, &k), &k);
		return 1;
	}
	r = slot_store_note(SLOT_GOOD, &k);
	if (r < 0)
		fprintf(stderr, "slot: cannot be marked good: %s\n", strerror(-r));
	else
		fprintf(stderr, "slot: %c is good\n", k.running);
	return r < 0;
}
