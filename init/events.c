#include "events.h"

#include <string.h>

#include "../lib/text.h"

static void add_field(struct text *t, const char *key, const char *value)
{
	text_addf(t, ",\"%s\":", key);
	text_add_json(t, value, strlen(value));
}

static void write_line(struct ring *r, int64_t now_ms, const struct text *t)
{
	if (r && r->bytes && !t->cut)
		ring_line(r, now_ms, RING_SYS, t->buf, t->len);
}

/* A reason is told once, where it takes effect. */
static bool tells_reason(enum ctr_state s)
{
	return s == CTR_STOP || s == CTR_BACKOFF || s == CTR_FAILED;
}

void events_state(struct ring *r, int64_t now_ms, const struct ctr *c, enum ctr_state from)
{
	char buf[RING_RECORD_MAX];
	struct text t = text_in(buf, sizeof(buf));

	text_addf(&t, "{\"time_ms\":%lld", (long long)now_ms);
	add_field(&t, "name", c->name);
	add_field(&t, "from", ctr_state_name(from));
	add_field(&t, "to", ctr_state_name(c->state));
	if (c->reason[0] && tells_reason(c->state))
		add_field(&t, "reason", c->reason);
	text_add(&t, "}");
	write_line(r, now_ms, &t);
}

void events_machine(struct ring *r, int64_t now_ms, const char *what, const char *why)
{
	char buf[RING_RECORD_MAX];
	struct text t = text_in(buf, sizeof(buf));

	text_addf(&t, "{\"time_ms\":%lld", (long long)now_ms);
	add_field(&t, "machine", what);
	if (why && *why)
		add_field(&t, "reason", why);
	text_add(&t, "}");
	write_line(r, now_ms, &t);
}
