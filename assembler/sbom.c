#include "sbom.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "licence.h"
#include "product.h"
#include "sha256.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

#define ROOT "SPDXRef-System"

struct sbom {
	struct arena *arena;
	json_t *packages;  /* object: by SPDX id */
	json_t *relations; /* object: "FROM TYPE TO" → the relationship */
	struct seen {
		const char *digest;
		struct seen *next; /* sbom::seen */
	} * seen;                  /* images */
};

struct sbom *sbom_new(struct arena *a)
{
	struct sbom *s = arena_alloc(a, sizeof(*s));

	s->arena = a;
	s->packages = json_object();
	s->relations = json_object();
	return s;
}

static void sbom_free(struct sbom *s)
{
	json_decref(s->packages);
	json_decref(s->relations);
	s->packages = s->relations = NULL;
}

const char *purl_escape(struct arena *a, const char *text, const char *also)
{
	char *out = arena_alloc(a, 3 * strlen(text) + 1), *p = out;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || strchr(".-_~", c) || strchr(also, c))
			*p++ = (char)c;
		else
			p += sprintf(p, "%%%02X", c);
	}
	return out;
}

static const char *hash_of(struct arena *a, const char *text, int digits)
{
	uint8_t sum[32];
	char hex[65];

	sha256_of(text, strlen(text), sum);
	sha256_hex(sum, hex);
	return arena_strndup(a, hex, (size_t)digits);
}

/* Letters, digits, "." and "-" are all that an id may have; the hash makes it the package's alone.
 */
static const char *id_of(struct sbom *s, const struct sbom_package *p)
{
	const char *what = p->purl ? p->purl : arena_printf(s->arena, "%s %s", p->name, p->version);
	char *id = arena_printf(s->arena, "SPDXRef-%s-%s", p->name, hash_of(s->arena, what, 12));

	for (char *c = id; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '.' && *c != '-')
			*c = '-';
	return id;
}

static void put(json_t *object, const char *key, const char *value)
{
	if (value)
		(void)json_object_set_new(object, key, json_string(value));
}

const char *sbom_add(struct sbom *s, const struct sbom_package *p)
{
	const char *id = id_of(s, p);
	json_t *j;

	if (json_object_get(s->packages, id))
		return id;
	j = json_object();
	put(j, "SPDXID", id);
	put(j, "name", p->name);
	put(j, "versionInfo", p->version);
	put(j, "primaryPackagePurpose", p->purpose);
	put(j, "downloadLocation", "NOASSERTION");
	(void)json_object_set_new(j, "filesAnalyzed", json_false());
	put(j, "licenseConcluded", "NOASSERTION");
	put(j, "licenseDeclared", p->licence ? p->licence : "NOASSERTION");
	put(j, "licenseComments", p->comment);
	put(j, "copyrightText", "NOASSERTION");
	if (p->sha256)
		(void)json_object_set_new(j, "checksums",
			json_pack(
				"[{s:s, s:s}]", "algorithm", "SHA256", "checksumValue", p->sha256));
	if (p->purl)
		(void)json_object_set_new(j, "externalRefs",
			json_pack("[{s:s, s:s, s:s}]", "referenceCategory", "PACKAGE-MANAGER",
				"referenceType", "purl", "referenceLocator", p->purl));
	(void)json_object_set_new(s->packages, id, j);
	return id;
}

const char *sbom_add_json(struct sbom *s, const char *id, const json_t *package)
{
	json_t *j = json_deep_copy(package);

	put(j, "SPDXID", id);
	/* Files are not carried over, so nothing may refer to them. */
	(void)json_object_del(j, "hasFiles");
	(void)json_object_del(j, "packageVerificationCode");
	(void)json_object_del(j, "licenseInfoFromFiles");
	(void)json_object_set_new(j, "filesAnalyzed", json_false());
	(void)json_object_set_new(s->packages, id, j);
	return id;
}

void sbom_relate(struct sbom *s, const char *from, const char *type, const char *to)
{
	(void)json_object_set_new(s->relations, arena_printf(s->arena, "%s %s %s", from, type, to),
		json_pack("{s:s, s:s, s:s}", "spdxElementId", from, "relationshipType", type,
			"relatedSpdxElement", to));
}

