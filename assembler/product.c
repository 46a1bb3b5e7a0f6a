#include "product.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/text.h"
#include "cache.h"
#include "io.h"
#include "mem.h"
#include "temp.h"

struct part {
	product_make *make;
	char *path;
	int fd; /* -1: published */
};

static struct part *find(struct product *p, product_make *make)
{
	for (size_t i = 0; i < p->n_parts; i++)
		if (p->part[i].make == make)
			return &p->part[i];
	return NULL;
}

/* Commit and fsync go by the descriptor: it has to be the file that has the name. */
static int check_same(const char *path, int fd)
{
	struct stat named, open;

	if (stat(path, &named) < 0 || fstat(fd, &open) < 0)
		return say_error("%s: %s", path, strerror(errno));
	if (named.st_ino != open.st_ino || named.st_dev != open.st_dev)
		return say_error("%s: a tool has put another file in its place", path);
	if (open.st_size == 0)
		return say_error("%s: a tool has written nothing", path);
	return 0;
}

static int open_part(struct product *p, struct part *new)
{
	new->path = arena_printf(p->arena, "%s/%zu", p->work, p->n_parts);
	temp_add(new->path);
	new->fd = open(new->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return new->fd < 0 ? say_error("%s: %s", new->path, strerror(errno)) : 0;
}

const char *product_part(struct product *p, product_make *make)
{
	struct part *have = find(p, make);
	struct part new = {.make = make};

	if (have)
		return have->path;
	if (open_part(p, &new) < 0)
		return NULL;
	/* Before it is made: making it may make others, whose names are counted. */
	p->part = mem_grow(p->part, p->n_parts + 1, sizeof(*p->part));
	p->part[p->n_parts++] = new;
	if (make(p, new.path, new.fd) < 0 || check_same(new.path, new.fd) < 0)
		return NULL;
	return new.path;
}

/* A full disk may tell only now; after this, only names change. */
int product_settle(struct product *p, product_make *make, const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return say_error("cannot write %s: %s", path, strerror(EISDIR));
	if (fsync(find(p, make)->fd) < 0)
		return say_error("cannot write %s: %s", path, strerror(errno));
	return 0;
}

int product_publish(struct product *p, product_make *make, const char *path)
{
	struct part *part = find(p, make);
	int fd = part->fd;

	part->fd = -1;
	return cache_commit(fd, part->path, path) < 0 ? -1 : 0;
}

void product_clear(struct product *p)
{
	for (size_t i = 0; i < p->n_parts; i++)
		if (p->part[i].fd >= 0)
			(void)close(p->part[i].fd);
	if (p->work)
		io_remove_all(p->work);
	for (size_t i = 0; i < p->n_parts; i++)
		temp_drop(p->part[i].path);
	if (p->work)
		temp_drop(p->work);
	free(p->part);
	p->part = NULL;
	p->n_parts = 0;
	p->work = NULL;
}

int product_date(const struct image_ctx *ctx, int64_t *ret)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	*ret = ctx->lock->date;
	if (!epoch || !*epoch || text_number(epoch, 0, PRODUCT_DATE_MAX, ret))
		return 0;
	diag_error(ctx->diag, (struct mark){"SOURCE_DATE_EPOCH", 0, 0},
		"'%s' is not a number of seconds since 1970 before the year 10000", epoch);
	return -1;
}

const struct key *product_key(struct product *p)
{
	if (!p->key)
		p->key = p->key_file ? key_load(p->arena, p->key_file) : key_development(p->arena);
	return p->key;
}
