#include "nannyctl_data.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../lib/verb.h"
#include "data.h"
#include "read_text.h"

static const char *first_line(const char *path, char *ret, size_t size)
{
	(void)read_text(path, ret, size);
	ret[strcspn(ret, "\n")] = '\0';
	return ret;
}

const char *nannyctl_data(char *ret, size_t size)
{
	return first_line(DATA_NOTE, ret, size);
}

/* The mark first: a machine that loses its power from here on is wiped all the same. */
int nannyctl_factory_reset(const struct options *o, const char *name)
{
	char device[128];
	int r;

	(void)name;
	if (!first_line(DATA_DEVICE, device, sizeof(device))[0])
		return say(EXIT_FAILED, "this machine has no data partition", NULL);
	r = data_request_reset(device);
	if (r < 0)
		return say(EXIT_FAILED, "cannot mark the data partition", strerror(-r));
	return run_request(o, "factory-reset\n", NULL, NULL);
}
