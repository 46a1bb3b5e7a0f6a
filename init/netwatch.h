/*
 * The network as rtnetlink(7) tells it: links with their carrier, and whether there is a default
 * route. Parsed with the functions of libnl that take no memory.  Changes come as notifications;
 * after a loss of them (ENOBUFS) everything is asked for anew.  One question at a time is on its
 * way.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NETWATCH_LINKS = 16, /* more are not told of; routes count, whatever link they use */
};

struct netwatch_link {
	int index; /* 0: no link */
	bool up, carrier;
	char name[16];
};

struct netwatch {
	int fd;
	uint32_t seq;               /* of the last question */
	bool asked;                 /* a dump is on its way */
	bool refused;               /* the last question was; asked again a little later */
	bool routes_old, links_old; /* must be asked for */
	bool counting;              /* the dump is of routes */
	unsigned routes;            /* default routes, as last counted */
	unsigned count;             /* … in the dump that is coming in */
	uint64_t overruns;          /* notifications were lost */
	struct netwatch_link link[NETWATCH_LINKS];
};

int netwatch_open(struct netwatch *w, int epfd);
void netwatch_readable(struct netwatch *w);
/* Asks what has to be asked; once more, after a refusal, when it is time to retry. */
void netwatch_settle(struct netwatch *w, bool retry);
bool netwatch_is_up(const struct netwatch *w);
/* "there is no default route; eth0 has no carrier" */
const char *netwatch_why(const struct netwatch *w, char *buf, size_t size);
