#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "cgroup.h"
#include "ctr_life.h"
#include "ctr_path.h"
#include "events.h"
#include "helper.h"
#include "ladder.h"
#include "log.h"
#include "order.h"
#include "source.h"
#include "sys.h"
#include "watchdog.h"

enum {
	SCAN_MS = 120 * 1000,
	SCAN_DATA_MS =
		60 * 60 * 1000, /* a large card's check; each of its steps has a limit (data.c) */
	STOP_GRACE_MS = 30 * 1000, /* beyond the longest stop time of a container */
	DAEMONS_MS = 5 * 1000,     /* as LinuxKit gives everybody */
	ONSHUTDOWN_MS = 60 * 1000, /* all of them together */
	UNMOUNT_MS = 30 * 1000,
	OFF_MS = 10 * 1000,
	CLOCK_MS = 60 * 60 * 1000,
	HELPER_BUSY_MS = 1000,           /* … and then it is looked again */
	MAINTENANCE_MS = 60 * 60 * 1000, /* until another boot is tried */
};

static const char *const phase_names[] = {
	[PHASE_SCAN] = "scan",
	[PHASE_ONBOOT] = "onboot",
	[PHASE_UP] = "up",
	[PHASE_STOP] = "stop",
	[PHASE_ONSHUTDOWN] = "onshutdown",
	[PHASE_UNMOUNT] = "unmount",
	[PHASE_OFF] = "off",
};
_Static_assert(sizeof(phase_names) / sizeof(phase_names[0]) == PHASE_N, "a phase has no name");

static const char *const off_names[] = {[OFF_NONE] = "none",
	[OFF_HALT] = "halt",
	[OFF_POWEROFF] = "poweroff",
	[OFF_REBOOT] = "reboot",
	[OFF_ROLLBACK] = "rollback"};
_Static_assert(sizeof(off_names) / sizeof(off_names[0]) == OFF_N, "a way to end has no name");

const char *phase_name(enum phase p)
{
	return phase_names[p];
}

const char *off_name(enum off o)
{
	return off_names[o];
}

bool machine_degraded(const struct machine *m)
{
	for (size_t i = 0; i < m->pool.n; i++) {
		const struct ctr *c = &m->pool.ctr[i];

		if (c->state == CTR_BACKOFF ||
			(c->state == CTR_FAILED && c->def->policy.onfail != ONFAIL_IGNORE))
			return true;
		if (c->def->kind == CTR_SERVICE &&
			(c->state == CTR_UP ? c->health.failed & 1
					    : c->want_up && c->state != CTR_DONE &&
						      c->backoff.in_a_row))
			return true; /* its last probe failed, or it is on its way through another
					start */
	}
	return m->maintenance;
}

static void enter(struct machine *m, enum phase p, int64_t limit_ms)
{
	m->phase = p;
	if (!m->phase_at[p])
		m->phase_at[p] = m->now;
	events_machine(&m->events, m->now, phase_names[p], m->off != OFF_NONE ? m->why : "");
	m->deadline = limit_ms < 0 ? CTR_NEVER : m->now + limit_ms;
	m->cursor = 0;
}

pid_t machine_start_helper(
	const struct machine *m, const char *name, const char *arg, int out, int *ret_pidfd)
{
	static const char *const no_env[] = {NULL};
	const char *const argv[] = {name, arg, NULL};
	int err = m->console.fd >= 0 ? m->console.fd : m->null_fd;
	const struct spawn s = {.path = m->pool.self,
		.argv = argv,
		.envp = no_env,
		.fd = {m->null_fd, out < 0 ? err : out, err}};

	return sys_spawn(&s, ret_pidfd);
}

static int start_helper(struct machine *m, const char *name, const char *arg, int out)
{
	int r;

	sys_close(&m->helper_pidfd);
	r = machine_start_helper(m, name, arg, out, &m->helper_pidfd);
	m->helper = r < 0 ? 0 : r;
	return r < 0 ? log_errno(r, "helper %s: cannot start", name) : 0;
}

