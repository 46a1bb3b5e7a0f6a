#include "cmdline.h"

#include <string.h>

#include "read_text.h"

static const char space[] = " \t\n";

const char *cmdline_read(char buf[CMDLINE_MAX])
{
	(void)read_text("/proc/cmdline", buf, CMDLINE_MAX);
	buf[strcspn(buf, "\n")] = '\0';
	return buf;
}

/* The word at *at, which moves on; its length, 0 at the end. */
static size_t next_word(const char **at, const char **ret_word)
{
	size_t len;

	*at += strspn(*at, space);
	*ret_word = *at;
	len = strcspn(*at, space);
	*at += len;
	return len;
}

bool cmdline_has(const char *line, const char *word)
{
	const char *at = line, *w;
	size_t len;

	while ((len = next_word(&at, &w))) {
		if (len == strlen(word) && memcmp(w, word, len) == 0)
			return true;
	}
	return false;
}

bool cmdline_next(const char **at, const char *key, char *ret, size_t size)
{
	size_t len, value, key_len = strlen(key);
	const char *w;

	while ((len = next_word(at, &w))) {
		if (len < key_len || memcmp(w, key, key_len) != 0)
			continue;
		value = strcspn(w + key_len, ", \t\n");
		if (value >= size)
			continue;
		memcpy(ret, w + key_len, value);
		ret[value] = '\0';
		return true;
	}
	return false;
}
