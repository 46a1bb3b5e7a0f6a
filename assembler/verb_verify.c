/* The verb verify: is this what somebody signed? */
#include <getopt.h>
#include <stdio.h>

#include <jansson.h>

#include "../lib/text.h"
#include "sha256.h"
#include "slot_boot.h"
#include "verb.h"

struct verify {
	struct arena *arena;
	struct footer_expect expect;
	bool skips_boot; /* boot files are somewhere else */
	json_t *json;    /* NULL: text */
	int bad;
};

/* A slot that was looked at. */
struct verdict {
	const char *name;
	struct manifest manifest;
	bool has_boot;   /* its boot files were looked at, too */
	const char *why; /* NULL: it is good */
};

static void print(const struct verdict *v)
{
	char text[SLOT_MANIFEST_MAX];

	if (v->why) {
		(void)say_error("%s: refused: %s", v->name, v->why);
		return;
	}
	(void)printf("%s: good%s\n", v->name, v->has_boot ? ", and so are its boot files" : "");
	if (manifest_print(&v->manifest, text, sizeof(text)) > 0)
		(void)printf("%s", text);
}

static json_t *boot_files(const struct manifest *m)
{
	json_t *names = json_array();

	for (size_t i = 0; i < m->n_files; i++)
		(void)json_array_append_new(names, json_string(m->file[i].name));
	return names;
}

static json_t *to_json(const struct verdict *v)
{
	const struct manifest *m = &v->manifest;
	json_t *slot = json_pack("{s:s, s:b}", "slot", v->name, "good", v->why == NULL);
	char root[65];

	if (v->why) {
		(void)json_object_set_new(slot, "why", json_string(v->why));
		return slot;
	}
	sha256_hex(m->root, root);
	(void)json_object_set_new(slot, "board", json_string(m->board));
	(void)json_object_set_new(slot, "version", json_string(m->version));
	(void)json_object_set_new(slot, "security_version", json_integer((json_int_t)m->security));
	(void)json_object_set_new(slot, "bytes", json_integer((json_int_t)slot_size(m)));
	(void)json_object_set_new(slot, "root_hash", json_string(root));
	(void)json_object_set_new(slot, "boot_files", v->has_boot ? boot_files(m) : json_null());
	return slot;
}

static void tell(struct verify *q, const struct verdict *v)
{
	q->bad += v->why != NULL;
	if (q->json)
		(void)json_array_append_new(q->json, to_json(v));
	else
		print(v);
}

static struct verdict look(struct verify *q, const struct mapped *f)
{
	struct verdict v = {.name = f->path};
	char why[256];

	if (slot_check(&(struct slot_view){f->data, f->size}, &q->expect, &v.manifest, why,
		    sizeof(why)) < 0)
		v.why = arena_strdup(q->arena, why);
	return v;
}

static void verify_part(
	void *ctx, const struct slot_disk *d, const struct table_part *p, const struct mapped *part)
{
	struct verify *q = ctx;
	struct verdict v = look(q, part);

	/* Nothing of a manifest is believed that is not good. */
	v.has_boot = !v.why && !q->skips_boot;
	if (v.has_boot)
		v.why = slot_boot_check(q->arena, d, p, &v.manifest);
	tell(q, &v);
}

static void verify_one(struct verify *q, const char *path)
{
	struct verdict v = {.name = path};
	struct mapped f;
	int found;

	if (mapped_open(&f, path, false) < 0) {
		q->bad++;
		return;
	}
	/* First as a disk, whose last partition ends as it does. */
	found = slot_disk_each(q->arena, &f, verify_part, q);
	if (found < 0 && !mapped_is_slot(&f))
		v.why = "its partition table contradicts itself";
	else if (found <= 0)
		v = look(q, &f);
	if (found <= 0)
		tell(q, &v);
	mapped_close(&f);
}

static int verify_all(struct verify *q, int argc, char **argv, bool json)
{
	if (json)
		q->json = json_array();
	for (int i = optind; i < argc; i++)
		verify_one(q, argv[i]);
	if (json) {
		(void)json_dumpf(q->json, stdout, JSON_INDENT(2));
		(void)putchar('\n');
		json_decref(q->json);
	}
	return fflush(stdout) == 0 && !q->bad ? EXIT_GOOD : EXIT_FAILED;
}

int verb_verify(struct verb_env *env, int argc, char **argv)
{
	static const struct option names[] = {
		{"key", required_argument, NULL, 'k'},
		{"board", required_argument, NULL, 'b'},
		{"security-version", required_argument, NULL, 's'},
		{"no-boot-files", no_argument, NULL, 'n'},
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	struct verify q = {.arena = env->arena};
	const char *key = NULL;
	bool json = false;
	int64_t security = 0;
	int c;

	while ((c = verb_option(argc, argv, names)) >= 0) {
		if (c == 'k')
			key = optarg;
		else if (c == 'b')
			q.expect.board = optarg;
		else if (c == 's' && !text_number(optarg, 0, INT64_MAX / 2, &security))
			return verb_usage(argv[0], "--security-version is a number");
		else if (c == 'n')
			q.skips_boot = true;
		else if (c == 'j')
			json = true;
		else if (c == '?')
			return EXIT_BAD_INPUT;
	}
	if (!key || optind == argc)
		return verb_usage(argv[0], "name --key FILE.pub and a slot or a disk image");
	q.expect.security = (uint64_t)security;
	if (key_load_public(env->arena, key, &q.expect.key) < 0)
		return EXIT_BAD_INPUT;
	return verify_all(&q, argc, argv, json);
}