static const char *add_pinned(struct sbom *s, const struct lock_entry *e, const char *licence)
{
	const char *name = lock_package_name(s->arena, e);
	const struct sbom_package p = {
		.name = name,
		.version = e->version,
		.purl = arena_printf(s->arena, "pkg:deb/debian/%s@%s?arch=%s&distro=%s",
			purl_escape(s->arena, name, ""), purl_escape(s->arena, e->version, ":"),
			e->arch, e->suite),
		.sha256 = e->sha256,
		.licence = licence,
	};

	return sbom_add(s, &p);
}

const char *sbom_add_deb(struct sbom *s, const struct lock_entry *e)
{
	const char *licence = NULL;

	/* What a source package says is inside an archive inside it, which a build may not have. */
	if (strcmp(e->arch, "source") != 0 && licence_of_deb(s->arena, e, &licence) < 0)
		return NULL;
	return add_pinned(s, e, licence);
}

/* Of a source package the file that describes it. */
static const struct lock_entry *find_pinned(const struct image_ctx *ctx, const char *name)
{
	const struct lock_entry *e = lock_find(ctx->lock, name, ctx->board->arch);

	for (size_t i = 0; !e && i < ctx->lock->n; i++) {
		const struct lock_entry *s = &ctx->lock->entry[i];
		const char *dot = strrchr(s->path, '.');

		if (strcmp(s->name, name) == 0 && dot && strcmp(dot, ".dsc") == 0)
			e = s;
	}
	return e;
}

static int add_pinned_to(
	struct image_ctx *ctx, const char *image, const char *type, const char *name)
{
	const struct lock_entry *e = find_pinned(ctx, name);
	const char *id = e ? sbom_add_deb(ctx->sbom, e) : NULL;

	if (id)
		sbom_relate(ctx->sbom, image, type, id);
	return id || !e ? 0 : -1;
}

static int add_component(struct image_ctx *ctx, const char *id, const struct component *c)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < c->n_packages; i++)
		r = add_pinned_to(ctx, id, "CONTAINS", c->packages[i].name);
	for (size_t i = 0; i < c->n_binaries; i++)
		for (size_t k = 0; r >= 0 && k < c->binaries[i].n_links; k++)
			r = add_pinned_to(ctx, id, "STATIC_LINK", c->binaries[i].links[k]);
	return r;
}

