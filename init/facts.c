#include "facts.h"

#include "log.h"
#include "order.h"
#include "sys.h"

enum {
	LOOK_MS = 1000,
};

int facts_open(struct facts *f, int epfd)
{
	f->look_at = CTR_NEVER;
	return netwatch_open(&f->net, epfd);
}

void facts_readable(struct facts *f)
{
	netwatch_readable(&f->net);
}

void facts_settle(struct facts *f, struct ctr_pool *p)
{
	bool clock = order_waits_for(p, AFTER_CLOCK), looks;

	netwatch_settle(&f->net, f->look_at <= p->now);
	if (p->net != netwatch_is_up(&f->net)) {
		p->net = !p->net;
		log_info("net: %s",
			p->net ? "there is a default route" : "no default route any more");
	}
	if (clock)
		p->clock = sys_clock_synchronised();
	looks = clock || order_waits_for(p, AFTER_DEV) || f->net.refused;
	f->look_at = looks ? p->now + LOOK_MS : CTR_NEVER;
}
