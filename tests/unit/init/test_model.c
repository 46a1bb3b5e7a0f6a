/*
 * The containers' table, its actions and its deadlines against a second description of the same
 * life, written as a story instead of a table: the same random inputs in virtual time, step by
 * step, and after each the same state, deadline, children and signals.  One container and the
 * service it comes after.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../init/ctr_life.h"
#include "../../../init/helper.h"
#include "../../../init/sys.h"

/* ------------------------------------------------------------ the world: only what is counted */

enum child {
	NOBODY,
	PREPARE,
	CREATE,
	WIRE,
	START,
	DELETE,
	CLEAN,
	PROBE,
	CHILD_N
};

enum {
	STEP_PID = 100,
	CTR_PID = 101,
	PROBE_PID = 102,
	STEP_FD = 200,
	CTR_FD = 201,
	PROBE_FD = 202,
	PIPE_FD = 300,
	GROUP_FD = 400,
	PID_FILE_FD = 401,
	OWN_GROUP_FD,
};

static struct {
	enum child step; /* the child of the state that lives */
	bool process, probe, populated;
	uint32_t spawned[CHILD_N], terms, kills, kills_of_step, terms_of_probe, group_kills;
} world;

int sys_spawn(const struct spawn *s, int *ret_pidfd)
{
	static const struct {
		const char *name;
		enum child child;
	} names[] = {{HELPER_PREPARE, PREPARE}, {HELPER_WIRE, WIRE}, {HELPER_CLEAN, CLEAN},
		{HELPER_PROBE, PROBE}};
	enum child child = NOBODY;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(s->argv[0], names[i].name) == 0)
			child = names[i].child;
	}
	if (child == NOBODY)
		child = strcmp(s->argv[3], "create") == 0  ? CREATE
			: strcmp(s->argv[3], "start") == 0 ? START
							   : DELETE;
	world.spawned[child]++;
	*ret_pidfd = child == PROBE ? PROBE_FD : STEP_FD;
	if (child == PROBE)
		world.probe = true;
	else
		world.step = child;
	return child == PROBE ? PROBE_PID : STEP_PID;
}

int sys_pidfd_kill(int pidfd, int signal)
{
	if (signal == 0)
		return 0; /* only asked whether it has been reaped */
	if (pidfd == CTR_FD && signal == SIGKILL)
		world.kills++;
	else if (pidfd == CTR_FD)
		world.terms++;
	else if (pidfd == STEP_FD)
		world.kills_of_step++;
	else if (signal == SIGTERM)
		world.terms_of_probe++;
	else
		world.probe = false; /* reaped as a stranger, or its end comes */
	return 0;
}

int sys_open(const char *path, int flags)
{
	(void)flags;
	if (strstr(path, "cgroup.events"))
		return GROUP_FD;
	if (strstr(path, "cgroup.kill")) {
		world.group_kills++;
		return GROUP_FD;
	}
	return strncmp(path, "/proc/", 6) == 0 ? OWN_GROUP_FD : PID_FILE_FD;
}

ssize_t sys_read(int fd, void *buf, size_t size)
{
	if (fd == GROUP_FD)
		return snprintf(buf, size, "populated %d\n", world.populated);
	if (fd == OWN_GROUP_FD)
		return snprintf(buf, size, "0::/s\n");
	if (fd == PID_FILE_FD)
		return snprintf(buf, size, "%d", CTR_PID);
	return -EAGAIN;
}

int sys_pidfd_open(pid_t pid)
{
	assert_int_equal(pid, CTR_PID);
	world.process = true;
	return CTR_FD;
}

int sys_log_pipe(int *ret_read, int *ret_write)
{
	*ret_read = PIPE_FD;
	*ret_write = PIPE_FD + 1;
	return 0;
}

void *sys_map(size_t size)
{
	return calloc(1, size);
}

void sys_close(int *fd)
{
	*fd = -1;
}

ssize_t sys_write(int fd, const void *buf, size_t size)
{
	(void)fd;
	(void)buf;
	return (ssize_t)size;
}

ssize_t sys_pread(int fd, void *buf, size_t size, off_t at)
{
	(void)fd;
	(void)buf;
	(void)size;
	(void)at;
	return 0;
}

