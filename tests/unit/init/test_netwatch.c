/* The network as the kernel tells it: messages made by hand, losses, and what is made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/rtnetlink.h>
#include <linux/if.h>
#include <string.h>

#include "../../../init/netwatch.h"
#include "../../../init/sys.h"
#include "../../fake/sys_fake.h"

static struct netwatch w;

/* The kernel says: bytes of one read. */
static void says(const void *bytes, size_t len)
{
	assert_true(len <= sizeof(world.netlink[0].bytes) && world.netlink_n < 32);
	world.netlink[world.netlink_n].len = len;
	if (len)
		memcpy(world.netlink[world.netlink_n].bytes, bytes, len);
	world.netlink_n++;
}

static void says_route(
	uint16_t type, const struct nlmsghdr *as, uint8_t dst_len, uint8_t table, uint8_t kind)
{
	const struct {
		struct nlmsghdr h;
		struct rtmsg r;
	} m = {{sizeof(m), type, as->nlmsg_flags, as->nlmsg_seq, 0},
		{.rtm_family = 2, .rtm_dst_len = dst_len, .rtm_table = table, .rtm_type = kind}};

	says(&m, sizeof(m));
}

/* Part of the dump that was asked for last. */
static const struct nlmsghdr *answer(void)
{
	static struct nlmsghdr h;

	h = (struct nlmsghdr){.nlmsg_flags = NLM_F_MULTI, .nlmsg_seq = w.seq};
	return &h;
}

/* Somebody changes a route: the notification has the number of the request that did it. */
static void changes_route(uint16_t type, uint32_t seq, uint8_t dst_len)
{
	const struct nlmsghdr h = {.nlmsg_seq = seq};

	says_route(type, &h, dst_len, RT_TABLE_MAIN, RTN_UNICAST);
}

static void says_default(void)
{
	says_route(RTM_NEWROUTE, answer(), 0, RT_TABLE_MAIN, RTN_UNICAST);
}

static void says_done(uint16_t flags)
{
	const struct nlmsghdr h = {
		sizeof(h), NLMSG_DONE, (uint16_t)(NLM_F_MULTI | flags), w.seq, 0};

	says(&h, sizeof(h));
}

static void says_link(uint16_t type, int index, unsigned flags, const char *name)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
		struct rtattr a;
		char name[16];
	} m = {{sizeof(m), type, 0, 0, 0}, {.ifi_index = index, .ifi_flags = flags},
		{RTA_LENGTH(16), IFLA_IFNAME}, ""};

	strncpy(m.name, name, sizeof(m.name) - 1);
	says(&m, sizeof(m));
}

static void listen_and_ask(void)
{
	netwatch_readable(&w);
	netwatch_settle(&w, false);
}

static int open_watch(void **state)
{
	(void)state;
	fake_reset();
	assert_int_equal(netwatch_open(&w, sys_epoll()), 0);
	netwatch_settle(&w, false);
	return 0;
}

static void routes_are_counted_when_all_are_told(void **state)
{
	(void)state;
	assert_true(w.asked && w.counting);
	says_default();
	says_route(RTM_NEWROUTE, answer(), 24, RT_TABLE_MAIN, RTN_UNICAST);
	says_route(RTM_NEWROUTE, answer(), 0, RT_TABLE_LOCAL, RTN_UNICAST);
	says_route(RTM_NEWROUTE, answer(), 0, RT_TABLE_MAIN, RTN_UNREACHABLE);
	netwatch_readable(&w);
	assert_false(netwatch_is_up(&w));
	says_done(0);
	listen_and_ask();
	assert_true(netwatch_is_up(&w));
	assert_int_equal(w.routes, 1);
	assert_true(w.asked && !w.counting); /* the links come next */
	says_done(0);
	listen_and_ask();
	assert_false(w.asked);
}

static void a_change_is_a_reason_to_ask_again(void **state)
{
	/* The kernel's own change, a program's, and one whose number is that of our question. */
	static const uint32_t seqs[] = {0, 1784900000, 0};

	for (size_t i = 0; i < sizeof(seqs) / sizeof(seqs[0]); i++) {
		open_watch(state);
		routes_are_counted_when_all_are_told(state);
		changes_route(RTM_DELROUTE, i == 2 ? w.seq : seqs[i], 0);
		listen_and_ask();
		assert_true(w.asked && w.counting);
		assert_true(netwatch_is_up(&w)); /* not before it is known */
		/* A change while the answer is on its way: once more, after it. */
		changes_route(RTM_NEWROUTE, i == 2 ? w.seq : seqs[i], 24);
		says_done(0);
		listen_and_ask();
		assert_false(netwatch_is_up(&w));
		assert_true(w.asked && w.counting);
		says_default();
		says_done(NLM_F_DUMP_INTR);
		listen_and_ask();
		assert_true(w.asked && w.counting);
	}
}

