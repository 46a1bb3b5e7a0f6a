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

/* "1000", "root" or "" up to the end or a ':'; false for a name. */
static bool parse_user(const struct part *p, unsigned *ret)
{
	unsigned long long id = 0;

	*ret = 0;
	if (p->len == 0 || (p->len == 4 && !memcmp(p->text, "root", 4)))
		return true;
	for (size_t i = 0; i < p->len; i++) {
		if (p->text[i] < '0' || p->text[i] > '9')
			return false;
		id = id * 10 + (unsigned long long)(p->text[i] - '0');
		if (id >= UINT32_MAX)
			return false;
	}
	*ret = (unsigned)id;
	return true;
}

/*
 * The image's USER, which LinuxKit ignores: an image that gave up root would run as root.  Numbers
 * are taken; a name would need the image's own /etc/passwd, so the entry has to say the number.
 */
static void image_user(const struct spec_in *in, bool want_gid, unsigned *uid, unsigned *gid)
{
	struct part p[2] = {{"", 0}, {"", 0}};
	const char *user = in->image->user ? in->image->user : "";
	size_t parts = parts_split(user, ':', p, 2);
	unsigned group = 0;

	if (parts > 2 || !parse_user(&p[0], uid) || (want_gid && !parse_user(&p[1], &group)))
		diag_error(in->d, in->at,
			"the image of '%s' wants to run as the user '%s', which is a name: add "
			"'uid' and 'gid' with the numbers",
			ynode_str(in->yaml, "name", ""), user);
	if (want_gid)
		*gid = group;
}

json_t *spec_user(const struct spec_in *in)
{
	const struct ynode *groups = spec_pick(in, "additionalGids");
	const struct ynode *u = spec_pick(in, "uid"), *g = spec_pick(in, "gid");
	json_t *user = json_object(), *more = json_array();
	unsigned uid, gid, id;

	refs_id(in->c, in->d, u, &uid);
	refs_id(in->c, in->d, g, &gid);
	if (!u)
		image_user(in, !g, &uid, &gid);
	spec_set(user, "uid", json_integer(uid));
	spec_set(user, "gid", json_integer(gid));
	for (size_t i = 0; groups && i < groups->n; i++) {
		refs_id(in->c, in->d, groups->item[i], &id);
		spec_add(more, json_integer(id));
	}
	spec_set_some(user, "additionalGids", more);
	return user;
}
