/*
 * A machine in the world of sys_fake.c: begin() boots it, run_until() lets time pass, end() forgets
 * it. For tests of the whole supervisor, each a program of its own.
 */
#pragma once

#include "../../../init/boot.h"
#include "../../../init/log.h"
#include "../../../init/ctr_life.h"
#include "../../../init/loop.h"
#include "../../../init/sys.h"
#include "../../fake/sys_fake.h"

enum {
	LOG_BYTES = 65536,
	TURNS = 20000,
};

static struct machine m;

static void begin(void)
{
	static char events[LOG_BYTES];

	m = (struct machine)MACHINE_NEW;
	m.began_ms = m.now = m.pool.now = sys_now_ms();
	do
		m.log.bytes = sys_map(LOG_BYTES);
	while (!m.log.bytes);
	ring_init(&m.log, m.log.bytes, LOG_BYTES);
	ring_init(&m.events, events, sizeof(events));
	(void)console_open(&m.console, "/dev/console");
	log_open(&m.log, &m.console);
	do
		m.null_fd = sys_open("/dev/null", 2);
	while (m.null_fd < 0);
	/* As main() insists. */
	while (loop_open(&m) < 0)
		continue;
	for (int i = 0; i < 3 && ctl_open(&m, "/ctl") < 0; i++)
		continue;
	(void)facts_open(&m.facts, m.epfd);
	hardware_read(&m.hardware);
	(void)watchdog_open(&m.watchdog, &m.hardware, m.now);
	m.pool.epfd = m.epfd;
	m.pool.null_fd = m.null_fd;
	m.pool.console = &m.console;
	m.pool.events = &m.events;
	m.pool.runtime = "/usr/bin/runc";
	m.pool.self = "/proc/self/exe";
	m.pool.slots = 3;
	boot_begin(&m);
}

static inline void run_until(int64_t ms)
{
	world.look_at = ms;
	for (int i = 0; i < TURNS && world.now < ms && !world.rebooted; i++) {
		int64_t before = world.now;
		uint64_t calls = world.calls;

		loop_turn(&m);
		if (world.now == before && world.calls - calls > 100000)
			fail_msg("the loop spins at %lld ms", (long long)before);
		if (m.over)
			return;
		if (world.idle && m.phase == PHASE_UP)
			world.now = ms;
	}
	if (world.now < ms && !world.rebooted && m.phase != PHASE_UP)
		fail_msg("nothing happens any more in phase %s at %lld ms", phase_name(m.phase),
			(long long)world.now);
}

static void end(void)
{
	log_open(NULL, NULL);
	m = (struct machine){0};
	fake_reset();
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(m.pool.impossible, 0);
	assert_int_equal(world.strangers_killed, 0);
	end();
	return 0;
}

static inline void ask(struct fake_ctr *c, const char *key, const char *value)
{
	assert_true(policy_find(key)->take(&c->policy, value));
}

/* c waits for the container with this number among all, in the order of their kinds. */
static inline void wait_for(struct fake_ctr *c, uint16_t at, enum after_stage stage)
{
	c->after[c->after_n++] =
		(struct scan_after){.kind = AFTER_CTR, .stage = (uint8_t)stage, .at = at};
}

static inline enum ctr_state state_of(const char *name)
{
	return ctr_find(&m.pool, name)->state;
}

static inline const char *answer_to(const char *request)
{
	int client = fake_client(request, 0);

	run_until(world.now + 50);
	return fake_answer(client);
}