static void what_is_lost_is_asked_for_anew(void **state)
{
	routes_are_counted_when_all_are_told(state);
	says_link(RTM_NEWLINK, 2, IFF_UP, "eth0");
	listen_and_ask();
	assert_int_equal(w.link[0].index, 2);
	says(NULL, 0);
	listen_and_ask();
	assert_int_equal(w.overruns, 1);
	assert_int_equal(w.link[0].index, 0);
	assert_true(w.asked && w.counting);
	says_done(0);
	listen_and_ask();
	assert_true(w.asked && !w.counting);
	assert_false(netwatch_is_up(&w));
}

/* The kernel refuses a second dump on one socket while the first comes in (EBUSY). */
static void a_loss_amid_an_answer_waits_for_its_end(void **state)
{
	uint32_t seq;

	(void)state;
	seq = w.seq;
	says_default();
	says(NULL, 0);
	listen_and_ask();
	assert_int_equal(w.seq, seq);
	says_done(0);
	listen_and_ask();
	assert_int_equal(w.seq, seq + 1);
	assert_true(w.asked && w.counting);
}

static void a_refused_question_is_asked_again_later(void **state)
{
	const struct nlmsghdr h = {sizeof(h), NLMSG_ERROR, 0, w.seq, 0};
	uint32_t seq = w.seq;

	(void)state;
	says(&h, sizeof(h));
	listen_and_ask();
	assert_int_equal(w.seq, seq);
	assert_true(w.refused);
	netwatch_settle(&w, true);
	assert_int_equal(w.seq, seq + 1);
	assert_true(w.asked && w.counting);
}

static void links_are_told_of_with_their_carrier(void **state)
{
	char why[160];

	(void)state;
	says_link(RTM_NEWLINK, 1, IFF_UP | IFF_LOWER_UP | IFF_LOOPBACK, "lo");
	says_link(RTM_NEWLINK, 2, IFF_UP, "eth0");
	says_link(RTM_NEWLINK, 3, 0, "eth1");
	says_link(RTM_NEWLINK, 4, IFF_UP | IFF_LOWER_UP, "eth2");
	netwatch_readable(&w);
	assert_string_equal(netwatch_why(&w, why, sizeof(why)),
		"there is no default route; eth0 has no carrier; eth1 is down; eth2 has a carrier");
	says_link(RTM_DELLINK, 3, 0, "eth1");
	says_link(RTM_NEWLINK, 2, IFF_UP | IFF_LOWER_UP, "wan");
	netwatch_readable(&w);
	assert_string_equal(netwatch_why(&w, why, sizeof(why)),
		"there is no default route; wan has a carrier; eth2 has a carrier");
	for (int i = 5; i < 40; i++) {
		says_link(RTM_NEWLINK, i, 0, "many");
		netwatch_readable(&w);
	}
	assert_int_equal(w.link[NETWATCH_LINKS - 1].index, 18);
}

/* Cut anywhere, and with any byte changed: nothing is read outside (the sanitizers look). */
static void broken_messages_do_no_harm(void **state)
{
	struct {
		size_t len;
		char bytes[256];
	} good[3];

	(void)state;
	says_link(RTM_NEWLINK, 2, IFF_UP, "eth0");
	says_default();
	says_done(0);
	memcpy(good, world.netlink, sizeof(good));
	for (size_t g = 0; g < 3; g++) {
		for (size_t i = 0; i < good[g].len; i++) {
			world.netlink_n = 0;
			says(good[g].bytes, i ? i : 1);
			netwatch_readable(&w);
			for (int v = 0; v < 256; v += 5) {
				char bytes[256];

				memcpy(bytes, good[g].bytes, good[g].len);
				bytes[i] = (char)v;
				says(bytes, good[g].len);
				netwatch_readable(&w);
			}
		}
	}
	netwatch_settle(&w, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(routes_are_counted_when_all_are_told, open_watch),
		cmocka_unit_test_setup(a_change_is_a_reason_to_ask_again, open_watch),
		cmocka_unit_test_setup(what_is_lost_is_asked_for_anew, open_watch),
		cmocka_unit_test_setup(a_loss_amid_an_answer_waits_for_its_end, open_watch),
		cmocka_unit_test_setup(a_refused_question_is_asked_again_later, open_watch),
		cmocka_unit_test_setup(links_are_told_of_with_their_carrier, open_watch),
		cmocka_unit_test_setup(broken_messages_do_no_harm, open_watch),
	};

	return cmocka_run_group_tests_name("netwatch", tests, NULL, NULL);
}
