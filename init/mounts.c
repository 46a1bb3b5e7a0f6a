#include "mounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel writes space, tab, newline and backslash as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && strspn(s + 1, "01234567") >= 3) {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static int add_row(struct mounts *m, const char *target, const char *type)
{
	struct mounts_row *row = realloc(m->row, (m->n + 1) * sizeof(*row));

	if (!row)
		return -ENOMEM;
	m->row = row;
	row[m->n].target = strdup(target);
	row[m->n].type = strdup(type);
	m->n++;
	return row[m->n - 1].target && row[m->n - 1].type ? 0 : -ENOMEM;
}

/* "36 35 98:0 / /mnt rw,noatime shared:1 - ext3 /dev/root rw": field 5, and the first after " - ".
 */
static int parse_line(struct mounts *m, char *line)
{
	char *save = NULL, *target = NULL;
	char *rest = strstr(line, " - ");
	char *type;

	if (!rest)
		return 0;
	*rest = '\0';
	type = strtok_r(rest + 3, " ", &save);
	save = NULL;
	for (int i = 0; i < 5; i++)
		target = strtok_r(i ? NULL : line, " ", &save);
	if (!target || !type)
		return 0;
	unescape(target);
	return add_row(m, target, type);
}

int mounts_read(struct mounts *ret_m)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	struct mounts m = {0};
	char *line = NULL;
	size_t size = 0;
	int r = 0;

	if (!f)
		return -errno;
	while (r == 0 && getline(&line, &size, f) > 0)
		r = parse_line(&m, line);
	free(line);
	(void)fclose(f);
	if (r < 0)
		mounts_free(&m);
	else
		*ret_m = m;
	return r;
}

void mounts_free(struct mounts *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->row[i].target);
		free(m->row[i].type);
	}
	free(m->row);
	*m = (struct mounts){0};
}
