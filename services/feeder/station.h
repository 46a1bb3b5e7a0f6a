/*
 * The feeder at work: state, log and hopper together, in the order that never feeds twice: decide,
 * write down, turn.  Says each event on standard output.
 */
#pragma once

#include "journal.h"

struct station {
	struct feeder feeder;
	struct journal journal;
};

int station_open(struct station *s, const char *dir, int rest_s);
void station_close(struct station *s);

/* FEEDER_OK and a negative errno below: allowed, but the log or the hopper failed. */
int station_feed(struct station *s, int grams, int64_t now, enum feeder_verdict *ret_verdict);
int station_refill(struct station *s, int64_t now);
