/* How the last boot ended, from every combination of what the next one can find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../../init/ledger.h"

#define LINE "nanny-ledger boots=7 bad=3 watchdog=60000 "

static struct ledger judge(const char *text, bool memory, const char *panic, bool watchdog)
{
	struct ledger_facts f = {.memory = memory, .panic = panic, .watchdog = watchdog};

	f.found = ledger_read(text, strlen(text), &f.line);
	return ledger_judge(&f);
}

static void each_combination_has_its_verdict(void **state)
{
	static const char runs[] = LINE "now=runs by=operator why=\n",
			  starves[] = LINE "now=starves by=operator why=web is down\n",
			  ends[] = LINE "now=ends by=operator why=reboot\n",
			  ladder[] = LINE "now=ends by=ladder why=reboot\n",
			  off[] = LINE "now=off by=operator why=reboot\n",
			  ladder_off[] = LINE "now=off by=ladder why=reboot\n",
			  fault[] = LINE "now=fault by=operator why=signal 11\n";
	static const struct {
		const char *text, *panic;
		bool memory, watchdog;
		enum ledger_end end;
		uint32_t bad;
	} cases[] = {
		{"", NULL, false, false, LEDGER_UNKNOWN, 0},
		{"", NULL, false, true, LEDGER_WATCHDOG, 1},
		{"", NULL, true, false, LEDGER_POWER, 0},
		{"", "oops", true, false, LEDGER_PANIC, 1},
		{"", NULL, true, true, LEDGER_WATCHDOG, 1},
		{runs, NULL, true, false, LEDGER_RESET, 3},
		{runs, NULL, true, true, LEDGER_WATCHDOG, 4},
		{runs, "oops", true, false, LEDGER_PANIC, 4},
		{runs, "oops", true, true, LEDGER_PANIC, 4},
		{starves, NULL, true, false, LEDGER_WATCHDOG, 4},
		{starves, NULL, true, true, LEDGER_WATCHDOG, 4},
		{starves, "oops", true, true, LEDGER_PANIC, 4},
		{ends, NULL, true, false, LEDGER_PLANNED, 3},
		{ladder, NULL, true, false, LEDGER_LADDER, 4},
		/* It hung on its way, or panicked. */
		{ends, NULL, true, true, LEDGER_WATCHDOG, 4},
		{ladder, NULL, true, true, LEDGER_WATCHDOG, 4},
		{ends, "oops", true, false, LEDGER_PANIC, 4},
		/* What resets by the watchdog on purpose is not bitten by it. */
		{off, NULL, true, true, LEDGER_PLANNED, 3},
		{ladder_off, NULL, true, true, LEDGER_LADDER, 4},
		{off, "oops", true, true, LEDGER_PANIC, 4},
		{fault, NULL, true, false, LEDGER_CRASH, 4},
		{fault, NULL, true, true, LEDGER_CRASH, 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ledger l =
			judge(cases[i].text, cases[i].memory, cases[i].panic, cases[i].watchdog);

		if (l.end != cases[i].end || l.bad_boots != cases[i].bad)
			fail_msg("case %zu: %s, %u bad", i, ledger_end_name((enum ledger_end)l.end),
				(unsigned)l.bad_boots);
		assert_int_equal(l.boots, *cases[i].text ? 7 : 0);
	}
}

static void the_reason_is_told(void **state)
{
	(void)state;
	assert_string_equal(
		judge(LINE "now=starves by=operator why=web is down\n", true, NULL, true).why,
		"web is down");
	assert_string_equal(
		judge(LINE "now=ends by=operator why=a b=c\n", true, NULL, false).why, "a b=c");
	assert_string_equal(judge(LINE "now=runs by=operator why=x\n", true, NULL, false).why, "");
	assert_string_equal(
		judge(LINE "now=runs by=operator why=x\n", true, "sysrq", false).why, "sysrq");
}

static void what_is_written_can_be_read(void **state)
{
	char buf[LEDGER_LINE_MAX];

	(void)state;
	for (int now = 0; now < LEDGER_NOW_N; now++) {
		struct ledger_line l = {.boots = INT32_MAX,
			.bad = 2,
			.watchdog_ms = INT32_MAX,
			.now = (enum ledger_now)now,
			.by_ladder = now % 2 == 0};
		struct ledger_line got = {0};
		struct text t = text_in(buf, sizeof(buf));

		memset(l.why, 'y', sizeof(l.why) - 1);
		l.why[3] = '\n';
		ledger_write(&t, &l);
		assert_false(t.cut);
		assert_true(ledger_read(t.buf, t.len, &got));
		l.why[3] = ' ';
		assert_memory_equal(&got, &l, sizeof(l));
	}
}

/* A log of them, as /dev/pmsg0 keeps it: the last whole one counts. */
static void the_last_whole_line_counts(void **state)
{
	static const char text[] =
		"of somebody else\n" LINE "now=runs by=operator why=\n" LINE
		"now=ends by=ladder why=first\n" LINE "now=ends by=operator why=second\n";
	struct ledger_line l = {0};

	(void)state;
	assert_true(ledger_read(text, sizeof(text) - 1, &l));
	assert_string_equal(l.why, "second");
	assert_true(ledger_read(text, sizeof(text) - 2, &l));
	assert_string_equal(l.why, "first");
}

static void nonsense_is_no_line(void **state)
{
	static const char *const texts[] = {"", "\n", "nanny-ledger \n", "nanny-ledger boots=1\n",
		"nanny-ledger boots=1 bad=99999999999 watchdog=0 now=runs by=operator why=\n",
		"nanny-ledger boots=1 bad= watchdog=0 now=runs by=operator why=\n",
		"nanny-ledger boots=1 bad=0 watchdog=0 now=sits by=operator why=\n",
		"nanny-ledger boots=1 bad=0 watchdog=0 now=runs by=me why=\n",
		"nanny-ledger boots=1 bad=0 watchdog=0 now=runs by=operator\n"};
	struct ledger_line l;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(ledger_read(texts[i], strlen(texts[i]), &l));
}

/* Any bytes are survived, with every length. */
static void any_memory_is_survived(void **state)
{
	static const char text[] =
		LINE "now=runs by=operator why=\n" LINE "now=ends by=ladder why=a\n";

	(void)state;
	for (size_t len = 0; len <= sizeof(text); len++) {
		for (unsigned v = 0; v < 256; v += 3) {
			char bytes[sizeof(text)];
			struct ledger_facts f = {.memory = true};

			memcpy(bytes, text, sizeof(text));
			bytes[len ? len - 1 : 0] = (char)v;
			f.found = ledger_read(bytes, len, &f.line);
			assert_true(ledger_judge(&f).end < LEDGER_END_N);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_combination_has_its_verdict),
		cmocka_unit_test(the_reason_is_told),
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(the_last_whole_line_counts),
		cmocka_unit_test(nonsense_is_no_line),
		cmocka_unit_test(any_memory_is_survived),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
