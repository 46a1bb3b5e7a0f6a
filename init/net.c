#include "net.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <stdio.h>

/* libnl has error numbers of its own. */
static int from_nl(int r)
{
	switch (-r) {
	case 0:
		return 0;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_OBJ_NOTFOUND:
	case NLE_NODEV:
		return -ENODEV;
	default:
		return r < 0 ? -EIO : 0;
	}
}

static struct nl_sock *open_route(int *ret_r)
{
	struct nl_sock *sk = nl_socket_alloc();

	*ret_r = sk ? from_nl(nl_connect(sk, NETLINK_ROUTE)) : -ENOMEM;
	if (*ret_r < 0) {
		nl_socket_free(sk);
		return NULL;
	}
	return sk;
}

int net_loopback_up(void)
{
	struct rtnl_link *change = NULL;
	int r;
	struct nl_sock *sk = open_route(&r);

	if (!sk)
		return r;
	change = rtnl_link_alloc();
	if (!change) {
		r = -ENOMEM;
	} else {
		rtnl_link_set_name(change, "lo");
		rtnl_link_set_flags(change, IFF_UP);
		r = from_nl(rtnl_link_change(sk, change, change, 0));
	}
	rtnl_link_put(change);
	nl_socket_free(sk);
	return r;
}

static int first_mac(struct nl_cache *links, char ret_mac[13])
{
	for (struct nl_object *o = nl_cache_get_first(links); o; o = nl_cache_get_next(o)) {
		struct rtnl_link *link = (struct rtnl_link *)o;
		struct nl_addr *addr = rtnl_link_get_addr(link);
		const unsigned char *b;

		if (rtnl_link_get_arptype(link) != ARPHRD_ETHER || !addr ||
			nl_addr_get_len(addr) != 6)
			continue;
		b = nl_addr_get_binary_addr(addr);
		snprintf(ret_mac, 13, "%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4],
			b[5]);
		return 0;
	}
	return -ENODEV;
}

int net_first_mac(char ret_mac[13])
{
	struct nl_cache *links = NULL;
	int r;
	struct nl_sock *sk = open_route(&r);

	if (!sk)
		return r;
	r = from_nl(rtnl_link_alloc_cache(sk, AF_UNSPEC, &links));
	if (r == 0) {
		r = first_mac(links, ret_mac);
		nl_cache_free(links);
	}
	nl_socket_free(sk);
	return r;
}
