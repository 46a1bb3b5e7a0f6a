/*
 * The feeder's state and its rules: how much is in the hopper, who was fed last, whether another
 * portion may fall.  Pure: no clock, no file, no hardware.  Times are seconds since the epoch.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FEEDER_CAPACITY_G    10000
#define FEEDER_PORTION_MIN_G 50
#define FEEDER_PORTION_MAX_G 500
#define FEEDER_PORTION_G     200
#define FEEDER_REST_S        60
#define FEEDER_RECENT_N      10

enum record_kind {
	RECORD_FEED,
	RECORD_REFILL,
	RECORD_FAIL, /* the portion written just before did not fall */
	RECORD_KIND_N,
};

/* What happened, and what it left in the hopper: so that the newest record alone tells the level.
 */
struct record {
	int64_t at;
	enum record_kind kind;
	int grams;
	int level_g;
};

struct feeder {
	int level_g;
	int rest_s;                            /* between two portions */
	int64_t last_feed;                     /* 0: never */
	struct record recent[FEEDER_RECENT_N]; /* newest first */
	size_t n_recent;
};

enum feeder_verdict {
	FEEDER_OK,
	FEEDER_BAD_PORTION,
	FEEDER_EMPTY,
	FEEDER_TOO_SOON,
	FEEDER_VERDICT_N,
};

void feeder_init(struct feeder *f, int rest_s);
enum feeder_verdict feeder_may_feed(const struct feeder *f, int grams, int64_t now);
/* Seconds until the goat may have more; 0: now. */
int feeder_rest_left(const struct feeder *f, int64_t now);
/* The record of an event that happens now, for feeder_apply() and the journal. */
struct record feeder_record(const struct feeder *f, enum record_kind kind, int grams, int64_t now);
void feeder_apply(struct feeder *f, const struct record *rec);
