#include "ladder.h"

static const char *const rung_names[] = {
	[RUNG_RESTART] = "it restarts",
	[RUNG_CLEAN] = "it restarts with a clean layer",
	[RUNG_DEPENDANTS] = "it restarts, and so does what depends on it",
	[RUNG_MACHINE] = "the machine reboots",
};
_Static_assert(sizeof(rung_names) / sizeof(rung_names[0]) == RUNG_N, "a rung has no name");

const char *rung_name(enum rung r)
{
	return rung_names[r];
}

enum rung ladder_rung(uint32_t in_a_row, uint32_t escalate, bool critical)
{
	const uint32_t top = critical ? RUNG_MACHINE : RUNG_DEPENDANTS;
	uint32_t r;

	if (!escalate)
		return RUNG_RESTART;
	r = in_a_row / escalate;
	return (enum rung)(r < top ? r : top);
}

bool ladder_is_step(uint32_t in_a_row, uint32_t escalate)
{
	return escalate && in_a_row % escalate == 0 && in_a_row / escalate <= RUNG_MACHINE;
}

enum remedy ladder_machine(uint32_t bad_boots, bool can_roll_back)
{
	if (bad_boots <= LADDER_REBOOTS)
		return REMEDY_REBOOT;
	if (can_roll_back && bad_boots <= LADDER_REBOOTS + LADDER_ROLLBACKS)
		return REMEDY_ROLLBACK;
	return REMEDY_MAINTENANCE;
}