int sys_epoll_ctl(int epfd, int op, int fd, uint32_t events, uint64_t data)
{
	(void)epfd;
	(void)op;
	(void)fd;
	(void)events;
	(void)data;
	return 0;
}

int sys_rmdir(const char *path)
{
	(void)path;
	return 0;
}

int sys_unlink(const char *path)
{
	(void)path;
	return 0;
}

bool sys_exists(const char *path)
{
	(void)path;
	return false;
}

uint32_t sys_random(void)
{
	return 0;
}

int64_t sys_now_ms(void)
{
	return 0;
}

int sys_mkdir(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	return 0;
}

int sys_listen_datagrams(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	return -ENOSYS;
}

int sys_unsent(int fd)
{
	(void)fd;
	return 0;
}

void sys_sleep_ms(int ms)
{
	(void)ms;
}

int sys_fifo(const char *path)
{
	(void)path;
	return -ENOSYS;
}

int sys_open_mode(const char *path, int flags, mode_t mode)
{
	(void)mode;
	return sys_open(path, flags);
}

/* ------------------------------------------------------------ the story */

static struct policy y; /* of this life */
static uint8_t kind;
static bool wired;

static struct {
	const char *is; /* the name of the state */
	int64_t now, due, limit, up, seen_good, well, probe_due;
	bool want, again, ran, ended, good, blamed, prepared, fresh, exit_seen;
	enum child step;
	bool process, probe, asked, cleared, slot;
	uint32_t row, tries, fails;
	uint32_t spawned[CHILD_N], terms, kills, kills_of_step, terms_of_probe, group_kills;
} story;

#define WHEN(name) (strcmp(story.is, name) == 0)

static void now_is(const char *name)
{
	if (story.is && WHEN("up"))
		story.well = story.fails == 0             ? story.now - story.up
			     : story.seen_good > story.up ? story.seen_good - story.up
							  : 0;
	story.is = name;
	story.due = CTR_NEVER;
	/* A probe belongs to its state. */
	story.probe = false;
	story.probe_due = CTR_NEVER;
}

static void call(enum child c)
{
	story.step = c;
	story.spawned[c]++;
	story.due = story.now + y.runtime_ms;
}

/* What cannot be killed is left behind. */
static void forget_step(void)
{
	story.kills_of_step += story.step != NOBODY;
	story.step = NOBODY;
}

static void wait_in_line(void)
{
	now_is("waiting");
	story.ran = story.ended = story.blamed = story.exit_seen = false;
	story.well = story.seen_good = 0;
	story.limit = kind != CTR_SERVICE && y.timeout_ms ? story.now + y.timeout_ms : CTR_NEVER;
	story.due = story.limit;
}

static void sweep(void)
{
	now_is("sweeping");
	story.due = story.now + 10000;
	story.kills_of_step += story.step != NOBODY;
	story.kills += story.process;
	story.group_kills += world.populated;
}

static void ask_to_end(void)
{
	now_is("stopping");
	if (!story.want || story.again)
		story.blamed = false;
	story.due = story.now + y.stop_ms;
	story.terms += story.process;
}

static void runs(void)
{
	now_is("unready");
	story.ran = true;
	story.due = story.limit;
	if (y.ready == PROBE_TCP) {
		if (y.ready_ms)
			story.due = story.now + y.ready_ms;
		story.probe_due = story.now;
	}
}

static void ready(void)
{
	now_is("up");
	story.due = story.limit;
	story.fails = 0;
	story.up = story.now;
	if (y.health == PROBE_TCP)
		story.probe_due = story.now + y.health_every_ms;
}

static void delete (void)
{
	now_is("deleting");
	forget_step();
	story.process = false;
	call(DELETE);
}

static bool has_done_well(void)
{
	return story.ran && story.ended && story.good && !story.blamed;
}

static void clean(void)
{
	now_is("cleaning");
	forget_step();
	if (story.want && !story.again) {
		if (story.well >= y.stable_ms)
			story.row = 0;
		story.row++;
		if (y.escalate && story.row % y.escalate == 0 && story.row >= y.escalate &&
			story.row <= 3 * y.escalate)
			story.fresh = true;
		else
			story.fresh = false;
	}
	if (kind == CTR_SERVICE && story.prepared && !story.fresh)
		return;
	story.prepared = story.fresh = false;
	call(CLEAN);
}

