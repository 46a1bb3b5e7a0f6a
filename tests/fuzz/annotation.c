/* The annotations' values. */
#include <signal.h>

#include "../../lib/annotation.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	uint32_t ms = 7;
	int sig = 0;

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (annotation_duration(text, &ms))
		MUST(ms <= INT32_MAX && (ms || *text == '0'));
	else
		MUST(ms == 7);
	MUST(!annotation_signal(text, &sig) || (sig > 0 && sig < NSIG));
	/* It becomes a part of tmpfs's options: no second one may stand in it. */
	MUST(!annotation_size(text) || !strpbrk(text, ", \n="));
	free(text);
	return 0;
}
