#include "turns.h"

/* 0 … 7 µs have a class each; from there on, the position of the highest bit and the three below
 * it. */
static uint32_t class_of(uint32_t us)
{
	uint32_t shift, c;

	if (us < TURNS_STEPS)
		return us;
	shift = 28u - (uint32_t)__builtin_clz(us);
	c = shift * TURNS_STEPS + (us >> shift);
	return c < TURNS_CLASSES ? c : TURNS_CLASSES - 1;
}

static uint32_t end_of(uint32_t c)
{
	uint32_t shift;

	if (c < 2 * TURNS_STEPS)
		return c;
	shift = c / TURNS_STEPS - 1;
	return ((c % TURNS_STEPS + TURNS_STEPS + 1) << shift) - 1;
}

void turns_note(struct turns *t, int64_t us)
{
	uint32_t length = us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;

	t->n++;
	t->class_n[class_of(length)]++;
	if (length > t->max_us)
		t->max_us = length;
}

uint32_t turns_p999(const struct turns *t)
{
	uint64_t longer = t->n / 1000; /* so many may be longer */
	uint64_t above = 0;

	for (uint32_t c = TURNS_CLASSES; c-- > 0;) {
		above += t->class_n[c];
		if (above > longer)
			return end_of(c) < t->max_us && c < TURNS_CLASSES - 1 ? end_of(c)
									      : t->max_us;
	}
	return 0;
}
