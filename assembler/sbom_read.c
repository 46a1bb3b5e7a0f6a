/* What an image says is in it: an SPDX document of its own, or the lists of dpkg and apk. */
#include "sbom.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cache.h"
#include "licence.h"

enum {
	LIST_MAX = 64 << 20, /* of a status file or a document: more is no list of packages */
};

struct reader {
	struct sbom *sbom;
	struct arena *arena;
	const char *image; /* SPDX id */
	const struct tree *files;
	const char *os, *release; /* /etc/os-release: debian, 12 */
};

static char *text_at(const struct reader *r, const char *path)
{
	const struct tree_inode *f;
	char *real, *text;

	if (tree_follow(r->files, path, &real) < 0)
		return NULL;
	f = tree_get(r->files, real);
	free(real);
	if (!f || !S_ISREG(f->mode) || f->size > LIST_MAX)
		return NULL;
	text = arena_alloc(r->arena, (size_t)f->size + 1);
	for (off_t at = 0; at < f->size;) {
		ssize_t n = tree_read(r->files, f, text + at, (size_t)(f->size - at), at);

		if (n <= 0)
			return NULL;
		at += n;
	}
	return text;
}

/* The value of "NAME=value" or of "Name: value" at the start of a line, before `end`. */
static const char *value_of(
	struct arena *a, const char *text, const char *end, const char *name, const char *blanks)
{
	size_t n = strlen(name);

	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((eol ? eol : end) - text);

		if (len > n && strncmp(text, name, n) == 0) {
			text += n;
			len -= n;
			while (len > 0 && strchr(blanks, *text))
				text++, len--;
			while (len > 0 && strchr(blanks, text[len - 1]))
				len--;
			return arena_strndup(a, text, len);
		}
		text += len + 1;
	}
	return NULL;
}

static void read_release(struct reader *r, const char *other)
{
	const char *text = text_at(r, "etc/os-release");
	const char *end = text ? text + strlen(text) : NULL;
	const char *id = text ? value_of(r->arena, text, end, "ID=", "\"' ") : NULL;
	const char *version = text ? value_of(r->arena, text, end, "VERSION_ID=", "\"' ") : NULL;

	r->os = id && *id ? id : other;
	r->release = version ? version : "";
}

static void add(
	struct reader *r, const char *type, const struct sbom_package *known, const char *arch)
{
	struct sbom_package p = *known;

	p.purl = arena_printf(r->arena, "pkg:%s/%s/%s@%s%s%s&distro=%s%s%s", type,
		purl_escape(r->arena, r->os, ""), purl_escape(r->arena, p.name, ""),
		purl_escape(r->arena, p.version, ":"), "?arch=", arch ? arch : "all", r->os,
		*r->release ? "-" : "", r->release);
	sbom_relate(r->sbom, r->image, "CONTAINS", sbom_add(r->sbom, &p));
}

/* Calls `one` with each paragraph of a text, which blank lines divide. */
static void each_paragraph(struct reader *r, const char *text,
	void (*one)(struct reader *, const char *, const char *))
{
	while (text && *text) {
		const char *end = strstr(text, "\n\n");

		one(r, text, end ? end + 1 : text + strlen(text));
		text = end ? end + 2 : NULL;
	}
}

static void add_dpkg(struct reader *r, const char *at, const char *end)
{
	const char *name = value_of(r->arena, at, end, "Package:", " ");
	const char *version = value_of(r->arena, at, end, "Version:", " ");
	const char *status = value_of(r->arena, at, end, "Status:", " ");
	const char *copyright;

	/* Removed packages leave their configuration; distroless lists have no status. */
	if (!name || !version || (status && !strstr(status, " installed")))
		return;
	copyright = text_at(r, arena_printf(r->arena, "usr/share/doc/%s/copyright", name));
	add(r, "deb",
		&(struct sbom_package){.name = name,
			.version = version,
			.licence = copyright ? licence_of_copyright(r->arena, copyright) : NULL},
		value_of(r->arena, at, end, "Architecture:", " "));
}

