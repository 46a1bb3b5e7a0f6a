/* How the last boot ended, from every combination of what the next one can find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../../init/ledger.h"

#define BOOT   "nanny-ledger boot bad=3\n"
#define GOOD   "nanny-ledger good\n"
#define ASKED  "nanny-ledger end reboot operator: asked for\n"
#define LADDER "nanny-ledger end reboot ladder: a does not get better: exit status 1\n"

static void each_combination_has_its_verdict(void **state)
{
	static const struct {
		const char *text;
		bool memory, panic, watchdog;
		enum ledger_end end;
		uint32_t bad;
	} cases[] = {
		{"", false, false, false, LEDGER_UNKNOWN, 0},
		{"", false, false, true, LEDGER_WATCHDOG, 1},
		{"", true, false, false, LEDGER_POWER, 0},
		{"", true, true, false, LEDGER_PANIC, 1},
		{"", true, false, true, LEDGER_WATCHDOG, 1},
		{BOOT, true, false, false, LEDGER_RESET, 3},
		{BOOT, true, false, true, LEDGER_WATCHDOG, 4},
		{BOOT, true, true, false, LEDGER_PANIC, 4},
		{BOOT, true, true, true, LEDGER_PANIC, 4},
		{BOOT GOOD, true, false, false, LEDGER_RESET, 0},
		{BOOT GOOD, true, false, true, LEDGER_WATCHDOG, 1},
		{BOOT ASKED, true, false, false, LEDGER_PLANNED, 3},
		{BOOT GOOD ASKED, true, false, false, LEDGER_PLANNED, 0},
		{BOOT LADDER, true, false, false, LEDGER_LADDER, 4},
		{BOOT GOOD LADDER, true, false, false, LEDGER_LADDER, 1},
		/* A panic on the way down is one. */
		{BOOT ASKED, true, true, false, LEDGER_PANIC, 4},
		/* Older boots before it, lines of others between. */
		{BOOT LADDER "something else\n" BOOT, true, false, false, LEDGER_RESET, 3},
		{"nanny-ledger boot bad=7\n" GOOD ASKED BOOT LADDER, true, false, false,
			LEDGER_LADDER, 4},
		/* Cut off while it was being written, or nonsense. */
		{BOOT "nanny-ledger end reboot oper", true, false, false, LEDGER_RESET, 3},
		{"nanny-ledger boot bad=99999999999\n", true, false, false, LEDGER_POWER, 0},
		{"nanny-ledger boot bad=\nnanny-ledger end\nnanny-ledger \n", true, false, false,
			LEDGER_POWER, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct ledger_facts f = {cases[i].memory, cases[i].text,
			strlen(cases[i].text), cases[i].panic, cases[i].watchdog};
		struct ledger l = ledger_judge(&f);

		if (l.end != cases[i].end || l.bad_boots != cases[i].bad)
			fail_msg("case %zu: %s, %u bad", i, ledger_end_name((enum ledger_end)l.end),
				(unsigned)l.bad_boots);
	}
}

static void what_is_written_can_be_read(void **state)
{
	char buf[512], why[300];
	struct text t = text_in(buf, sizeof(buf));
	struct ledger_facts f = {.memory = true};
	struct ledger l;

	(void)state;
	memset(why, 'y', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	ledger_boot(&t, 5);
	ledger_end(&t, "reboot", true, "a\nnanny-ledger good");
	f.text = t.buf;
	f.len = t.len;
	l = ledger_judge(&f);
	assert_int_equal(l.end, LEDGER_LADDER);
	assert_int_equal(l.bad_boots, 6);
	assert_string_equal(l.why, "a nanny-ledger good");

	t = text_in(buf, 320);
	ledger_end(&t, "poweroff", false, why);
	f.len = t.len;
	l = ledger_judge(&f);
	assert_true(strlen(l.why) < LEDGER_WHY_MAX);
}

/* Any bytes are survived, with every length. */
static void any_memory_is_survived(void **state)
{
	static const char text[] = BOOT GOOD LADDER ASKED;

	(void)state;
	for (size_t len = 0; len <= sizeof(text); len++) {
		for (unsigned v = 0; v < 256; v += 3) {
			char bytes[sizeof(text)];
			const struct ledger_facts f = {.memory = true, .text = bytes, .len = len};

			memcpy(bytes, text, sizeof(text));
			bytes[len ? len - 1 : 0] = (char)v;
			assert_true(ledger_judge(&f).end < LEDGER_END_N);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_combination_has_its_verdict),
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(any_memory_is_survived),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
