#include "ledger.h"

#include <string.h>

#define MARK "nanny-ledger "

static const struct {
	const char *name, *text;
	bool bad; /* nobody's fault is a power cut, a button, or what an operator asked for */
} ends[] = {
	[LEDGER_UNKNOWN] = {"unknown", "of unknown cause", false},
	[LEDGER_PLANNED] = {"planned", "planned", false},
	[LEDGER_LADDER] = {"ladder", "the escalation ladder", true},
	[LEDGER_PANIC] = {"panic", "a panic of the kernel", true},
	[LEDGER_WATCHDOG] = {"watchdog", "the watchdog", true},
	[LEDGER_POWER] = {"power", "a loss of power", false},
	[LEDGER_RESET] = {"reset", "a reset that nobody announced", false},
	[LEDGER_CRASH] = {"crash", "a fault of init", true},
};
_Static_assert(sizeof(ends) / sizeof(ends[0]) == LEDGER_END_N, "an end has no name");

static const char *const nows[] = {
	[LEDGER_RUNS] = "runs",
	[LEDGER_STARVES] = "starves",
	[LEDGER_ENDS] = "ends",
	[LEDGER_OFF] = "off",
	[LEDGER_FAULT] = "fault",
};
_Static_assert(sizeof(nows) / sizeof(nows[0]) == LEDGER_NOW_N, "a state has no name");

const char *ledger_end_name(enum ledger_end e)
{
	return ends[e].name;
}

const char *ledger_end_text(enum ledger_end e)
{
	return ends[e].text;
}

void ledger_write_head(struct text *t, const struct ledger_line *l)
{
	text_addf(t, MARK "boots=%u bad=%u watchdog=%u ", (unsigned)l->boots, (unsigned)l->bad,
		(unsigned)l->watchdog_ms);
}

void ledger_write(struct text *t, const struct ledger_line *l)
{
	ledger_write_head(t, l);
	text_addf(t, "now=%s by=%s why=", nows[l->now], l->by_ladder ? "ladder" : "operator");
	for (const char *p = l->why; *p; p++)
		text_add_n(t, *p == '\n' ? " " : p, 1);
	text_add(t, "\n");
}

/* The value of "NAME=" at *p, up to the next space; *p goes behind it.  NULL when it is not there.
 */
static char *field(char **p, const char *name)
{
	size_t n = strlen(name);
	char *value = *p + n;

	if (strncmp(*p, name, n) != 0)
		return NULL;
	*p = value + strcspn(value, " ");
	if (**p)
		*(*p)++ = '\0';
	return value;
}

static bool number(char **p, const char *name, uint32_t *ret)
{
	const char *value = field(p, name);
	int64_t v;

	if (!value || !text_number(value, 0, INT32_MAX, &v))
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool word(char **p, const char *name, const char *const words[], size_t n, size_t *ret)
{
	const char *value = field(p, name);

	for (*ret = 0; value && *ret < n; (*ret)++) {
		if (strcmp(value, words[*ret]) == 0)
			return true;
	}
	return false;
}

static bool read_line(char *line, struct ledger_line *ret)
{
	static const char *const by[] = {"operator", "ladder"};
	struct ledger_line l = {0};
	struct text why = text_in(l.why, sizeof(l.why));
	size_t now, who;

	if (strncmp(line, MARK, strlen(MARK)) != 0)
		return false;
	line += strlen(MARK);
	if (!number(&line, "boots=", &l.boots) || !number(&line, "bad=", &l.bad) ||
		!number(&line, "watchdog=", &l.watchdog_ms) ||
		!word(&line, "now=", nows, LEDGER_NOW_N, &now) ||
		!word(&line, "by=", by, 2, &who) || strncmp(line, "why=", 4) != 0)
		return false;
	l.now = (enum ledger_now)now;
	l.by_ladder = who == 1;
	text_add(&why, line + 4);
	*ret = l;
	return true;
}

bool ledger_read(const char *text, size_t len, struct ledger_line *ret)
{
	char line[LEDGER_LINE_MAX];
	bool found = false;

	for (size_t i = 0; i < len;) {
		const char *nl = memchr(text + i, '\n', len - i);
		size_t n = (nl ? (size_t)(nl - text) : len) - i;

		/* One that is cut off at the end was being written when it ended. */
		if (nl && n < sizeof(line)) {
			memcpy(line, text + i, n);
			line[n] = '\0';
			found |= read_line(line, ret);
		}
		i += n + 1;
	}
	return found;
}

/* Of one that wrote down how it was; `ret_why`: what is to be said beside that. */
static enum ledger_end end_of_line(const struct ledger_facts *f, const char **ret_why)
{
	switch (f->line.now) {
	case LEDGER_RUNS:
		if (f->watchdog && f->line.watchdog_ms)
			*ret_why = "nothing was wrong but that it was not fed";
		return f->watchdog ? LEDGER_WATCHDOG : LEDGER_RESET;
	case LEDGER_STARVES:
		return LEDGER_WATCHDOG;
	case LEDGER_ENDS:
		if (f->watchdog)
			*ret_why = "the machine hung while it ended";
		if (f->watchdog)
			return LEDGER_WATCHDOG;
		break;
	case LEDGER_OFF: /* some machines reset by their watchdog: it says nothing now */
	case LEDGER_NOW_N:
		break;
	case LEDGER_FAULT:
		return LEDGER_CRASH;
	}
	return f->line.by_ladder ? LEDGER_LADDER : LEDGER_PLANNED;
}

static enum ledger_end end_of(const struct ledger_facts *f, const char **ret_why)
{
	*ret_why = f->found && f->line.now != LEDGER_RUNS ? f->line.why : "";
	if (f->memory && f->panic) {
		*ret_why = f->panic;
		return LEDGER_PANIC;
	}
	if (f->memory && f->found)
		return end_of_line(f, ret_why);
	if (f->watchdog)
		return LEDGER_WATCHDOG;
	return f->memory ? LEDGER_POWER : LEDGER_UNKNOWN;
}

struct ledger ledger_judge(const struct ledger_facts *f)
{
	const char *text;
	enum ledger_end end = end_of(f, &text);
	struct ledger l = {.end = (uint32_t)end, .boots = f->found ? f->line.boots : 0};
	struct text why = text_in(l.why, sizeof(l.why));

	l.bad_boots = (f->found ? f->line.bad : 0) + ends[end].bad;
	text_add(&why, text);
	return l;
}