/* Only what asks for it runs, and nannyctl; after an hour another boot is tried. */
static void begin_maintenance(struct machine *m, const char *why)
{
	if (m->maintenance)
		return;
	m->maintenance = true;
	snprintf(m->why, sizeof(m->why), "%s", why);
	log_warn("MAINTENANCE: %s; another boot is tried in %d minutes", why,
		MAINTENANCE_MS / 60000);
	events_machine(&m->events, m->now, "maintenance", why);
	for (size_t i = 0; i < m->pool.n; i++) {
		if (!m->pool.records[i].policy.maintenance)
			ctr_want(&m->pool.ctr[i], false);
	}
}

/*
 * Without its containers the machine is of no use and no good boot, but it can still be asked;
 * another boot may read them.
 */
static void scan_failed(struct machine *m, const char *why)
{
	char text[160];

	snprintf(text, sizeof(text), "the containers cannot be read: %.100s", why);
	sys_close(&m->scan.fd);
	m->up_ms = m->now;
	enter(m, PHASE_UP, -1);
	m->unread = true;
	if (m->plug.damage[0])
		boot_damaged(m, m->plug.damage);
	if (m->off == OFF_NONE)
		begin_maintenance(m, text);
}

void boot_begin(struct machine *m)
{
	int w = -1;
	int r;

	m->scan = (struct scan_input){.fd = -1};
	enter(m, PHASE_SCAN, m->has_data ? SCAN_DATA_MS : SCAN_MS);
	r = sys_pipe(&m->scan.fd, &w);
	if (r == 0)
		r = start_helper(m, HELPER_SCAN, NULL, w);
	sys_close(&w);
	if (r == 0)
		r = sys_epoll_ctl(
			m->epfd, EPOLL_CTL_ADD, m->scan.fd, EPOLLIN, source_pack(SOURCE_SCAN, 0));
	if (r < 0)
		scan_failed(m, strerror(-r));
}

/* What has been said before there was a place for it. */
static void remember_log(struct machine *m)
{
	static struct ring_record rec;
	struct ring_cursor at = ring_oldest(&m->log);
	uint64_t lost;

	if (!m->remember.ram)
		return;
	while (m->log.bytes && ring_next(&m->log, &at, &rec, &lost))
		words_line(&m->remember.words, "nanny", rec.text, rec.len);
	m->console.words = &m->remember.words;
}

static bool can_roll_back(const struct machine *m)
{
	const struct slots_known *s = &m->slots;

	return s->running &&
	       (s->part == SLOT_ON_TRIAL || (s->part == SLOT_CHOSEN && s->other_good));
}

static void open_slots(struct machine *m)
{
	struct slots_known *s = &m->slots;

	*s = m->scan.header.slots;
	if (s->part >= SLOT_PART_N)
		*s = (struct slots_known){.running = '\0'};
	if (s->running)
		log_info("slot %c runs, %s; the other one is %s", s->running,
			slots_part_text((enum slot_part)s->part),
			s->other_good ? "good, too" : "not known to be good");
	/* RAM that outlives a reset knows more of them: the watchdog's, and the kernel's. */
	if (s->running && !remember_works(&m->remember) && s->bad) {
		m->bad_boots = s->bad;
		log_info("%u bad boots in a row, by the record of the slots", (unsigned)s->bad);
	}
}

/* How the last boot ended; and that this one has begun. */
static void open_ledger(struct machine *m)
{
	struct ledger *l = &m->ledger;

	*l = m->scan.header.ledger;
	if (l->end >= LEDGER_END_N)
		l->end = LEDGER_UNKNOWN;
	l->why[sizeof(l->why) - 1] = '\0';
	m->bad_boots = l->bad_boots;
	remember_open(&m->remember, l, m->hardware.reset_ram);
	m->remember.line.watchdog_ms = m->watchdog.fd < 0 ? 0 : (uint32_t)m->watchdog.limit_ms;
	remember_line(&m->remember);
	remember_log(m);
	log_info("last reset: %s%s%s; %u bad boot%s in a row",
		ledger_end_name((enum ledger_end)l->end), l->why[0] ? ": " : "", l->why,
		(unsigned)m->bad_boots, m->bad_boots == 1 ? "" : "s");
}

