/* after: — every name is a container's that can come first, and nobody waits for himself. */
#include <stdlib.h>
#include <string.h>

#include "../lib/policy.h"
#include "asked.h"
#include "config_refs.h"
#include "nearest.h"

static bool is_named(const struct entry *e, const struct after_word *w)
{
	return strlen(e->name) == w->len && strncmp(e->name, w->name, w->len) == 0;
}

static const struct entry *find(const struct entry *list, size_t n, const struct after_word *w)
{
	for (size_t i = 0; i < n; i++) {
		if (is_named(&list[i], w))
			return &list[i];
	}
	return NULL;
}

static bool is_oneshot(const struct entry *e)
{
	char text[ASKED_MAX];

	return asked_text(e->node, "oneshot", text, NULL) && strcmp(text, "true") == 0;
}

static void unknown_name(
	const struct config *c, struct diag *d, struct mark at, const struct after_word *w)
{
	const char **names = calloc(c->n_services + 3, sizeof(*names));
	char word[POLICY_AFTER_MAX] = "";
	const char *near;
	size_t n = 0;

	if (!names)
		abort();
	names[n++] = "net";
	names[n++] = "clock";
	for (size_t i = 0; i < c->n_services; i++)
		names[n++] = c->services[i].name;
	memcpy(word, w->name, w->len < sizeof(word) ? w->len : sizeof(word) - 1);
	near = nearest_word(word, names);
	if (near)
		diag_error(d, at, "'after': there is no '%s': did you mean '%s'?", word, near);
	else
		diag_error(d, at,
			"'after': there is no '%s': it is net, clock, dev:PATH, or the name of a "
			"service",
			word);
	free(names);
}

/* Steps are done one after another: what comes later in the list never comes first. */
static void check_step(const struct config *c, struct diag *d, const struct entry *e,
	struct mark at, const struct after_word *w)
{
	const struct entry *step = find(c->onboot, c->n_onboot, w);

	if (!step)
		unknown_name(c, d, at, w);
	else if (step == e)
		diag_error(d, at, "'after': '%s' waits for itself: it would never start", e->name);
	else if (e->kind == ENTRY_ONBOOT && step > e)
		diag_error(d, at,
			"'after': '%s' comes later in onboot, whose steps are done one after "
			"another: put it first",
			step->name);
	else if (w->stage == STAGE_READY)
		diag_error(d, at, "'after': '%s' is a step, which is done, not ready: say '%s'",
			step->name, step->name);
}

static void check_word(const struct config *c, struct diag *d, const struct entry *e,
	struct mark at, const struct after_word *w)
{
	const struct entry *service = find(c->services, c->n_services, w);

	if (w->kind != AFTER_CTR)
		return;
	if (service && e->kind == ENTRY_ONBOOT)
		diag_error(d, at, "'after': '%s' is a service, which starts when onboot is through",
			service->name);
	else if (service && e->kind == ENTRY_ONSHUTDOWN)
		diag_error(d, at, "'after': '%s' is a service, which has ended by then",
			service->name);
	else if (service && w->stage == STAGE_DONE && !is_oneshot(service))
		diag_error(d, at,
			"'after': '%s' is never done: it has no 'oneshot: true'; say ':ready'",
			service->name);
	else if (!service)
		check_step(c, d, e, at, w);
}

struct walk {
	struct arena *arena;
	const struct config *c;
	struct diag *d;
	char *seen;  /* a byte per service: 1 on the way, 2 done */
	size_t *way; /* those on the way, in their order */
	size_t n_way;
};

/* From the last one on the way back to service k, by all their names. */
static void circle(struct walk *w, size_t k, struct mark at)
{
	const struct entry *all = w->c->services;
	const char *last = all[w->way[w->n_way - 1]].name;
	const char *text = arena_printf(w->arena, "'%s' waits for '%s'", last, all[k].name);
	size_t i = 0, n;

	while (w->way[i] != k)
		i++;
	n = w->n_way - i;
	for (i++; i + 1 < w->n_way; i++)
		text = arena_printf(
			w->arena, "%s, which waits for '%s'", text, all[w->way[i]].name);
	if (n == 1)
		diag_error(w->d, at, "'after': '%s' waits for itself: it would never start", last);
	else
		diag_error(w->d, at, "'after': %s, which waits for '%s': %s would ever start", text,
			last, n == 2 ? "neither" : "none of them");
}

static void walk_from(struct walk *w, size_t i)
{
	const struct entry *e = &w->c->services[i];
	char text[ASKED_MAX];
	const char *p = text;
	struct after_word word;

	w->seen[i] = 1;
	w->way[w->n_way++] = i;
	if (!asked_text(e->node, "after", text, NULL))
		p = "";
	for (size_t n = 0; policy_after_next(&p, &word); n++) {
		const struct entry *to = find(w->c->services, w->c->n_services, &word);
		size_t k = to ? (size_t)(to - w->c->services) : 0;

		if (word.kind != AFTER_CTR || !to)
			continue;
		if (w->seen[k] == 1)
			circle(w, k, asked_word(e->node, "after", n));
		else if (!w->seen[k])
			walk_from(w, k);
	}
	w->seen[i] = 2;
	w->n_way--;
}

static void check_cycles(struct arena *a, const struct config *c, struct diag *d)
{
	struct walk w = {.arena = a,
		.c = c,
		.d = d,
		.seen = arena_alloc(a, c->n_services + 1),
		.way = arena_alloc(a, (c->n_services + 1) * sizeof(size_t))};

	for (size_t i = 0; i < c->n_services; i++) {
		if (!w.seen[i])
			walk_from(&w, i);
	}
}

static void check_list(const struct config *c, struct diag *d, const struct entry *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char text[ASKED_MAX];
		const char *p = text;
		struct after_word word;

		if (!asked_text(list[i].node, "after", text, NULL))
			continue;
		for (size_t k = 0; policy_after_next(&p, &word); k++)
			check_word(c, d, &list[i], asked_word(list[i].node, "after", k), &word);
	}
}

void refs_check_after(struct arena *a, const struct config *c, struct diag *d)
{
	check_list(c, d, c->onboot, c->n_onboot);
	check_list(c, d, c->onshutdown, c->n_onshutdown);
	check_list(c, d, c->services, c->n_services);
	check_cycles(a, c, d);
}
