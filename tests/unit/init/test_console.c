/*
 * The console module over a device that takes only so much: sys.h is played here, not by the world
 * of sys_fake.c, which has a console that never fills.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../../init/console.h"
#include "../../../init/sys.h"

static char device[1 << 20];
static size_t device_len, device_room;
static int device_error;
static char memory[CONSOLE_BUF];

int sys_open(const char *path, int flags)
{
	(void)flags;
	return strcmp(path, "/dev/console") == 0 ? 7 : -ENOENT;
}

void sys_close(int *fd)
{
	*fd = -1;
}

void *sys_map(size_t size)
{
	return size <= sizeof(memory) ? memory : NULL;
}

ssize_t sys_write(int fd, const void *buf, size_t size)
{
	(void)fd;
	if (device_error)
		return -device_error;
	if (device_room == 0)
		return -EAGAIN;
	if (size > device_room)
		size = device_room;
	memcpy(device + device_len, buf, size);
	device_len += size;
	device_room -= size;
	device[device_len] = '\0';
	return (ssize_t)size;
}

/* The driver's own buffer goes out with time, a byte each millisecond. */
static int unsent, slept_ms;
static bool stalled;

int sys_unsent(int fd)
{
	(void)fd;
	return unsent;
}

void sys_sleep_ms(int ms)
{
	slept_ms += ms;
	if (!stalled)
		unsent = unsent > ms ? unsent - ms : 0;
}

static struct console c;

static int setup(void **state)
{
	(void)state;
	device_len = 0;
	device_room = sizeof(device) - 1;
	device_error = unsent = slept_ms = 0;
	stalled = false;
	device[0] = '\0';
	return console_open(&c, "/dev/console");
}

static void lines_carry_the_name(void **state)
{
	(void)state;
	console_line(&c, "feeder", "hello", 5);
	console_line(&c, NULL, "bare", 4);
	assert_false(console_flush(&c));
	assert_string_equal(device, "[feeder] hello\r\nbare\r\n");
}

static void a_line_in_pieces_is_one_line(void **state)
{
	static const char feeder[] = "feeder", web[] = "web";

	(void)state;
	console_part(&c, feeder, "login", 5);
	console_part(&c, feeder, ": ", 2);
	assert_false(console_flush(&c));
	assert_string_equal(device, "[feeder] login: ");
	console_line(&c, feeder, "goat", 4);
	console_line(&c, feeder, "next", 4);
	console_part(&c, feeder, "a", 1);
	console_part(&c, feeder, "", 0);
	console_part(&c, web, "b", 1);
	console_line(&c, feeder, "c", 1);
	console_part(&c, web, "d", 1);
	console_line(&c, web, "", 0);
	console_part(&c, NULL, "bare", 4);
	console_line(&c, NULL, " line", 5);
	assert_false(console_flush(&c));
	assert_string_equal(device,
		"[feeder] login: goat\r\n[feeder] next\r\n[feeder] a\r\n[web] b\r\n"
		"[feeder] c\r\n[web] d\r\nbare line\r\n");
}

static void a_stalled_device_costs_lines_that_are_counted_exactly(void **state)
{
	uint64_t said = 0;
	size_t lines = 0;
	char *p;

	(void)state;
	device_room = 0;
	for (int i = 0; i < 10000; i++)
		console_line(&c, "noisy", "0123456789", (size_t)(i % 11));
	assert_true(c.head - c.tail <= CONSOLE_BUF);
	assert_true(console_flush(&c));
	assert_true(c.dropped > 0);

	device_room = sizeof(device) - 1;
	assert_false(console_flush(&c));
	console_line(&c, "noisy", "again", 5);
	assert_false(console_flush(&c));
	for (p = device; (p = strstr(p, "[noisy] ")); p++)
		lines++;
	p = strstr(device, "[console] ");
	assert_non_null(p);
	said = strtoull(p + strlen("[console] "), NULL, 10);
	assert_int_equal(said, c.dropped);
	assert_int_equal(lines + said, 10001);
}

static void a_slow_device_gets_everything_in_order(void **state)
{
	(void)state;
	console_line(&c, NULL, "abcdefgh", 8);
	for (int i = 0; i < 9; i++) {
		device_room = 1;
		assert_true(console_flush(&c));
	}
	device_room = 100;
	assert_false(console_flush(&c));
	assert_string_equal(device, "abcdefgh\r\n");
}

static void a_device_that_goes_away_is_given_up(void **state)
{
	(void)state;
	console_line(&c, NULL, "x", 1);
	device_error = EIO;
	assert_false(console_flush(&c));
	assert_int_equal(c.fd, -1);
	console_line(&c, NULL, "y", 1);
	assert_false(console_flush(&c));
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
	(void)state;
	console_line(&c, NULL, "a\033[2Jb\tc\a", 9);
	assert_false(console_flush(&c));
	assert_string_equal(device, "a.[2Jb\tc.\r\n");
}

static void a_service_cannot_write_in_anothers_name(void **state)
{
	(void)state;
	console_line(&c, "web", "x\r[nanny] off\n[nanny] off", 25);
	console_line(&c, "web", "dos\r", 4);
	assert_false(console_flush(&c));
	assert_string_equal(device, "[web] x.[nanny] off.[nanny] off\r\n[web] dos\r\n");
}

static void what_an_eight_bit_terminal_obeys_does_not_reach_it(void **state)
{
	(void)state;
	console_line(&c, NULL, "\302\233m \233m \303\274 \342\202\254 \177", 15);
	assert_false(console_flush(&c));
	assert_string_equal(device, ".m .m \303\274 \342\202\254 .\r\n");
}

static void what_is_drained_has_left_the_driver(void **state)
{
	(void)state;
	unsent = 75;
	console_line(&c, "root", "REFUSED", 7);
	console_drain(&c);
	assert_string_equal(device, "[root] REFUSED\r\n");
	assert_int_equal(unsent, 0);
	assert_in_range(slept_ms, 80, 100); /* and what the device itself holds */
}

static void a_dead_device_is_drained_for_a_bounded_time(void **state)
{
	(void)state;
	unsent = 75;
	stalled = true;
	console_drain(&c);
	assert_int_equal(unsent, 75);
	assert_in_range(slept_ms, 900, 1100);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lines_carry_the_name),
		T(a_line_in_pieces_is_one_line),
		T(a_stalled_device_costs_lines_that_are_counted_exactly),
		T(a_slow_device_gets_everything_in_order),
		T(a_device_that_goes_away_is_given_up),
		T(control_characters_do_not_reach_the_terminal),
		T(a_service_cannot_write_in_anothers_name),
		T(what_an_eight_bit_terminal_obeys_does_not_reach_it),
		T(what_is_drained_has_left_the_driver),
		T(a_dead_device_is_drained_for_a_bounded_time),
	};

	return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