static void close_ledger(struct machine *m, enum ledger_now now)
{
	struct ledger_line *l = &m->remember.line;

	l->now = now;
	l->by_ladder = m->by_ladder;
	snprintf(l->why, sizeof(l->why), "%s: %.140s", off_names[m->off], m->why);
	remember_line(&m->remember);
}

/* Everything has been well for long enough: what was bad before is over. */
static void settle_ledger(struct machine *m)
{
	if (machine_degraded(m))
		m->good_at = m->now + m->good_ms;
	if (m->now < m->good_at)
		return;
	if (m->slots.running && m->helper) {
		m->good_at = m->now + HELPER_BUSY_MS;
		return;
	}
	m->good_at = CTR_NEVER;
	m->bad_boots = m->remember.line.bad = 0;
	remember_line(&m->remember);
	log_info("this is a good boot");
	if (m->slots.running)
		m->marks_good = start_helper(m, HELPER_SLOT, NULL, -1) == 0;
}

static void scan_complete(struct machine *m)
{
	for (size_t i = 0; i < m->scan.header.count; i++) {
		if (scan_record_ok(&m->pool.records[i]))
			continue;
		scan_failed(m, "the helper wrote a bad record");
		return;
	}
	sys_close(&m->scan.fd);
	open_ledger(m);
	open_slots(m);
	/* Its driver may have come with its device. */
	if (watchdog_open(&m->watchdog, &m->hardware, m->now) < 0 && m->hardware.watchdog[0])
		log_warn("watchdog %s: there is none", m->hardware.watchdog);
	ctr_pool_ready(&m->pool, m->scan.header.count);
	m->clock_at = m->has_data ? m->now + CLOCK_MS : CTR_NEVER;
	log_info("%u containers; onboot begins", (unsigned)m->pool.n);
	if (!m->maintenance && m->bad_boots &&
		ladder_machine(m->bad_boots, can_roll_back(m)) == REMEDY_MAINTENANCE)
		begin_maintenance(m, "too many bad boots in a row");
	enter(m, PHASE_ONBOOT, -1);
}

static int scan_header_done(struct machine *m)
{
	if (m->scan.header.magic != SCAN_MAGIC || m->scan.header.count > SCAN_MAX)
		return -EPROTO;
	return ctr_pool_init(&m->pool, m->scan.header.count);
}

void boot_scan_readable(struct machine *m)
{
	struct scan_input *in = &m->scan;
	const size_t head = sizeof(in->header);

	while (in->fd >= 0) {
		size_t total = head + in->header.count * sizeof(struct scan_record);
		size_t want = in->got < head ? head - in->got : total - in->got;
		ssize_t n = 0;
		char *to;

		if (in->got >= head && want == 0) {
			scan_complete(m);
			return;
		}
		to = in->got < head ? (char *)&in->header + in->got
				    : (char *)m->pool.records + (in->got - head);
		n = sys_read(in->fd, to, want);
		if (n == -EAGAIN || n == -EINTR)
			return;
		if (n <= 0) {
			scan_failed(m, n < 0 ? strerror((int)-n) : "the helper ended early");
			return;
		}
		in->got += (size_t)n;
		if (in->got == head && scan_header_done(m) < 0)
			scan_failed(m, "bad header, or out of memory");
	}
}

void boot_request(struct machine *m, enum off how, const char *who)
{
	if (m->off != OFF_NONE) {
		log_info("%s: %s is already on its way", who, off_names[m->off]);
		return;
	}
	m->off = how;
	if (!m->why[0])
		snprintf(m->why, sizeof(m->why), "asked for by %s", who);
	log_info("%s, asked for by %s", off_names[how], who);
}

