#include "words.h"

#include <string.h>

static void say(struct words *w, const char *text, size_t len)
{
	const size_t size = sizeof(w->said);
	size_t off, first;

	if (len > size) {
		w->head += len - size;
		text += len - size;
		len = size;
	}
	off = w->head % size;
	first = len < size - off ? len : size - off;
	memcpy(w->said + off, text, first);
	memcpy(w->said, text + first, len - first);
	w->head += len;
}

void words_line(struct words *w, const char *who, const char *text, size_t len)
{
	say(w, "[", 1);
	say(w, who, strlen(who));
	say(w, "] ", 2);
	say(w, text, len);
	say(w, "\n", 1);
}

/* Some have been overwritten: the rest begins with a whole line. */
static void skip_torn(struct words *w)
{
	const size_t size = sizeof(w->said);

	if (w->head - w->tail <= size)
		return;
	w->tail = w->head - size;
	while (w->tail < w->head && w->said[w->tail++ % size] != '\n')
		continue;
}

size_t words_take(struct words *w, char *to)
{
	size_t n = 0;

	skip_torn(w);
	while (w->tail < w->head)
		to[n++] = w->said[w->tail++ % sizeof(w->said)];
	return n;
}
