#include "content.h"

#include <string.h>

#include <archive.h>

#include "diag.h"

int content_write(
	struct archive *out, const char *path, const struct tree *t, const struct tree_inode *f)
{
	static uint8_t buf[1 << 16];
	off_t at = 0;

	while (at < f->size) {
		ssize_t n = tree_read(t, f, buf, sizeof(buf), at);

		if (n < 0)
			return say_error("cannot read %s: %s", path, strerror((int)-n));
		if (archive_write_data(out, buf, (size_t)n) != n)
			return say_error("cannot write %s: %s", path, archive_error_string(out));
		at += n;
	}
	return 0;
}