bool boot_reaped(struct machine *m, pid_t pid, int status)
{
	if (!m->helper || pid != m->helper)
		return false;
	m->helper = 0;
	sys_close(&m->helper_pidfd);
	if (status != 0)
		log_warn("%s: the helper failed (status %#x)", phase_name(m->phase),
			(unsigned)status);
	else if (m->marks_good)
		m->slots.is_good = true;
	m->marks_good = false;
	return true;
}

/* A failed container, or one that does not get better, is the machine's business now. */
static void apply_remedy(struct machine *m, const struct ctr *c, enum remedy r)
{
	char why[160];

	snprintf(why, sizeof(why), "%s does not get better: %.90s", c->name,
		c->reason[0] ? c->reason : "it is not well");
	if (r == REMEDY_MAINTENANCE) {
		begin_maintenance(m, why);
		return;
	}
	m->by_ladder = true;
	snprintf(m->why, sizeof(m->why), "%s", why);
	log_warn("%s", why);
	boot_request(m, r == REMEDY_ROLLBACK ? OFF_ROLLBACK : OFF_REBOOT, "the escalation ladder");
}

/* Whatever still runs does so out of what was read before: there is not much to wait for. */
void boot_damaged(struct machine *m, const char *block)
{
	char why[160];

	if (m->off != OFF_NONE || m->maintenance)
		return;
	snprintf(why, sizeof(why), "the sealed root is damaged: block %s of its %s",
		block[0] && block[1] == ',' ? block + 2 : block,
		block[0] == '0' ? "file system" : "verity tree");
	if (!can_roll_back(m) && ladder_machine(m->bad_boots + 1, false) == REMEDY_MAINTENANCE) {
		begin_maintenance(m, why);
		return;
	}
	m->by_ladder = true;
	snprintf(m->why, sizeof(m->why), "%s", why);
	log_warn("%s", why);
	boot_request(m, OFF_ROLLBACK, "dm-verity");
}

static void take_remedy(struct machine *m)
{
	const struct ctr *c = m->pool.remedy_for;

	m->pool.remedy_for = NULL;
	if (c && m->off == OFF_NONE && !m->maintenance)
		apply_remedy(m, c, ladder_machine(m->bad_boots + 1, can_roll_back(m)));
}

/* What onfail: says of a step that has failed; once for each. */
static void step_failed(struct machine *m, struct ctr *c)
{
	switch ((enum policy_onfail)c->def->policy.onfail) {
	case ONFAIL_CONTINUE:
	case ONFAIL_IGNORE:
		break;
	case ONFAIL_REBOOT:
		/* Its boots count, too: a step that never works must not be a boot loop. */
		apply_remedy(m, c, ladder_machine(m->bad_boots + 1, can_roll_back(m)));
		break;
	case ONFAIL_ROLLBACK:
		apply_remedy(m, c,
			ladder_machine(m->bad_boots + 1, can_roll_back(m)) == REMEDY_MAINTENANCE
				? REMEDY_MAINTENANCE
				: REMEDY_ROLLBACK);
		break;
	case ONFAIL_MAINTENANCE:
		apply_remedy(m, c, REMEDY_MAINTENANCE);
		break;
	}
}

/* In maintenance mode only what asks for it. */
static bool may_run(const struct machine *m, const struct ctr *c)
{
	return !m->maintenance || c->def->policy.maintenance;
}

/* The next container of this kind that has not had its turn; NULL when all have. */
static struct ctr *turn_of(struct machine *m, enum ctr_kind kind)
{
	while (m->cursor < m->pool.n) {
		struct ctr *c = &m->pool.ctr[m->cursor];

		if (c->def->kind == (uint8_t)kind && may_run(m, c) &&
			!(c->mark[MARK_WAIT] && ctr_state_at_rest(c->state)) &&
			c->state != CTR_FAILED)
			return c;
		m->cursor++;
		if (c->def->kind == (uint8_t)kind && c->state == CTR_FAILED && m->off == OFF_NONE)
			step_failed(m, c);
	}
	return NULL;
}

