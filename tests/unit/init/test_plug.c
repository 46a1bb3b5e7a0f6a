/* Devices that come while the machine runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../../init/helper.h"
#include "life.h"

static const char asks[] = "add@/devices/x\0ACTION=add\0MODALIAS=pci:v1";
static const char plain[] = "add@/devices/x\0ACTION=add\0SUBSYSTEM=net";

static void booted(void)
{
	(void)fake_add(CTR_SERVICE, "s");
	begin();
	assert_true(plug_open(&m.plug, m.epfd) >= 0);
	run_until(5000);
}

/* len 0: some were lost */
static void kernel_says(const char *text, size_t len)
{
	memcpy(world.netlink[world.netlink_n].bytes, text, len);
	world.netlink[world.netlink_n++].len = len;
	plug_readable(&m.plug);
}

static void settle(void)
{
	m.now = world.now;
	plug_settle(&m);
}

static void one_helper_at_a_time_looks_at_what_has_come(void **state)
{
	(void)state;
	booted();
	kernel_says(plain, sizeof(plain));
	run_until(6000);
	assert_int_equal(world.plugs, 0);
	kernel_says(asks, sizeof(asks));
	settle();
	for (int i = 0; i < 20; i++)
		kernel_says(asks, sizeof(asks));
	settle();
	assert_int_equal(world.plugs, 1);
	run_until(7000);
	assert_int_equal(world.plugs, 2);
	run_until(100000);
	assert_int_equal(world.plugs, 2);
	assert_int_equal(m.plug.said, 22);
	assert_true(m.plug.deadline == CTR_NEVER);
}

static void what_is_lost_may_have_been_a_device(void **state)
{
	(void)state;
	booted();
	kernel_says("", 0);
	run_until(7000);
	assert_int_equal(world.plugs, 1);
	assert_int_equal(m.plug.lost, 1);
}

/* Only the first mapping is the root: a container may well have others. */
static void a_damaged_root_is_left_in_order(void **state)
{
	static const char other[] = "change@/devices/virtual/block/dm-1\0ACTION=change\0"
				    "DM_VERITY_ERR_BLOCK_NR=0,17";
	static const char root[] = "change@/devices/virtual/block/dm-0\0ACTION=change\0"
				   "DM_VERITY_ERR_BLOCK_NR=0,17";

	(void)state;
	booted();
	kernel_says(other, sizeof(other));
	settle();
	assert_int_equal(m.off, OFF_NONE);
	kernel_says(root, sizeof(root));
	settle();
	assert_int_equal(m.off, OFF_ROLLBACK);
	assert_true(m.by_ladder);
	assert_string_equal(m.why, "the sealed root is damaged: block 17 of its file system");
	run_until(6000);
	run_until(300000);
	assert_int_not_equal(world.rebooted, 0);
}

/* What no reboot repairs must not be a boot loop. */
static void a_root_that_is_damaged_every_time_ends_in_maintenance(void **state)
{
	static const char root[] = "change@/devices/virtual/block/dm-0\0ACTION=change\0"
				   "DM_VERITY_ERR_BLOCK_NR=1,2";

	(void)state;
	booted();
	m.bad_boots = 100;
	kernel_says(root, sizeof(root));
	settle();
	assert_int_equal(m.off, OFF_NONE);
	assert_true(m.maintenance);
	assert_string_equal(m.why, "the sealed root is damaged: block 2 of its verity tree");
}

static void nonsense_is_counted(void **state)
{
	(void)state;
	booted();
	kernel_says("libudev", 8);
	kernel_says(asks, 20);
	run_until(7000);
	assert_int_equal(world.plugs, 0);
	assert_int_equal(m.plug.forged, 2);
}

static void a_helper_that_hangs_is_ended_and_another_one_may_come(void **state)
{
	(void)state;
	booted();
	world.plug_hangs = true;
	kernel_says(asks, sizeof(asks));
	settle();
	run_until(60000);
	assert_int_equal(fake_live_children(), 2);
	run_until(70000);
	assert_int_equal(fake_live_children(), 1);
	world.plug_hangs = false;
	kernel_says(asks, sizeof(asks));
	settle();
	run_until(80000);
	assert_int_equal(world.plugs, 2);
	assert_int_equal(fake_live_children(), 1);
}

static void an_image_without_modules_costs_one_look(void **state)
{
	(void)state;
	booted();
	world.plug_status = COLDPLUG_NOTHING << 8;
	kernel_says(asks, sizeof(asks));
	run_until(7000);
	kernel_says(asks, sizeof(asks));
	run_until(9000);
	assert_int_equal(world.plugs, 1);
}

static void a_helper_that_cannot_start_does_so_later(void **state)
{
	uint64_t calls;

	(void)state;
	booted();
	kernel_says(asks, sizeof(asks));
	calls = world.calls;
	world.fail_at = calls + 1;
	settle();
	assert_int_equal(world.plugs, 0);
	run_until(world.now + 3000);
	assert_int_equal(world.plugs, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_helper_at_a_time_looks_at_what_has_come),
		T(what_is_lost_may_have_been_a_device),
		T(a_damaged_root_is_left_in_order),
		T(a_root_that_is_damaged_every_time_ends_in_maintenance),
		T(nonsense_is_counted),
		T(a_helper_that_hangs_is_ended_and_another_one_may_come),
		T(an_image_without_modules_costs_one_look),
		T(a_helper_that_cannot_start_does_so_later),
	};

	return cmocka_run_group_tests_name("plug", tests, NULL, NULL);
}