static void start_over(void)
{
	uint64_t delay = y.backoff_first_ms;

	now_is("backoff");
	for (uint32_t i = 1; i < story.row && delay < y.backoff_cap_ms; i++)
		delay *= 2;
	if (delay > y.backoff_cap_ms)
		delay = y.backoff_cap_ms;
	story.due = story.again ? story.now : story.now + (int64_t)delay;
}

static void what_next(void)
{
	bool well = has_done_well();

	forget_step();
	if (!well && kind != CTR_SERVICE)
		story.tries++;
	if (story.again)
		start_over();
	else if (kind != CTR_SERVICE && well)
		now_is("done");
	else if (kind != CTR_SERVICE && story.want && story.tries <= y.retries)
		start_over();
	else if (kind != CTR_SERVICE)
		now_is("failed");
	else if (!story.want)
		now_is("down");
	else if (y.restart == RESTART_NEVER || (y.restart == RESTART_ON_FAILURE && well) ||
		 (y.oneshot && well))
		now_is(well ? "done" : "failed");
	else
		start_over();
}

/* The call has ended, or there was none to make. */
static void step_ends(bool ok)
{
	if (WHEN("preparing") && ok) {
		story.prepared = true;
		now_is("creating");
		call(CREATE);
	} else if (WHEN("creating") && ok) {
		story.process = true;
		now_is("wiring");
		if (wired)
			call(WIRE);
	} else if (WHEN("wiring") && ok) {
		now_is("starting");
		call(START);
	} else if (WHEN("starting") && ok) {
		runs();
		if (story.exit_seen) {
			story.exit_seen = false;
			sweep();
		}
	} else if (WHEN("deleting")) {
		clean();
	} else if (WHEN("cleaning")) {
		what_next();
	} else if (!WHEN("sweeping")) {
		sweep();
	}
}

static void deadline(void)
{
	story.due = CTR_NEVER;
	if (WHEN("waiting")) {
		story.blamed = true;
		what_next();
	} else if (WHEN("backoff")) {
		wait_in_line();
	} else if (WHEN("unready") || WHEN("up")) {
		story.blamed = true;
		ask_to_end();
	} else if (WHEN("sweeping")) {
		delete ();
	} else if (WHEN("deleting")) {
		clean();
	} else if (WHEN("cleaning")) {
		what_next();
	} else {
		sweep();
	}
}

static void probe_time(void)
{
	if (!story.probe) {
		story.probe = true;
		story.asked = false;
		story.spawned[PROBE]++;
		story.probe_due = WHEN("up") ? story.now + y.health_ms : CTR_NEVER;
		return;
	}
	/* Asked to end, then killed, and its end comes. */
	if (story.asked)
		world.probe = true;
	else
		story.terms_of_probe++;
	story.asked = true;
	story.probe_due = story.now + 1000;
}

/* What follows of itself, until nothing does. */
static void go_on(void)
{
	for (bool more = true; more;) {
		const char *was = story.is;

		if (story.due <= story.now)
			deadline();
		else if ((WHEN("unready") || WHEN("up")) && story.probe_due <= story.now)
			probe_time();
		else if (WHEN("sweeping") && !story.process && !story.step && !world.populated)
			delete ();
		else if (WHEN("waiting") && story.cleared)
			now_is("queued");
		else if (WHEN("queued") && story.slot) {
			now_is("preparing");
			story.again = false;
			if (story.prepared)
				step_ends(true);
			else
				call(PREPARE);
		} else if (WHEN("wiring") && !story.step)
			step_ends(true);
		else if (WHEN("cleaning") && !story.step)
			step_ends(true);
		else if (WHEN("unready") && y.ready == PROBE_NONE)
			ready();
		more = was != story.is;
	}
}

static bool at_rest(void)
{
	return WHEN("down") || WHEN("done") || WHEN("failed");
}

static void wants(bool up)
{
	story.want = up;
	story.again = up && (WHEN("stopping") || WHEN("sweeping") || WHEN("deleting") ||
				    WHEN("cleaning"));
	if (up && (at_rest() || WHEN("backoff")))
		wait_in_line();
	if (up)
		return;
	if (WHEN("waiting") || WHEN("queued") || WHEN("backoff"))
		now_is("down");
	else if (WHEN("preparing") || WHEN("creating") || WHEN("wiring") || WHEN("starting"))
		sweep();
	else if (WHEN("unready") || WHEN("up"))
		ask_to_end();
}

