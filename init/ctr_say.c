#include "ctr_say.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "../lib/text.h"
#include "sys.h"

enum {
	LAST_LINES = 20, /* of a run that ended badly are kept */
};

bool ctr_ended_well(const struct ctr *c)
{
	return c->started && c->exited && c->cause == CAUSE_NONE && c->status == 0;
}

const char *ctr_how(const struct ctr *c, char *buf, size_t size)
{
	const struct policy *y = &c->def->policy;
	char time[32];

	if (c->cause == CAUSE_TIMEOUT)
		snprintf(
			buf, size, "not done in %s", text_exact(y->timeout_ms, time, sizeof(time)));
	else if (c->cause == CAUSE_UNREADY)
		snprintf(buf, size, "not ready in %s", text_exact(y->ready_ms, time, sizeof(time)));
	else if (c->cause == CAUSE_MEMORY)
		snprintf(buf, size, "out of memory (killed by signal %d)", WTERMSIG(c->status));
	else if (c->cause == CAUSE_SICK)
		snprintf(buf, size, "its health probes failed");
	else if (WIFSIGNALED(c->status))
		snprintf(buf, size, "killed by signal %d (%s)", WTERMSIG(c->status),
			strsignal(WTERMSIG(c->status)));
	else
		snprintf(buf, size, "exit status %d", WEXITSTATUS(c->status));
	return buf;
}

void ctr_say_end(struct ctr *c)
{
	char how[64], time[32];

	if (c->started)
		snprintf(c->reason, sizeof(c->reason), "%s", ctr_how(c, how, sizeof(how)));
	else if (c->cause == CAUSE_TIMEOUT)
		snprintf(c->reason, sizeof(c->reason), "what it waits for did not come in %s",
			text_exact(c->def->policy.timeout_ms, time, sizeof(time)));
}

/* Up to the quotation mark that ends it; what is escaped in it is itself. */
static void add_quoted(struct text *t, const char *msg)
{
	for (; *msg && *msg != '"'; msg++) {
		if (msg[0] == '\\' && msg[1])
			msg++;
		text_add_n(t, msg, 1);
	}
}

/* What it says of every failure: that of which it is one is said already. */
static const char *without_prefix(const char *msg)
{
	static const char create[] = "runc create failed: ";

	return strncmp(msg, create, strlen(create)) == 0 ? msg + strlen(create) : msg;
}

/* The runtime's own words, the last line of its stderr, are the best reason there is. */
void ctr_say_step(struct ctr *c, int status)
{
	static struct ring_record rec;
	struct ring_cursor at = ring_last(&c->ring, 1);
	struct text t = text_in(c->reason, sizeof(c->reason));
	const char *msg;
	uint64_t lost;

	text_addf(&t, "%s failed", ctr_state_name(c->state));
	if (WIFSIGNALED(status))
		text_addf(&t, " (signal %d)", WTERMSIG(status));
	if (!ring_next(&c->ring, &at, &rec, &lost) || rec.stream != RING_ERR ||
		rec.seq < c->step_said) {
		if (WIFEXITED(status) && WEXITSTATUS(status) == SPAWN_CANNOT)
			text_add(&t, ": the program for it cannot be run");
		return;
	}
	rec.text[rec.len < RING_RECORD_MAX ? rec.len : RING_RECORD_MAX - 1] = '\0';
	msg = strstr(rec.text, "msg=\""); /* runc: time="…" level=error msg="…" */
	text_add(&t, ": ");
	if (msg)
		add_quoted(&t, without_prefix(msg + strlen("msg=\"")));
	else
		text_add(&t, rec.text);
}

/* The last lines before an end that was not asked for, kept when later runs have overwritten them.
 */
void ctr_keep_last_words(struct ctr_pool *p, struct ctr *c)
{
	static struct ring_record rec;
	struct ring_cursor at;
	char head[128], how[64];
	uint64_t lost;
	int n;

	if (!c->want_up || c->restart_now || ctr_ended_well(c) || !c->last_words.bytes)
		return;
	n = snprintf(head, sizeof(head), "start %u: %s", (unsigned)c->starts,
		c->started && c->exited ? ctr_how(c, how, sizeof(how)) : "did not start");
	ring_line(&c->last_words, p->now, RING_SYS, head, (size_t)n);
	at = ring_last(&c->ring, LAST_LINES);
	while (ring_next(&c->ring, &at, &rec, &lost)) {
		if (rec.time_ms >= c->begun_at)
			ring_line(&c->last_words, rec.time_ms, (enum ring_stream)rec.stream,
				rec.text, rec.len);
	}
}