static void want_services(struct machine *m)
{
	for (size_t i = 0; i < m->pool.n; i++) {
		if (m->pool.ctr[i].def->kind == CTR_SERVICE && may_run(m, &m->pool.ctr[i]))
			ctr_want(&m->pool.ctr[i], true);
	}
}

/* Those first that nobody comes after, so that each has what it needs to its own end. */
static bool want_down_in_order(struct machine *m, bool all)
{
	bool any = false;

	for (size_t i = 0; i < m->pool.n; i++) {
		struct ctr *c = &m->pool.ctr[i];

		if (!c->want_up || !(all || !order_needed(&m->pool, c)))
			continue;
		ctr_want(c, false);
		any = true;
	}
	return any;
}

static bool all_at_rest(const struct machine *m)
{
	for (size_t i = 0; i < m->pool.n; i++) {
		if (!ctr_state_at_rest(m->pool.ctr[i].state))
			return false;
	}
	return true;
}

static bool begin_stop(struct machine *m)
{
	uint32_t longest = 0;

	for (size_t i = 0; i < m->pool.n; i++) {
		if (m->pool.records[i].policy.stop_ms > longest)
			longest = m->pool.records[i].policy.stop_ms;
	}
	m->good_at = m->clock_at = CTR_NEVER;
	close_ledger(m, LEDGER_ENDS);
	enter(m, PHASE_STOP, (int64_t)longest * (int64_t)order_levels(&m->pool) + STOP_GRACE_MS);
	return true;
}

/* One container of the phase at a time; true when the last one is through. */
static bool one_by_one(struct machine *m, enum ctr_kind kind)
{
	struct ctr *c = turn_of(m, kind);

	if (!c)
		return true;
	if (!c->want_up && ctr_state_at_rest(c->state))
		ctr_want(c, true);
	return false;
}

static bool in_scan(struct machine *m)
{
	if (m->off != OFF_NONE) {
		sys_close(&m->scan.fd);
		return begin_stop(m);
	}
	if (m->now < m->deadline)
		return false;
	scan_failed(m, "the helper took too long");
	return true;
}

static bool in_onboot(struct machine *m)
{
	if (m->off != OFF_NONE)
		return begin_stop(m);
	if (!one_by_one(m, CTR_ONBOOT))
		return false;
	m->up_ms = m->now;
	enter(m, PHASE_UP, -1);
	want_services(m);
	return true;
}

static bool all_services_up(const struct machine *m)
{
	for (size_t i = 0; i < m->pool.n; i++) {
		const struct ctr *c = &m->pool.ctr[i];

		if (c->def->kind == CTR_SERVICE && !c->def->program && c->state != CTR_UP &&
			c->state != CTR_DONE)
			return false;
	}
	return true;
}

/* Which must not end here again before it has begun, however many were bad. */
static void try_another_boot(struct machine *m)
{
	if (m->remember.line.bad > LADDER_REBOOTS)
		m->remember.line.bad = LADDER_REBOOTS;
	/* One whose containers cannot be read is no better next time. */
	boot_request(m, m->unread ? OFF_ROLLBACK : OFF_REBOOT, "maintenance mode");
}

/* So that a power cut does not set a board without a clock back by more than this. */
static void save_clock(struct machine *m)
{
	if (m->now < m->clock_at)
		return;
	m->clock_at = m->now + CLOCK_MS;
	if (!m->helper)
		(void)start_helper(m, HELPER_CLOCK, NULL, -1);
}

static bool in_up(struct machine *m)
{
	if (m->good_at != CTR_NEVER)
		settle_ledger(m);
	save_clock(m);
	take_remedy(m);
	if (m->maintenance && m->deadline == CTR_NEVER)
		m->deadline = m->now + MAINTENANCE_MS;
	if (m->maintenance && m->now >= m->deadline)
		try_another_boot(m);
	if (m->off != OFF_NONE)
		return begin_stop(m);
	if (!m->up_said && !m->maintenance && all_services_up(m)) {
		m->up_said = true;
		sys_trim_code();
		m->good_at = remember_works(&m->remember) || m->slots.running ? m->now + m->good_ms
									      : CTR_NEVER;
		log_info("up: every service is ready, %lld ms after PID 1 began%s",
			(long long)(m->now - m->began_ms),
			machine_degraded(m) ? "; an onboot step has failed" : "");
	}
	return false;
}

