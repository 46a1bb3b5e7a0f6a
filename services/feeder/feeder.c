#include "feeder.h"

#include <string.h>

void feeder_init(struct feeder *f, int rest_s)
{
	*f = (struct feeder){.level_g = FEEDER_CAPACITY_G, .rest_s = rest_s};
}

int feeder_rest_left(const struct feeder *f, int64_t now)
{
	/* A clock that was set back must not starve the goat. */
	if (f->last_feed == 0 || now < f->last_feed || now - f->last_feed >= f->rest_s)
		return 0;
	return (int)(f->rest_s - (now - f->last_feed));
}

enum feeder_verdict feeder_may_feed(const struct feeder *f, int grams, int64_t now)
{
	if (grams < FEEDER_PORTION_MIN_G || grams > FEEDER_PORTION_MAX_G)
		return FEEDER_BAD_PORTION;
	if (grams > f->level_g)
		return FEEDER_EMPTY;
	if (feeder_rest_left(f, now) > 0)
		return FEEDER_TOO_SOON;
	return FEEDER_OK;
}

struct record feeder_record(const struct feeder *f, enum record_kind kind, int grams, int64_t now)
{
	int level_g = kind == RECORD_FEED ? f->level_g - grams : f->level_g + grams;

	return (struct record){.at = now, .kind = kind, .grams = grams, .level_g = level_g};
}

void feeder_apply(struct feeder *f, const struct record *rec)
{
	size_t keep = f->n_recent < FEEDER_RECENT_N ? f->n_recent : FEEDER_RECENT_N - 1;

	f->level_g = rec->level_g;
	if (rec->kind == RECORD_FEED)
		f->last_feed = rec->at;

	memmove(f->recent + 1, f->recent, keep * sizeof(f->recent[0]));
	f->recent[0] = *rec;
	f->n_recent = keep + 1;
}
