/*
 * The web server: a table of routes over libevent's evhttp.  Owns the listening socket.  Answers
 * only itself: a form that another site's page sends is refused.
 */
#pragma once

#include <event2/event.h>

#include "station.h"

struct http;

/* NULL when the port cannot be had (said on standard error). */
struct http *http_new(struct event_base *base, struct station *s, uint16_t port);
void http_free(struct http *h);
