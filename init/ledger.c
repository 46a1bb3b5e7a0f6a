#include "ledger.h"

#include <string.h>

#define MARK "nanny-ledger "

enum {
	LINE_MAX = 320,
};

static const char *const end_names[] = {
	[LEDGER_UNKNOWN] = "unknown",
	[LEDGER_PLANNED] = "planned",
	[LEDGER_LADDER] = "ladder",
	[LEDGER_PANIC] = "panic",
	[LEDGER_WATCHDOG] = "watchdog",
	[LEDGER_POWER] = "power",
	[LEDGER_RESET] = "reset",
};
_Static_assert(sizeof(end_names) / sizeof(end_names[0]) == LEDGER_END_N, "an end has no name");

const char *ledger_end_name(enum ledger_end e)
{
	return end_names[e];
}

void ledger_boot(struct text *t, uint32_t bad_boots)
{
	text_addf(t, MARK "boot bad=%u\n", (unsigned)bad_boots);
}

void ledger_good(struct text *t)
{
	text_add(t, MARK "good\n");
}

void ledger_end(struct text *t, const char *how, bool by_ladder, const char *why)
{
	text_addf(t, MARK "end %s %s: ", how, by_ladder ? "ladder" : "operator");
	for (; *why; why++)
		text_add_n(t, *why == '\n' ? " " : why, 1);
	text_add(t, "\n");
}

/* What the lines tell, the last of each kind. */
struct told {
	bool boot, ended, by_ladder;
	uint32_t bad;
	char why[LEDGER_WHY_MAX];
};

static const char *after(const char *line, const char *word)
{
	return strncmp(line, word, strlen(word)) == 0 ? line + strlen(word) : NULL;
}

static void take_line(struct told *t, const char *line)
{
	const char *rest;
	int64_t bad = 0;

	rest = after(line, "boot bad=");
	if (rest && text_number(rest, 0, 1000000, &bad)) {
		*t = (struct told){.boot = true, .bad = (uint32_t)bad};
		return;
	}
	if (strcmp(line, "good") == 0)
		t->bad = 0;
	rest = after(line, "end ");
	rest = rest ? strchr(rest, ' ') : NULL;
	if (!rest)
		return;
	t->ended = true;
	t->by_ladder = after(rest, " ladder: ") != NULL;
	rest = strstr(rest, ": ");
	if (rest) {
		struct text why = text_in(t->why, sizeof(t->why));

		text_add(&why, rest + 2);
	}
}

static struct told read_lines(const char *text, size_t len)
{
	struct told t = {0};
	char line[LINE_MAX];

	for (size_t i = 0; i < len;) {
		const char *nl = memchr(text + i, '\n', len - i);
		size_t n = (nl ? (size_t)(nl - text) : len) - i;

		/* One that is cut off at the end was being written when it ended. */
		if (nl && n < sizeof(line)) {
			const char *rest;

			memcpy(line, text + i, n);
			line[n] = '\0';
			rest = after(line, MARK);
			if (rest)
				take_line(&t, rest);
		}
		i += n + 1;
	}
	return t;
}

static enum ledger_end end_of(const struct ledger_facts *f, const struct told *t)
{
	if (!f->memory)
		return f->watchdog ? LEDGER_WATCHDOG : LEDGER_UNKNOWN;
	if (f->panic)
		return LEDGER_PANIC;
	if (t->ended)
		return t->by_ladder ? LEDGER_LADDER : LEDGER_PLANNED;
	if (f->watchdog)
		return LEDGER_WATCHDOG;
	return t->boot ? LEDGER_RESET : LEDGER_POWER;
}

struct ledger ledger_judge(const struct ledger_facts *f)
{
	/* Nobody's fault is a power cut, a button, or what an operator asked for. */
	static const bool bad[] = {[LEDGER_LADDER] = true,
		[LEDGER_PANIC] = true,
		[LEDGER_WATCHDOG] = true,
		[LEDGER_RESET] = false};
	struct told t = read_lines(f->text, f->len);
	enum ledger_end end = end_of(f, &t);
	struct ledger l = {.bad_boots = t.bad + bad[end], .end = (uint32_t)end};

	memcpy(l.why, t.why, sizeof(l.why));
	return l;
}
