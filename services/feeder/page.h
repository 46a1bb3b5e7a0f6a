/*
 * What the feeder shows: the page (complete without scripts and other files) and its JSON twin.
 * Writes into a libevent buffer.  Everything shown is ours or a number, so nothing is escaped.
 */
#pragma once

#include <event2/buffer.h>

#include "feeder.h"

enum notice {
	NOTICE_NONE,
	NOTICE_FED,
	NOTICE_REFILLED,
	NOTICE_BAD_PORTION,
	NOTICE_EMPTY,
	NOTICE_TOO_SOON,
	NOTICE_BROKEN,
	NOTICE_N,
};

int page_write(struct evbuffer *out, const struct feeder *f, int64_t now, enum notice notice);
int page_write_json(struct evbuffer *out, const struct feeder *f, int64_t now);
/* "2 minutes", "1 hour" …; returns buf. */
const char *page_duration(char *buf, size_t size, int64_t seconds);