static int visit_status(void *ctx, const char *path, const struct tree_inode *f)
{
	static const char folder[] = "var/lib/dpkg/status.d/";
	struct reader *r = ctx;

	if (strncmp(path, folder, sizeof(folder) - 1) == 0 && S_ISREG(f->mode) &&
		!strstr(path, ".md5sums"))
		each_paragraph(r, text_at(r, path), add_dpkg);
	return 0;
}

static void add_apk(struct reader *r, const char *at, const char *end)
{
	const char *name = value_of(r->arena, at, end, "P:", " ");
	const char *version = value_of(r->arena, at, end, "V:", " ");
	const char *words = value_of(r->arena, at, end, "L:", " ");
	const char *licence = words ? licence_of_words(r->arena, words) : NULL;

	if (!name || !version)
		return;
	add(r, "apk",
		&(struct sbom_package){.name = name,
			.version = version,
			.licence = licence,
			.comment = words && !licence
					   ? arena_printf(r->arena, "as packaged: %s", words)
					   : NULL},
		value_of(r->arena, at, end, "A:", " "));
}

/* ------------------------------------------------------------------ an SPDX document */

static const char *str(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

/* An id of the image's document → one of ours: it is the image's alone. */
static const char *own_id(const struct reader *r, const char *id)
{
	const char *image = strrchr(r->image, '-');

	return arena_printf(r->arena, "SPDXRef-Image%s-%s", image ? image : "",
		strncmp(id, "SPDXRef-", 8) == 0 ? id + 8 : id);
}

static bool is_id(const char *s)
{
	return *s && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			       "0123456789.-") == strlen(s);
}

static void add_relations(struct reader *r, const json_t *list, json_t *known)
{
	const json_t *j;
	size_t i;

	json_array_foreach(list, i, j)
	{
		const char *from = str(j, "spdxElementId"), *to = str(j, "relatedSpdxElement");
		const char *type = str(j, "relationshipType");

		if (!json_object_get(known, to))
			continue;
		if (json_object_get(known, from))
			sbom_relate(r->sbom, own_id(r, from), type, own_id(r, to));
		else if (strcmp(type, "DESCRIBES") == 0)
			sbom_relate(r->sbom, r->image, "CONTAINS", own_id(r, to));
	}
}

/* False when it is none that can be merged. */
static bool read_document(struct reader *r, const char *text)
{
	json_t *doc = json_loads(text, 0, NULL), *known = json_object();
	const json_t *list = json_object_get(doc, "packages"), *j;
	size_t i;

	json_array_foreach(list, i, j)
	{
		const char *id = str(j, "SPDXID");

		if (!is_id(id) || !*str(j, "name"))
			continue;
		(void)json_object_set_new(known, id, json_true());
		(void)sbom_add_json(r->sbom, own_id(r, id), j);
		sbom_relate(r->sbom, r->image, "CONTAINS", own_id(r, id));
	}
	add_relations(r, json_object_get(doc, "relationships"), known);
	i = json_object_size(known);
	json_decref(known);
	json_decref(doc);
	return i > 0;
}

void sbom_read(struct sbom *s, struct arena *a, const char *image, const struct tree *files)
{
	struct reader r = {.sbom = s, .arena = a, .image = image, .files = files};
	const char *text = text_at(&r, "sbom.spdx.json");

	if (text && read_document(&r, text))
		return;
	read_release(&r, "debian");
	each_paragraph(&r, text_at(&r, "var/lib/dpkg/status"), add_dpkg);
	(void)tree_walk(files, visit_status, &r);
	read_release(&r, "alpine");
	text = text_at(&r, "lib/apk/db/installed");
	each_paragraph(&r, text ? text : text_at(&r, "usr/lib/apk/db/installed"), add_apk);
}