/* What programs of /etc/init.d left running: it has nobody else who would ask it to end. */
static bool daemons_left(const struct machine *m)
{
	char group[CTR_PATH_MAX];

	for (size_t i = 0; i < m->pool.n; i++) {
		ctr_group(&m->pool.ctr[i], group);
		if (m->pool.ctr[i].def->program && !cgroup_empty(group))
			return true;
	}
	return false;
}

/* With the containers at rest whatever still runs is theirs, or nobody's. */
static bool ask_daemons(struct machine *m)
{
	if (m->daemons_asked || !daemons_left(m))
		return false;
	m->daemons_asked = true;
	m->deadline = m->now + DAEMONS_MS;
	(void)sys_kill_all(SIGTERM);
	return true;
}

static bool in_stop(struct machine *m)
{
	bool over = m->now >= m->deadline;

	if (!m->daemons_asked && want_down_in_order(m, over))
		return true; /* one that comes to rest lets another go */
	if (!all_at_rest(m) && !over)
		return false;
	if (ask_daemons(m) || (m->daemons_asked && daemons_left(m) && !over))
		return false;
	enter(m, PHASE_ONSHUTDOWN, ONSHUTDOWN_MS);
	return true;
}

static bool in_onshutdown(struct machine *m)
{
	if (!one_by_one(m, CTR_ONSHUTDOWN) && m->now < m->deadline)
		return false;
	enter(m, PHASE_UNMOUNT, UNMOUNT_MS);
	log_info("unmounting");
	/* What is left has been asked and has had its time. */
	(void)sys_kill_all(SIGKILL);
	(void)start_helper(m, HELPER_UNMOUNT, NULL, -1);
	return true;
}

static bool in_unmount(struct machine *m)
{
	if (m->helper && m->now < m->deadline)
		return false;
	if (m->helper)
		log_warn("unmounting took too long; going on without");
	enter(m, PHASE_OFF, OFF_MS);
	close_ledger(m, LEDGER_OFF);
	watchdog_last(m);
	log_info("%s", off_names[m->off]);
	(void)console_flush(&m->console);
	(void)start_helper(m, HELPER_OFF,
		m->by_ladder && m->off == OFF_REBOOT ? OFF_BY_LADDER : off_names[m->off], -1);
	return true;
}

/* The helper could not, or hangs in the kernel: PID 1 does it itself, at the risk of a panic. */
static bool in_off(struct machine *m)
{
	static const unsigned how[] = {[OFF_HALT] = LINUX_REBOOT_CMD_HALT,
		[OFF_POWEROFF] = LINUX_REBOOT_CMD_POWER_OFF,
		[OFF_REBOOT] = LINUX_REBOOT_CMD_RESTART,
		[OFF_ROLLBACK] = LINUX_REBOOT_CMD_RESTART};

	if (m->over || (m->helper && m->now < m->deadline))
		return false;
	m->over = true;
	m->deadline = CTR_NEVER;
	(void)sys_reboot((int)how[m->off]);
	return false;
}

void boot_settle(struct machine *m)
{
	static bool (*const phases[])(struct machine *) = {
		[PHASE_SCAN] = in_scan,
		[PHASE_ONBOOT] = in_onboot,
		[PHASE_UP] = in_up,
		[PHASE_STOP] = in_stop,
		[PHASE_ONSHUTDOWN] = in_onshutdown,
		[PHASE_UNMOUNT] = in_unmount,
		[PHASE_OFF] = in_off,
	};
	bool again = true;

	while (again) {
		ctr_settle(&m->pool);
		again = phases[m->phase](m);
	}
	ctr_settle(&m->pool);
}
