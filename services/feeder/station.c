#include "station.h"

#include <stdio.h>
#include <string.h>

#include "hopper.h"

int station_open(struct station *s, const char *dir, int rest_s)
{
	int dropped = 0;
	int r;

	feeder_init(&s->feeder, rest_s);
	r = journal_open(&s->journal, dir, feeder_apply, &s->feeder, &dropped);
	if (r < 0) {
		(void)fprintf(stderr, "feeder: %s/log: cannot open: %s\n", dir, strerror(-r));
		return r;
	}
	if (dropped > 0)
		(void)printf("feeder: %s/log: dropped %d damaged lines\n", dir, dropped);
	return 0;
}

void station_close(struct station *s)
{
	journal_close(&s->journal);
}

static int take_down(struct station *s, enum record_kind kind, int grams, int64_t now)
{
	struct record rec = feeder_record(&s->feeder, kind, grams, now);
	int r = journal_append(&s->journal, &rec);

	if (r < 0) {
		(void)fprintf(stderr, "feeder: log: cannot write: %s\n", strerror(-r));
		return r;
	}
	feeder_apply(&s->feeder, &rec);
	return 0;
}

int station_feed(struct station *s, int grams, int64_t now, enum feeder_verdict *ret_verdict)
{
	int r;

	*ret_verdict = feeder_may_feed(&s->feeder, grams, now);
	if (*ret_verdict != FEEDER_OK)
		return 0;

	/* Written first: a power cut now costs one portion, the other order might give two. */
	r = take_down(s, RECORD_FEED, grams, now);
	if (r < 0)
		return r;
	r = hopper_dispense(grams);
	if (r < 0) {
		(void)fprintf(stderr, "feeder: hopper: cannot turn: %s\n", strerror(-r));
		(void)take_down(s, RECORD_FAIL, grams, now);
		return r;
	}
	(void)printf("feeder: fed %d g, %d g left\n", grams, s->feeder.level_g);
	return 0;
}

int station_refill(struct station *s, int64_t now)
{
	int grams = FEEDER_CAPACITY_G - s->feeder.level_g;
	int r;

	if (grams == 0)
		return 0;
	r = take_down(s, RECORD_REFILL, grams, now);
	if (r >= 0)
		(void)printf("feeder: refilled with %d g\n", grams);
	return r;
}
