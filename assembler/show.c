/* nanny show: what is in an image, by component and size. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "opened.h"
#include "show.h"
#include "verb.h"

#define LINUXKIT_BASE "35 MB" /* its minimal system, by Docker's announcement of April 2017 */

const char *show_size(struct arena *a, off_t bytes)
{
	static const char *const units[] = {"kB", "MB", "GB"};
	off_t unit = 1000;
	size_t i = 0;

	if (bytes < 1000)
		return arena_printf(a, "%jd B", (intmax_t)bytes);
	while (i + 1 < sizeof(units) / sizeof(units[0]) && bytes >= 1000 * unit) {
		unit *= 1000;
		i++;
	}
	return arena_printf(a, "%jd.%jd %s", (intmax_t)(bytes / unit),
		(intmax_t)(bytes % unit * 10 / unit), units[i]);
}

json_t *show_part(const struct opened_part *p)
{
	return json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:I, s:I}", "kind", p->kind, "name",
		p->name, "image", p->image, "digest", p->digest, "path", p->path, "size",
		(json_int_t)p->size, "files", (json_int_t)p->n_files);
}

json_t *show_place(const struct opened_place *p)
{
	return json_pack("{s:s, s:s*, s:I, s:I, s:s*, s:s*, s:s*}", "name", p->name, "is", p->is,
		"at", (json_int_t)p->at, "size", (json_int_t)p->size, "board", p->board, "version",
		p->version, "root_hash", p->root);
}

struct sum {
	off_t size;
	size_t files;
};

static void add_part(struct sum *s, const struct opened_part *p)
{
	s->size += p->size;
	s->files += p->n_files;
}

static struct sum sum_all(const struct opened *o)
{
	struct sum s = {0};

	for (size_t i = 0; i < o->n_parts; i++)
		add_part(&s, &o->part[i]);
	return s;
}

/* What every system has, whatever its components are. */
static struct sum sum_base(const struct opened *o)
{
	static const char *const kinds[] = {"kernel", "modules", "init"};
	struct sum s = {0};

	for (size_t i = 0; i < o->n_parts; i++)
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
			if (strcmp(o->part[i].kind, kinds[k]) == 0)
				add_part(&s, &o->part[i]);
	return s;
}

static json_t *json_sum(struct sum s)
{
	return json_pack("{s:I, s:I}", "size", (json_int_t)s.size, "files", (json_int_t)s.files);
}

static void print_json(const struct opened *o)
{
	json_t *parts = json_array(), *places = json_array(), *all;

	for (size_t i = 0; i < o->n_parts; i++)
		(void)json_array_append_new(parts, show_part(&o->part[i]));
	for (size_t i = 0; i < o->n_places; i++)
		(void)json_array_append_new(places, show_place(&o->place[i]));
	all = json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:O}", "file", o->file, "is", o->is,
		"size", (json_int_t)o->size, "total", json_sum(sum_all(o)), "base",
		json_sum(sum_base(o)), "components", parts, "places", places, "packages",
		o->packages);
	(void)json_dumpf(all, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(all);
}

/* An image that several use has its files with the first. */
static const char *shared_with(const struct opened *o, size_t i)
{
	const struct opened_part *p = &o->part[i];

	for (size_t k = 0; p->digest && p->path && k < i; k++)
		if (o->part[k].digest && o->part[k].path &&
			strcmp(o->part[k].digest, p->digest) == 0)
			return arena_printf(
				o->arena, ", files in %s", opened_title(o->arena, &o->part[k]));
	return "";
}

static void print_row(const struct opened *o, size_t i)
{
	const struct opened_part *p = &o->part[i];
	const char *title = opened_title(o->arena, p);

	(void)printf("%10s %6zu  %-24s", show_size(o->arena, p->size), p->n_files, title);
	if (p->image && p->digest)
		(void)printf(" %s (%.19s%s)", p->image, p->digest, shared_with(o, i));
	(void)putchar('\n');
}

static void print_sums(const struct opened *o)
{
	const struct sum base = sum_base(o), all = sum_all(o);

	(void)printf("%10s %6zu  of them the base: kernel, modules, init (LinuxKit's: %s)\n",
		show_size(o->arena, base.size), base.files, LINUXKIT_BASE);
	(void)printf("%10s %6zu  in all, %zu packages; %s is %s, %s\n",
		show_size(o->arena, all.size), all.files, json_object_size(o->packages), o->file,
		show_size(o->arena, o->size), o->is);
}

static void print_place(const struct opened *o, const struct opened_place *p)
{
	(void)printf("%10s  %-15s", show_size(o->arena, p->size), p->name);
	if (p->is)
		(void)printf(" %s", p->is);
	if (p->root)
		(void)printf(", a slot: board %s, version %s, root hash %.12s…, %s used", p->board,
			p->version, p->root, show_size(o->arena, p->used));
	(void)putchar('\n');
}

static void print_text(const struct opened *o)
{
	(void)printf("%10s %6s  %s\n", "size", "files", "component");
	for (size_t i = 0; i < o->n_parts; i++)
		if (o->part[i].n_files > 0 || o->part[i].path)
			print_row(o, i);
	print_sums(o);
	if (o->n_places > 0)
		(void)printf("%10s  %s\n", "bytes", "place on the disk");
	for (size_t i = 0; i < o->n_places; i++)
		print_place(o, &o->place[i]);
}

int verb_show(struct verb_env *env, int argc, char **argv)
{
	static const struct option names[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	bool json = false;
	struct opened o;
	int c, r;

	while ((c = verb_option(argc, argv, names)) >= 0) {
		if (c != 'j')
			return EXIT_BAD_INPUT;
		json = true;
	}
	if (argc - optind != 1)
		return verb_usage(argv[0], "name one image");
	r = opened_read(env->arena, argv[optind], &o);
	if (r == 0 && json)
		print_json(&o);
	else if (r == 0)
		print_text(&o);
	opened_close(&o);
	if (r < 0)
		return EXIT_BAD_INPUT; /* as diff, whose 1 is a difference */
	return fflush(stdout) != 0 ? EXIT_FAILED : EXIT_GOOD;
}
