#include "ctr_io.h"

#include <string.h>

#include "ctr_probe.h"
#include "sys.h"

enum {
	READ_BYTES = 16384,
	READS_AT_END = 8, /* more than a pipe holds; what still prints then is swept soon */
};

/*
 * The ring keeps every byte in order; so does the console, and names the speaker at each line.
 * While it is created the runtime alone speaks: of a failure PID 1 tells what it said.
 */
static void echo(struct ctr_pool *p, const struct ctr *c, const char *text, size_t len)
{
	const char *who = p->bare && c->def->kind != CTR_SERVICE ? NULL : c->name;

	if (c->state == CTR_CREATE && !p->debug)
		return;
	while (len) {
		const char *nl = memchr(text, '\n', len);
		size_t n = nl ? (size_t)(nl - text) : len;

		if (n > RING_RECORD_MAX)
			n = RING_RECORD_MAX;
		if (nl == text + n) {
			console_line(p->console, who, text, n);
			n++;
		} else {
			console_part(p->console, who, text, n);
		}
		text += n;
		len -= n;
	}
}

static void drain_one(struct ctr_pool *p, struct ctr *c, bool is_err, int reads)
{
	static char buf[READ_BYTES];

	for (int i = 0; i < reads; i++) {
		ssize_t n = sys_read(is_err ? c->err[0] : c->out[0], buf, sizeof(buf));

		if (n <= 0)
			return;
		ring_write(&c->ring, p->now, is_err ? RING_ERR : RING_OUT, buf, (size_t)n);
		ctr_probe_output(c, buf, (size_t)n);
		echo(p, c, buf, (size_t)n);
	}
}

/* One read: what is left makes an event in the next turn, after the other streams have had theirs.
 */
void ctr_readable(struct ctr_pool *p, size_t i, bool is_err)
{
	drain_one(p, &p->ctr[i], is_err, 1);
}

void ctr_drain(struct ctr_pool *p, size_t i)
{
	if (p->ctr[i].out[0] < 0)
		return;
	drain_one(p, &p->ctr[i], false, READS_AT_END);
	drain_one(p, &p->ctr[i], true, READS_AT_END);
}
