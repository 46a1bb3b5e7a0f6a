#include "config_refs.h"

#include <string.h>

#include "names.h"
#include "schema_look.h"

enum {
	FIRST_ID = 100
};

bool config_id(const struct config *c, const char *name, unsigned *ret_id)
{
	const struct {
		const struct entry *entry;
		size_t n;
	} lists[] = {{c->onboot, c->n_onboot}, {c->onshutdown, c->n_onshutdown},
		{c->services, c->n_services}};
	unsigned id = FIRST_ID;
	bool is_found = false;

	/* Of two with one name, LinuxKit takes the last. */
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (size_t k = 0; k < lists[i].n; k++, id++) {
			if (strcmp(lists[i].entry[k].name, name) != 0)
				continue;
			*ret_id = id;
			is_found = true;
		}
	}
	return is_found;
}

const struct volume *config_volume(const struct config *c, const char *name, size_t len)
{
	for (size_t i = 0; i < c->n_volumes; i++) {
		const struct volume *v = &c->volumes[i];

		if (strlen(v->name) == len && !memcmp(v->name, name, len))
			return v;
	}
	return NULL;
}

void refs_id(const struct config *c, struct diag *d, const struct ynode *n, unsigned *ret)
{
	int64_t number;

	*ret = 0;
	if (!n || n->kind != YNODE_SCALAR)
		return;
	if (ynode_int(n, &number)) {
		*ret = (unsigned)number;
		return;
	}
	if (ynode_scalar(n) != YSCALAR_STRING || !n->text[0] || !strcmp(n->text, "root") ||
		config_id(c, n->text, ret))
		return;
	if (strspn(n->text, "0123456789") == strlen(n->text))
		diag_error(d, n->at, "no container is called '%s': write a number without quotes",
			n->text);
	else
		diag_error(d, n->at,
			"no container is called '%s': an id is a number, root, or the name of an "
			"onboot, onshutdown or services entry",
			n->text);
}

static void unknown_volume(
	const struct config *c, struct diag *d, struct mark at, const struct part *name)
{
	if (c->n_volumes)
		diag_error(d, at,
			"there is no volume '%.*s' (a path starts with '/'); the first of %zu is "
			"'%s'",
			(int)name->len, name->text, c->n_volumes, c->volumes[0].name);
	else
		diag_error(d, at,
			"there is no volume '%.*s': define it under volumes:, or start a path "
			"with '/'",
			(int)name->len, name->text);
}

static void readonly_volume(struct diag *d, struct mark at, const struct volume *v)
{
	diag_error(d, at, "the volume '%s' is read-only: add the option ro here", v->name);
}

static bool has_option(const struct part *options, const char *want)
{
	const char *p = options->text, *end = p + options->len;

	while (p < end) {
		size_t len = strcspn(p, ",");

		if (len > (size_t)(end - p))
			len = (size_t)(end - p);
		if (len == strlen(want) && !memcmp(p, want, len))
			return true;
		p += len + 1;
	}
	return false;
}

static void check_bind(const struct config *c, struct diag *d, const struct ynode *n)
{
	struct part p[3] = {{0}};
	const struct volume *v;
	size_t parts;

	if (n->kind != YNODE_SCALAR)
		return;
	parts = parts_split(n->text, ':', p, 3);
	if (parts < 2 || parts > 3 || !p[0].len || p[0].text[0] == '/')
		return;
	v = config_volume(c, p[0].text, p[0].len);
	if (!v)
		unknown_volume(c, d, n->at, &p[0]);
	else if (v->readonly && (parts < 3 || !has_option(&p[2], "ro")))
		readonly_volume(d, n->at, v);
}

static void check_mount(const struct config *c, struct diag *d, const struct ynode *n)
{
	const char *source = ynode_str(n, "source", "/");
	const struct part name = {source, strlen(source)};
	const struct ynode *options = ynode_get(n, "options");
	const struct volume *v;
	bool is_ro = false;

	if (strcmp(ynode_str(n, "type", ""), "bind") != 0 || !source[0] || source[0] == '/')
		return;
	v = config_volume(c, name.text, name.len);
	if (!v) {
		unknown_volume(c, d, n->at, &name);
		return;
	}
	for (size_t i = 0; options && i < options->n; i++) {
		if (options->item[i]->kind == YNODE_SCALAR && !strcmp(options->item[i]->text, "ro"))
			is_ro = true;
	}
	if (v->readonly && !is_ro)
		readonly_volume(d, n->at, v);
}

void config_check_refs(const struct config *c, struct diag *d, const struct ynode *entry)
{
	static const struct {
		const char *key;
		void (*check)(const struct config *c, struct diag *d, const struct ynode *n);
	} lists[] = {{"binds", check_bind}, {"binds.add", check_bind}, {"mounts", check_mount}};
	const struct ynode *groups = ynode_get(entry, "additionalGids");
	unsigned id;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const struct ynode *list = ynode_get(entry, lists[i].key);

		for (size_t k = 0; list && k < list->n; k++)
			lists[i].check(c, d, list->item[k]);
	}
	refs_id(c, d, ynode_get(entry, "uid"), &id);
	refs_id(c, d, ynode_get(entry, "gid"), &id);
	for (size_t i = 0; groups && i < groups->n; i++)
		refs_id(c, d, groups->item[i], &id);
}

static void check_service_names(struct arena *a, const struct config *c, struct diag *d)
{
	struct names *seen = names_new(a);

	for (size_t i = 0; i < c->n_services; i++) {
		const struct ynode *name = ynode_get(c->services[i].node, "name");
		const struct mark *first;

		if (!name || name->kind != YNODE_SCALAR)
			continue;
		first = names_get(seen, name->text);
		if (first)
			diag_error(d, name->at,
				"a second service called '%s': the first is at %s:%d", name->text,
				first->file, first->line);
		else
			names_set(seen, name->text, &c->services[i].node->at);
	}
}

static void check_volume_names(struct arena *a, const struct config *c, struct diag *d)
{
	struct names *seen = names_new(a);

	for (size_t i = 0; i < c->n_volumes; i++) {
		const struct volume *v = &c->volumes[i];
		const struct mark *first = names_get(seen, v->name);

		if (first && v->name[0])
			diag_error(d, v->at, "a second volume called '%s': the first is at %s:%d",
				v->name, first->file, first->line);
		else
			names_set(seen, v->name, &v->at);
	}
}

void refs_check(struct arena *a, const struct config *c, struct diag *d)
{
	check_service_names(a, c, d);
	check_volume_names(a, c, d);
	for (size_t i = 0; i < c->n_onboot; i++)
		config_check_refs(c, d, c->onboot[i].node);
	for (size_t i = 0; i < c->n_onshutdown; i++)
		config_check_refs(c, d, c->onshutdown[i].node);
	for (size_t i = 0; i < c->n_services; i++)
		config_check_refs(c, d, c->services[i].node);
	refs_check_after(a, c, d);
}
