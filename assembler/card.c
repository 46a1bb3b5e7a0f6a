#include "card.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

enum {
	FIRST_PARTITION = 1 << 20, /* bytes; as partition_plan() has it */
};

/* The real boot ROM would read it from there. */
static int take_kernel(
	struct arena *a, const struct board *b, const char *image, const char *kernel)
{
	const char *drive = arena_printf(a, "%s@@%d", image, FIRST_PARTITION);
	const char *from = arena_printf(a, "::/%s", b->qemu.kernel);
	const char *const argv[] = {"mcopy", "-n", "-o", "-i", drive, from, kernel, NULL};
	const struct tool t = {.argv = argv, .date = 0};

	return tool_run(a, &t);
}

int card_prepare(struct arena *a, const struct board *b, const char *image, const char *card,
	const char *kernel)
{
	char *whole = realpath(image, NULL);
	const char *size = arena_printf(a, "%" PRIu64, b->disk.card.bytes);
	const char *const argv[] = {"qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b",
		whole ? arena_strdup(a, whole) : "", card, size, NULL};
	const struct tool t = {.argv = argv, .date = 0};

	if (!whole)
		return say_error("%s: %s", image, strerror(errno));
	free(whole);
	if (tool_run(a, &t) < 0)
		return -1;
	return kernel ? take_kernel(a, b, image, kernel) : 0;
}
