/* PID 1's whole loop in the world of tests/fake. */
#pragma once

#include "../../init/boot.h"
#include "../../init/log.h"
#include "../../init/loop.h"
#include "../../init/sys.h"
#include "../fake/sys_fake.h"
#include "fuzz.h"

static struct machine m;

static inline void machine_begin(void)
{
	m = (struct machine)MACHINE_NEW;
	m.began_ms = m.now = m.pool.now = sys_now_ms();
	ring_init(&m.log, sys_map(4096), 4096);
	(void)console_open(&m.console, "/dev/console");
	log_open(&m.log, &m.console);
	m.null_fd = sys_open("/dev/null", 2);
	ring_init(&m.events, sys_map(4096), 4096);
	MUST(loop_open(&m) == 0 && ctl_open(&m, "/ctl") == 0);
	MUST(facts_open(&m.facts, m.epfd) == 0);
	m.pool.epfd = m.epfd;
	m.pool.null_fd = m.null_fd;
	m.pool.console = &m.console;
	m.pool.events = &m.events;
	m.pool.runtime = "/usr/bin/runc";
	m.pool.self = "/proc/self/exe";
	m.pool.slots = 3;
	boot_begin(&m);
}

/* Up to so many turns; fewer when nothing will ever happen. */
static inline void machine_turns(int n)
{
	while (n-- > 0 && !m.over && !world.rebooted && !world.idle)
		loop_turn(&m);
	world.idle = false;
}

/* On the console there is nothing that moves a terminal's cursor, whoever wrote it. */
static inline void console_is_clean(const char *s)
{
	for (; *s; s++) {
		unsigned char ch = (unsigned char)*s;

		MUST(ch >= 0x20 || ch == '\t' || ch == '\n' ||
			(ch == '\r' && (s[1] == '\n' || !s[1])));
		MUST(ch != 0x7f);
	}
}

static inline void machine_end(void)
{
	console_is_clean(world.log);
	MUST(m.pool.impossible == 0);
	MUST(world.strangers_killed == 0);
	for (size_t i = 0; i < m.pool.n; i++)
		MUST(memchr(m.pool.ctr[i].reason, '\0', sizeof(m.pool.ctr[i].reason)));
	log_open(NULL, NULL);
	m = (struct machine){0};
	fake_reset();
}
