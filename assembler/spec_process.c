/* Who runs, and what he may: user, capabilities, limits. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_refs.h"
#include "schema_look.h"
#include "spec_part.h"

/* The names once each, in the order given; "all" is every one, "none" is no one. */
struct names {
	const char **name;
	size_t n;
};

static void names_add(struct names *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->name[i], name))
			return;
	}
	s->name[s->n++] = name;
}

static size_t count_capabilities(void)
{
	size_t n = 0;

	while (capability_names[n])
		n++;
	return n;
}

static struct names read_capabilities(const struct spec_in *in, const struct ynode *list)
{
	struct names s = {0};

	s.name = arena_alloc(in->a, count_capabilities() * sizeof(*s.name));
	for (size_t i = 0; list && i < list->n; i++) {
		const char *text = list->item[i]->text;

		if (!strcasecmp(text, "all")) {
			for (size_t k = 0; capability_names[k]; k++)
				names_add(&s, capability_names[k]);
		} else if (strcasecmp(text, "none") != 0) {
			names_add(&s, text);
		}
	}
	return s;
}

static json_t *names_json(const struct names *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n; i++)
		spec_add(list, json_string(s->name[i]));
	return list;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *spec_capabilities(const struct spec_in *in)
{
	struct names caps = read_capabilities(in, spec_merged(in, "capabilities"));
	struct names ambient = read_capabilities(in, spec_pick(in, "ambient"));
	struct names both = read_capabilities(in, NULL);
	json_t *sets = json_object();

	for (size_t i = 0; i < caps.n; i++)
		names_add(&both, caps.name[i]);
	for (size_t i = 0; i < ambient.n; i++)
		names_add(&both, ambient.name[i]);
	qsort(both.name, both.n, sizeof(*both.name), compare_names);
	spec_set(sets, "bounding", names_json(&both));
	spec_set(sets, "effective", names_json(&caps));
	spec_set(sets, "inheritable", names_json(&both));
	spec_set(sets, "permitted", names_json(&both));
	spec_set(sets, "ambient", names_json(&ambient));
	return sets;
}

json_t *spec_rlimits(const struct spec_in *in)
{
	const struct ynode *list = spec_pick(in, "rlimits");
	json_t *limits = json_array();

	for (size_t i = 0; list && i < list->n; i++) {
		const char *name = "";
		uint64_t soft = 0, hard = 0;
		json_t *limit = json_object();

		(void)rlimit_parse(list->item[i]->text, &name, &soft, &hard);
		spec_set(limit, "type", json_string(name));
		/* UINT64_MAX becomes -1, which print_json() knows. */
		spec_set(limit, "soft", json_integer((json_int_t)soft));
		spec_set(limit, "hard", json_integer((json_int_t)hard));
		spec_add(limits, limit);
	}
	return limits;
}

/*
 * The image's USER, which LinuxKit ignores: an image that gave up root would run as root.  uid: of
 * YAML or label stands for all of it.
 */
static struct account image_user(const struct spec_in *in)
{
	const char *user = in->image->user ? in->image->user : "";
	struct account account;
	const char *wrong = account_find(in->a, &in->image->accounts, user, &account);

	if (wrong)
		diag_error(in->d, in->at,
			"the image of '%s' wants to run as the user '%s', but %s: add 'uid' and "
			"'gid'",
			ynode_str(in->yaml, "name", ""), user, wrong);
	return account;
}

json_t *spec_user(const struct spec_in *in)
{
	const struct ynode *groups = spec_pick(in, "additionalGids");
	const struct ynode *u = spec_pick(in, "uid"), *g = spec_pick(in, "gid");
	json_t *user = json_object(), *more = json_array();
	struct account account = {0};
	unsigned id;

	if (u)
		refs_id(in->c, in->d, u, &account.uid);
	else
		account = image_user(in);
	if (g)
		refs_id(in->c, in->d, g, &account.gid);
	spec_set(user, "uid", json_integer(account.uid));
	spec_set(user, "gid", json_integer(account.gid));
	for (size_t i = 0; groups && i < groups->n; i++) {
		refs_id(in->c, in->d, groups->item[i], &id);
		spec_add(more, json_integer(id));
	}
	for (size_t i = 0; !groups && i < account.n_more; i++)
		spec_add(more, json_integer(account.more[i]));
	spec_set_some(user, "additionalGids", more);
	return user;
}
