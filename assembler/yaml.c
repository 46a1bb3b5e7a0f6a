#include "yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "yamltree.h"

static void second_document(struct loader *l, struct fy_event *e)
{
	diag_error(l->d, loader_event_mark(l, e), "a second document: one file holds one");
	l->failed = true;
}

/* STREAM_START DOCUMENT_START node DOCUMENT_END STREAM_END, and nothing else. */
static struct ynode *load_stream(struct loader *l)
{
	struct built root = {0};
	struct fy_event *e;
	int n_documents = 0;

	while (!l->failed && (e = loader_next(l))) {
		enum fy_event_type type = e->type;

		if (type == FYET_DOCUMENT_START && n_documents++)
			second_document(l, e);
		else if (type != FYET_STREAM_START && type != FYET_STREAM_END &&
			 type != FYET_DOCUMENT_START && type != FYET_DOCUMENT_END)
			(void)loader_node(l, e, 1, &root);
		fy_parser_event_free(l->parser, e);
		if (type == FYET_STREAM_END)
			break;
	}
	if (!l->failed && !root.node)
		diag_error(l->d, (struct mark){l->name, 0, 0}, "the file is empty");
	return l->failed ? NULL : root.node;
}

/* The error that YAML's users make without seeing it: '#' at the margin ends a block of text. */
static const char *hint(const struct loader *l, struct mark at)
{
	const char *line = l->text, *end = l->text + l->len;
	size_t indent = 0;

	for (int i = 1; i < at.line - 1 && line < end; i++) {
		const char *next = memchr(line, '\n', (size_t)(end - line));

		line = next ? next + 1 : end;
	}
	while (line + indent < end && line[indent] == ' ')
		indent++;
	return at.line > 1 && line + indent < end && line[indent] == '#' &&
			       indent + 1 < (size_t)at.col
		       ? ": the comment above it, further left, ends the text"
		       : "";
}

/* The library's own messages, with our name for the file. */
static void take_errors(struct loader *l, struct fy_diag *fd, int before)
{
	struct fy_diag_error *e;
	void *at = NULL;

	while ((e = fy_diag_errors_iterate(fd, &at))) {
		struct mark mark = {
			l->name, e->line > 0 ? e->line : 1, e->column > 0 ? e->column : 1};

		if (e->type == FYET_ERROR)
			diag_error(l->d, mark, "%s%s", e->msg, hint(l, mark));
	}
	if (l->failed && diag_count(l->d) == before)
		diag_error(l->d, l->at, "this is no YAML");
}

static void ignore_output(struct fy_diag *fd, void *user, const char *buf, size_t len)
{
	(void)fd;
	(void)user;
	(void)buf;
	(void)len;
}

static struct ynode *load(struct loader *l)
{
	struct fy_diag_cfg dc;
	struct fy_parse_cfg pc = {.flags = FYPCF_JSON_NONE | FYPCF_DISABLE_MMAP_OPT};
	struct ynode *root = NULL;
	int before = diag_count(l->d);

	fy_diag_cfg_default(&dc);
	dc.fp = NULL;
	dc.output_fn = ignore_output;
	dc.colorize = false;
	pc.diag = fy_diag_create(&dc);
	if (pc.diag)
		fy_diag_set_collect_errors(pc.diag, true);
	l->parser = pc.diag ? fy_parser_create(&pc) : NULL;
	if (l->parser && fy_parser_set_string(l->parser, l->text, l->len) == 0) {
		root = load_stream(l);
		take_errors(l, pc.diag, before);
	} else {
		diag_error(l->d, (struct mark){l->name, 0, 0}, "cannot be read: out of memory");
	}
	fy_parser_destroy(l->parser);
	fy_diag_destroy(pc.diag);
	return diag_count(l->d) == before ? root : NULL;
}

static bool check_bytes(struct loader *l)
{
	size_t good = yaml_utf8(l->text, l->len);

	if (good == l->len)
		return true;
	if (l->text[good])
		diag_error(l->d, loader_mark(l, good), "the byte 0x%02x is no UTF-8",
			(unsigned char)l->text[good]);
	else
		diag_error(l->d, loader_mark(l, good), "a NUL byte is not allowed");
	return false;
}

struct ynode *yaml_parse(
	struct arena *a, struct diag *d, const char *name, const char *text, size_t len)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct loader l = {.a = a, .d = d, .name = arena_strdup(a, name), .text = text, .len = len};

	if (len >= strlen(bom) && !memcmp(text, bom, strlen(bom))) {
		l.text += strlen(bom);
		l.len -= strlen(bom);
	}
	l.at = (struct mark){l.name, 1, 1};
	if (l.len > YAML_BYTES_MAX) {
		diag_error(d, (struct mark){l.name, 0, 0}, "larger than %d bytes", YAML_BYTES_MAX);
		return NULL;
	}
	return check_bytes(&l) ? load(&l) : NULL;
}

/* All of it, or one byte more than is allowed, in the arena; negative errno when it cannot be read.
 */
static ssize_t read_all(struct arena *a, int fd, char **ret_text)
{
	const size_t max = YAML_BYTES_MAX + 1;
	size_t n = 0, size = 1 << 14;
	char *buf = arena_alloc(a, size), *more;

	while (n < max) {
		ssize_t r = read(fd, buf + n, (size < max ? size : max) - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		n += (size_t)r;
		if (n < size)
			continue;
		more = arena_alloc(a, size * 2);
		memcpy(more, buf, n);
		buf = more;
		size *= 2;
	}
	*ret_text = buf;
	return (ssize_t)n;
}

struct ynode *yaml_load(struct arena *a, struct diag *d, const char *path)
{
	struct ynode *root = NULL;
	char *text = NULL;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		diag_error(d, (struct mark){path, 0, 0}, "cannot be read: %s", strerror(errno));
		return NULL;
	}
	n = read_all(a, fd, &text);
	if (n < 0)
		diag_error(d, (struct mark){path, 0, 0}, "cannot be read: %s", strerror((int)-n));
	else
		root = yaml_parse(a, d, path, text, (size_t)n);
	(void)close(fd);
	return root;
}