/* Without folders of this machine: "oci:/home/me/images:web" is "images:web". */
static const char *image_name(const struct image *img)
{
	bool is_path = strncmp(img->name, "oci:", 4) == 0 ||
		       strncmp(img->name, "docker-archive:", 15) == 0;
	const char *path = is_path ? strchr(img->name, ':') + 1 : img->name;
	const char *slash = is_path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

static const char *image_purl(struct arena *a, const char *name, const char *digest)
{
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
	size_t n = strcspn(base, ":@");

	return arena_printf(a, "pkg:oci/%s@%s?repository_url=%s",
		purl_escape(a, arena_strndup(a, base, n), ""), purl_escape(a, digest, ""),
		purl_escape(a, arena_strndup(a, name, (size_t)(base - name) + n), "/"));
}

/* A component is in no registry: it has no purl. */
static const char *add_container(struct sbom *s, const struct image *img)
{
	const char *name = image_name(img);
	const char *digest = img->pin_digest ? img->pin_digest : img->digest;
	const struct sbom_package p = {
		.name = name,
		.version = digest,
		.purl = img->component ? NULL : image_purl(s->arena, name, digest),
		.sha256 = digest + 7,
		.purpose = "CONTAINER",
	};
	const char *id = sbom_add(s, &p);

	sbom_relate(s, ROOT, "CONTAINS", id);
	return id;
}

int sbom_add_image(struct image_ctx *ctx, const struct image *img, const struct tree *files)
{
	struct sbom *s = ctx->sbom;
	const char *id = add_container(s, img);

	for (const struct seen *i = s->seen; i; i = i->next)
		if (strcmp(i->digest, img->digest) == 0)
			return 0;
	s->seen = memcpy(arena_alloc(s->arena, sizeof(*s->seen)),
		&(struct seen){img->digest, s->seen}, sizeof(*s->seen));
	if (img->component)
		return add_component(ctx, id, img->component);
	if (files)
		sbom_read(s, s->arena, id, files);
	return 0;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The values of an object, in the order of its keys. */
static json_t *sorted(const json_t *object)
{
	size_t n = json_object_size(object), i = 0;
	const char **keys = calloc(n ? n : 1, sizeof(*keys)), *key;
	json_t *list = json_array(), *value;

	json_object_foreach((json_t *)object, key, value)
	{
		if (keys)
			keys[i++] = key;
	}
	if (keys)
		qsort(keys, n, sizeof(*keys), compare_strings);
	for (i = 0; keys && i < n; i++)
		(void)json_array_append(list, json_object_get(object, keys[i]));
	free(keys);
	return list;
}

static const char *date(struct arena *a, int64_t seconds)
{
	time_t t = (time_t)seconds;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&t, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return arena_strdup(a, text);
}

static char *dump(struct arena *a, const json_t *j)
{
	char *text = json_dumps(j, JSON_INDENT(1));
	char *copy = arena_printf(a, "%s\n", text ? text : "");

	free(text);
	return copy;
}

const char *sbom_text(struct sbom *s, const char *name, int64_t created)
{
	const struct sbom_package system = {.name = name, .purpose = "OPERATING-SYSTEM"};
	json_t *packages, *relations, *doc;
	const char *content, *text;

	sbom_relate(s, "SPDXRef-DOCUMENT", "DESCRIBES", ROOT);
	(void)sbom_add_json(s, ROOT, json_object_get(s->packages, sbom_add(s, &system)));
	(void)json_object_del(s->packages, id_of(s, &system));
	packages = sorted(s->packages);
	relations = sorted(s->relations);
	content =
		arena_printf(s->arena, "%s%s", dump(s->arena, packages), dump(s->arena, relations));
	doc = json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:[s]}, s:o, s:o}", "spdxVersion",
		"SPDX-2.3", "dataLicense", "CC0-1.0", "SPDXID", "SPDXRef-DOCUMENT", "name", name,
		/* Another content, another name: what the standard asks for, without a random
		 * number.
		 */
		"documentNamespace",
		arena_printf(s->arena, "https://spdx.org/spdxdocs/%s-%s",
			purl_escape(s->arena, name, ""), hash_of(s->arena, content, 64)),
		"creationInfo", "created", date(s->arena, created), "creators",
		"Tool: nanny-" VERSION, "packages", packages, "relationships", relations);
	text = dump(s->arena, doc);
	json_decref(doc);
	return text;
}

/* Its copyright came with the kernel: packages are large, and are not read a second time. */
static void add_kernel(struct image_ctx *ctx, const struct kernel *k)
{
	const struct board *b = ctx->board;
	const struct lock_entry *e = NULL;
	const char *licence;
	const struct tree_inode *f = tree_get(k->boot, "copyright");
	char *text = arena_alloc(ctx->arena, f ? (size_t)f->size + 1 : 1);

	if (f && tree_read(k->boot, f, text, (size_t)f->size, 0) != f->size)
		text[0] = '\0';
	licence = licence_of_copyright(ctx->arena, text);
	while ((e = lock_next(ctx->lock, e, b->kernel_package, b->arch, b->kernel_suite)))
		sbom_relate(ctx->sbom, ROOT, "CONTAINS", add_pinned(ctx->sbom, e, licence));
}

/* "goat-feeder" for configs/goat-feeder.yml: the output's name does not change what is in it. */
static const char *system_name(struct arena *a, const struct config *c)
{
	const char *path = c->n_docs ? c->paths[0] : "system", *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	return arena_strndup(a, base, strcspn(base, "."));
}

static int add_loaders(struct image_ctx *ctx)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ctx->n_loaders; i++)
		r = add_pinned_to(ctx, ROOT, "CONTAINS", ctx->loaders[i]);
	return r;
}

int sbom_finish(struct image_ctx *ctx, const struct config *c, const struct kernel *k,
	const char **ret_text)
{
	int64_t date;
	int r = add_loaders(ctx);

	if (k->boot && !c->kernel.image.name)
		add_kernel(ctx, k);
	if (r >= 0)
		r = product_date(ctx, &date);
	if (r >= 0)
		*ret_text = sbom_text(ctx->sbom, system_name(ctx->arena, c), date);
	sbom_free(ctx->sbom);
	ctx->sbom = NULL;
	return r < 0 ? -1 : 0;
}