static void wants_another_start(void)
{
	bool running = !at_rest() && !WHEN("backoff") && !WHEN("queued") && !WHEN("waiting");

	if (!running) {
		wants(true);
		return;
	}
	/* Stopped as if for good, but wanted. */
	if (WHEN("preparing") || WHEN("creating") || WHEN("wiring") || WHEN("starting")) {
		story.want = story.again = true;
		sweep();
	} else if (WHEN("unready") || WHEN("up")) {
		story.want = story.again = true;
		ask_to_end();
	}
	story.want = story.again = true;
}

/* ------------------------------------------------------------ both, side by side */

static struct ctr_pool pool;
static struct scan_record records[2];
static uint64_t seed;

static uint32_t roll(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static void forget_rings(void)
{
	for (size_t i = 0; i < pool.n; i++)
		free(pool.ctr[i].ring.bytes);
	free(pool.ctr);
	pool.ctr = NULL;
}

static void new_life(void)
{
	static struct console console = {.fd = -1};

	forget_rings();
	memset(&world, 0, sizeof(world));
	memset(&story, 0, sizeof(story));
	kind = (uint8_t[]){CTR_SERVICE, CTR_SERVICE, CTR_ONBOOT}[roll(3)];
	y = policy_default();
	y.restart = (uint8_t)roll(3);
	y.oneshot = roll(4) == 0;
	y.retries = (uint16_t)roll(3);
	y.escalate = roll(4);
	y.ready = kind == CTR_SERVICE && roll(2) ? PROBE_TCP : PROBE_NONE;
	y.ready_ms = roll(2) ? 5000 : 0;
	y.health = kind == CTR_SERVICE && roll(2) ? PROBE_TCP : PROBE_NONE;
	y.health_every_ms = 3000;
	y.health_ms = 1000;
	y.health_fails = y.health_of = (uint8_t)(1 + roll(3));
	y.timeout_ms = roll(2) ? 20000 : 0;
	y.stable_ms = 4000;
	wired = roll(2);
	records[1] = (struct scan_record){.id = "s", .kind = kind, .policy = y, .wired = wired};
	records[1].after[0] = (struct scan_after){.kind = AFTER_NET};
	records[1].after_n = 1;
	records[0] = (struct scan_record){.id = "other", .kind = CTR_SERVICE, .policy = y};
	pool = (struct ctr_pool){.ctr = calloc(2, sizeof(struct ctr)),
		.records = records,
		.console = &console,
		.runtime = "runc",
		.self = "init",
		.now = 1000,
		.null_fd = 1};
	ctr_pool_ready(&pool, 2);
	story.now = 1000;
	now_is("down");
	story.limit = CTR_NEVER;
}

static const char *last_input;

static void compare(uint64_t step)
{
	const struct ctr *c = &pool.ctr[1];

	if (strcmp(ctr_state_name(c->state), story.is) != 0 || c->deadline != story.due ||
		memcmp(world.spawned, story.spawned, sizeof(world.spawned)) != 0 ||
		world.terms != story.terms || world.kills != story.kills ||
		world.kills_of_step != story.kills_of_step ||
		world.terms_of_probe != story.terms_of_probe ||
		world.group_kills != story.group_kills || c->want_up != story.want ||
		pool.impossible)
		fail_msg("step %llu, after %s: the table is %s till %lld, the story %s till %lld; "
			 "spawned %u %u %u %u %u %u %u / %u %u %u %u %u %u %u; "
			 "terms %u/%u kills %u/%u of steps %u/%u of probes %u/%u groups %u/%u "
			 "want %d/%d",
			(unsigned long long)step, last_input, ctr_state_name(c->state),
			(long long)c->deadline, story.is, (long long)story.due, world.spawned[1],
			world.spawned[2], world.spawned[3], world.spawned[4], world.spawned[5],
			world.spawned[6], world.spawned[7], story.spawned[1], story.spawned[2],
			story.spawned[3], story.spawned[4], story.spawned[5], story.spawned[6],
			story.spawned[7], world.terms, story.terms, world.kills, story.kills,
			world.kills_of_step, story.kills_of_step, world.terms_of_probe,
			story.terms_of_probe, world.group_kills, story.group_kills, c->want_up,
			story.want);
}

/* Each input to both; false when it makes no sense now. */

static bool step_child_ends(void)
{
	bool ok = roll(8) != 0;

	if (world.step == NOBODY || story.step == NOBODY)
		return false;
	world.step = NOBODY;
	story.step = NOBODY;
	(void)ctr_reaped(&pool, STEP_PID, ok ? 0 : 1 << 8);
	step_ends(ok);
	return true;
}

static bool process_ends(void)
{
	static const int statuses[] = {0, 0, 1 << 8, SIGKILL};
	int status = statuses[roll(4)];

	if (!world.process || !story.process)
		return false;
	world.process = story.process = false;
	(void)ctr_reaped(&pool, CTR_PID, status);
	story.ended = true;
	story.good = status == 0;
	if (WHEN("starting"))
		story.exit_seen = true;
	else if (!WHEN("sweeping"))
		sweep();
	return true;
}

static bool probe_ends(void)
{
	bool ok = roll(3) != 0;

	if (!world.probe || !story.probe)
		return false;
	world.probe = story.probe = false;
	(void)ctr_reaped(&pool, PROBE_PID, ok ? 0 : 1 << 8);
	if (WHEN("unready")) {
		story.probe_due = ok ? CTR_NEVER : story.now + 1000;
		if (ok)
			ready();
	} else if (WHEN("up")) {
		story.probe_due = story.now + y.health_every_ms;
		story.fails = ok ? 0 : story.fails + 1;
		story.seen_good = ok ? story.now : story.seen_good;
		if (story.fails >= y.health_of) {
			story.blamed = true;
			ask_to_end();
		}
	}
	return true;
}

static bool time_passes(void)
{
	static const int64_t jumps[] = {1, 50, 100, 1000, 3000, 10000, 60000};
	int64_t by = jumps[roll(7)];
	int64_t next = ctr_next_deadline(&pool);

	/* The loop never sleeps past a deadline. */
	if (next != CTR_NEVER && pool.now + by > next)
		by = next > pool.now ? next - pool.now : 0;
	pool.now += by;
	story.now += by;
	return true;
}

static bool somebody_wants(void)
{
	bool up = roll(4) != 0;

	ctr_want(&pool.ctr[1], up);
	wants(up);
	return true;
}

static bool somebody_restarts(void)
{
	ctr_restart(&pool.ctr[1]);
	wants_another_start();
	return true;
}

static bool condition_changes(void)
{
	pool.net = !pool.net;
	story.cleared = pool.net;
	return true;
}

static bool slots_change(void)
{
	pool.slots = pool.slots ? 0 : 1;
	story.slot = pool.slots != 0;
	return true;
}

static bool group_changes(void)
{
	world.populated = !world.populated;
	return true;
}

static void a_table_and_a_story_tell_the_same(void **state)
{
	static const struct {
		const char *name;
		unsigned weight;
		bool (*do_it)(void);
	} inputs[] = {
		{"a step's end", 30, step_child_ends},
		{"the process's end", 6, process_ends},
		{"a probe's end", 12, probe_ends},
		{"time", 24, time_passes},
		{"a wish", 3, somebody_wants},
		{"a restart", 1, somebody_restarts},
		{"a condition", 4, condition_changes},
		{"a slot", 4, slots_change},
		{"the group", 4, group_changes},
	};
	const char *want_steps = getenv("MODEL_STEPS");
	uint64_t steps = want_steps ? strtoull(want_steps, NULL, 10) : 10000000;
	uint64_t visits[CTR_STATE_N] = {0}, done = 0;

	(void)state;
	seed = 20261124;
	while (done < steps) {
		unsigned dice = roll(88);
		size_t i = 0;

		if (done % 500 == 0)
			new_life();
		while (dice >= inputs[i].weight)
			dice -= inputs[i++].weight;
		last_input = inputs[i].name;
		if (!inputs[i].do_it())
			continue;
		ctr_settle(&pool);
		go_on();
		compare(done++);
		visits[pool.ctr[1].state]++;
	}
	for (int s = 0; s < CTR_STATE_N; s++)
		assert_true(visits[s] > 0 || s == CTR_ENDED);
	print_message("%llu steps, 0 differences\n", (unsigned long long)done);
	forget_rings();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_and_a_story_tell_the_same),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
