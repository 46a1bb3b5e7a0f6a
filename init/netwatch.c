#include "netwatch.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/epoll.h>

#include "../lib/text.h"
#include "log.h"
#include "source.h"
#include "sys.h"

enum {
	BUFFER = 32768, /* the largest the kernel puts together for a dump */
	READS_A_TURN = 16,
};

int netwatch_open(struct netwatch *w, int epfd)
{
	const uint32_t groups = 1u << (RTNLGRP_LINK - 1) | 1u << (RTNLGRP_IPV4_ROUTE - 1) |
				1u << (RTNLGRP_IPV6_ROUTE - 1);

	*w = (struct netwatch){.routes_old = true, .links_old = true};
	return source_watch(epfd, sys_netlink(NETLINK_ROUTE, groups), SOURCE_FACTS, &w->fd);
}

static struct netwatch_link *link_at(struct netwatch *w, int index)
{
	for (size_t i = 0; i < NETWATCH_LINKS; i++) {
		if (w->link[i].index == index)
			return &w->link[i];
	}
	return NULL;
}

static void take_link(struct netwatch *w, struct nlmsghdr *h)
{
	const struct ifinfomsg *info = nlmsg_data(h);
	struct netwatch_link *l;
	const struct nlattr *name;

	if (!nlmsg_valid_hdr(h, sizeof(*info)) || info->ifi_index <= 0)
		return;
	l = link_at(w, info->ifi_index);
	if (h->nlmsg_type == RTM_DELLINK) {
		if (l)
			*l = (struct netwatch_link){0};
		return;
	}
	if (!l)
		l = link_at(w, 0);
	name = nlmsg_find_attr(h, sizeof(*info), IFLA_IFNAME);
	if (!l || !name || (info->ifi_flags & IFF_LOOPBACK))
		return;
	l->index = info->ifi_index;
	l->up = info->ifi_flags & IFF_UP;
	l->carrier = info->ifi_flags & IFF_LOWER_UP;
	(void)nla_strlcpy(l->name, name, sizeof(l->name));
}

static bool is_default(struct nlmsghdr *h)
{
	const struct rtmsg *r = nlmsg_data(h);

	return nlmsg_valid_hdr(h, sizeof(*r)) && r->rtm_dst_len == 0 &&
	       r->rtm_type == RTN_UNICAST && r->rtm_table == RT_TABLE_MAIN;
}

/* The kernel cannot answer now.  It is asked again, but not at once and for ever. */
static void refused(struct netwatch *w)
{
	w->routes_old |= w->counting;
	w->links_old |= !w->counting;
	w->asked = w->counting = false;
	w->refused = true;
}

static void dump_done(struct netwatch *w)
{
	if (w->counting)
		w->routes = w->count;
	w->asked = w->counting = false;
}

/*
 * An answer to the last question.  A notification has the number of whoever asked for the change,
 * as rtmsg_fib() copies it from the request: only being part of a dump tells it from ours.
 */
static bool is_answer(const struct netwatch *w, const struct nlmsghdr *h)
{
	return h->nlmsg_seq == w->seq && (h->nlmsg_flags & NLM_F_MULTI);
}

static void take_message(struct netwatch *w, struct nlmsghdr *h)
{
	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		take_link(w, h);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		if (!is_answer(w, h))
			w->routes_old = true;
		else if (w->counting)
			w->count += is_default(h);
		break;
	case NLMSG_DONE:
		/* What changed while the kernel was telling may be missing: NLM_F_DUMP_INTR. */
		w->routes_old |= w->counting && (h->nlmsg_flags & NLM_F_DUMP_INTR);
		dump_done(w);
		break;
	case NLMSG_ERROR:
		refused(w);
		break;
	default:
		break;
	}
}

static void overrun(struct netwatch *w)
{
	/* A dump that is coming in goes on, whatever notifications were lost; it is too old to
	 * count. */
	w->overruns++;
	w->routes_old = w->links_old = true;
	memset(w->link, 0, sizeof(w->link));
}

void netwatch_readable(struct netwatch *w)
{
	static char buf[BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));

	for (int i = 0; i < READS_A_TURN; i++) {
		ssize_t n = sys_netlink_read(w->fd, buf, sizeof(buf));
		int left = (int)n;

		if (n == -ENOBUFS)
			overrun(w);
		if (n < 0)
			return;
		for (struct nlmsghdr *h = (struct nlmsghdr *)buf; nlmsg_ok(h, left);
			h = nlmsg_next(h, &left))
			take_message(w, h);
	}
}

static void ask(struct netwatch *w, uint16_t type)
{
	const struct {
		struct nlmsghdr h;
		struct rtgenmsg g;
	} question = {{.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
			      .nlmsg_type = type,
			      .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			      .nlmsg_seq = ++w->seq},
		{.rtgen_family = 0}};

	w->asked = sys_write(w->fd, &question, question.h.nlmsg_len) > 0;
	w->refused = !w->asked;
}

void netwatch_settle(struct netwatch *w, bool retry)
{
	w->refused &= !retry;
	if (w->fd < 0 || w->asked || w->refused)
		return;
	if (w->routes_old) {
		w->count = 0;
		ask(w, RTM_GETROUTE);
		w->counting = w->asked;
		w->routes_old = !w->asked;
	} else if (w->links_old) {
		ask(w, RTM_GETLINK);
		w->links_old = !w->asked;
	}
}

bool netwatch_is_up(const struct netwatch *w)
{
	return w->routes > 0;
}

const char *netwatch_why(const struct netwatch *w, char *buf, size_t size)
{
	struct text t = text_in(buf, size);
	size_t links = 0;

	text_add(&t, w->fd < 0   ? "the kernel cannot be asked about the network"
		     : w->routes ? "there is a default route"
				 : "there is no default route");
	for (size_t i = 0; i < NETWATCH_LINKS; i++) {
		const struct netwatch_link *l = &w->link[i];

		if (!l->index)
			continue;
		links++;
		text_addf(&t, "; %s %s", l->name,
			!l->up        ? "is down"
			: !l->carrier ? "has no carrier"
				      : "has a carrier");
	}
	if (!links)
		text_add(&t, "; there is no link");
	return buf;
}
