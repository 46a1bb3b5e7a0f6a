#include "order.h"

#include <stdio.h>
#include <string.h>

#include "sys.h"

static bool reached(const struct ctr *c, enum after_stage stage)
{
	switch (stage) {
	case STAGE_STARTED:
		return ctr_state_runs(c->state) || c->state == CTR_DONE;
	case STAGE_READY:
	case STAGE_DEFAULT:
		return c->state == CTR_UP || c->state == CTR_DONE;
	case STAGE_DONE:
		/* A step that failed is over, too: what that means is onfail's business. */
		return c->state == CTR_DONE || (ctr_is_step(c) && c->state == CTR_FAILED);
	}
	return false;
}

static void path_of(const struct ctr *c, const struct scan_after *a, char *buf, size_t size)
{
	const char *from = c->def->policy.after + a->at;

	snprintf(buf, size, "%.*s", (int)strcspn(from, " "), from);
}

static bool holds(const struct ctr_pool *p, const struct ctr *c, const struct scan_after *a)
{
	char path[POLICY_AFTER_MAX];

	switch ((enum after_kind)a->kind) {
	case AFTER_NET:
		return p->net;
	case AFTER_CLOCK:
		return p->clock;
	case AFTER_DEV:
		path_of(c, a, path, sizeof(path));
		return sys_exists(path);
	case AFTER_CTR:
		return a->at >= p->n || reached(&p->ctr[a->at], (enum after_stage)a->stage);
	}
	return true;
}

const struct scan_after *order_unmet(const struct ctr_pool *p, const struct ctr *c)
{
	for (size_t i = 0; i < c->def->after_n && i < POLICY_AFTER_N; i++) {
		if (!holds(p, c, &c->def->after[i]))
			return &c->def->after[i];
	}
	return NULL;
}

bool order_depends(const struct ctr_pool *p, const struct ctr *d, const struct ctr *c)
{
	for (size_t i = 0; i < d->def->after_n && i < POLICY_AFTER_N; i++) {
		const struct scan_after *a = &d->def->after[i];

		if (a->kind == AFTER_CTR && a->at < p->n && &p->ctr[a->at] == c)
			return true;
	}
	return false;
}

bool order_needed(const struct ctr_pool *p, const struct ctr *c)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!ctr_state_at_rest(p->ctr[i].state) && order_depends(p, &p->ctr[i], c))
			return true;
	}
	return false;
}

/* A circle, which only a hand-made image can have, must not hold this up. */
static size_t level(const struct ctr_pool *p, const struct ctr *c, size_t left)
{
	size_t most = 0;

	for (size_t i = 0; left && i < c->def->after_n && i < POLICY_AFTER_N; i++) {
		const struct scan_after *a = &c->def->after[i];
		size_t l = 0;

		if (a->kind == AFTER_CTR && a->at < p->n)
			l = level(p, &p->ctr[a->at], left - 1);
		most = l > most ? l : most;
	}
	return most + 1;
}

size_t order_levels(const struct ctr_pool *p)
{
	enum {
		DEEPEST = 6 /* 8 words each: more would take long, and nobody waits that long */
	};
	size_t most = 1;

	for (size_t i = 0; i < p->n; i++) {
		size_t l = level(p, &p->ctr[i], DEEPEST);

		most = l > most ? l : most;
	}
	return most;
}

bool order_waits_for(const struct ctr_pool *p, enum after_kind kind)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct ctr *c = &p->ctr[i];

		for (size_t k = 0; c->state == CTR_WAIT && k < c->def->after_n; k++) {
			if (c->def->after[k].kind == kind)
				return true;
		}
	}
	return false;
}

const char *order_text(const struct ctr_pool *p, const struct ctr *c, const struct scan_after *a,
	char *buf, size_t size)
{
	static const char *const stages[] = {
		[STAGE_STARTED] = "started", [STAGE_READY] = "ready", [STAGE_DONE] = "done"};

	switch ((enum after_kind)a->kind) {
	case AFTER_NET:
		snprintf(buf, size, "net");
		break;
	case AFTER_CLOCK:
		snprintf(buf, size, "clock");
		break;
	case AFTER_DEV:
		path_of(c, a, buf, size);
		break;
	case AFTER_CTR:
		snprintf(buf, size, "%s to be %s", a->at < p->n ? p->ctr[a->at].name : "?",
			stages[a->stage < STAGE_DEFAULT ? a->stage : STAGE_READY]);
		break;
	}
	return buf;
}
