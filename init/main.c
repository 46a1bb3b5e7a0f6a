#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/policy.h"
#include "boot.h"
#include "cmdline.h"
#include "crash.h"
#include "early.h"
#include "helper.h"
#include "log.h"
#include "loop.h"
#include "names.h"
#include "nannyctl.h"
#include "root.h"
#include "runtime.h"
#include "sys.h"

enum {
	LOG_BYTES = 64 * 1024,
	MUST = 50, /* tries, 100 ms apart */
	SHOULD = 3,
};

/* PID 1's own programs are found by what the kernel executed, whatever lies at that path by now. */
#define SELF "/proc/self/exe"

static const char *find_runtime(void)
{
	for (size_t i = 0; i < runtime_paths_n; i++) {
		if (sys_exists(runtime_paths[i]))
			return runtime_paths[i];
	}
	log_warn("runtime: no runc or crun in the image; no container can start");
	return runtime_paths[0];
}

static void open_log(struct machine *m)
{
	char *bytes = sys_map(2 * (size_t)LOG_BYTES);
	int r = console_open(&m->console, "/dev/console");

	if (!bytes)
		return; /* says nothing, does everything else */
	ring_init(&m->log, bytes, LOG_BYTES);
	ring_init(&m->events, bytes + LOG_BYTES, LOG_BYTES);
	log_open(&m->log, &m->console);
	if (r < 0)
		(void)log_errno(r, "console: cannot open");
}

static int open_null(struct machine *m)
{
	return m->null_fd = sys_open("/dev/null", O_RDWR);
}

static int open_control(struct machine *m)
{
	return ctl_open(m, CONTROL_SOCKET);
}

static int open_facts(struct machine *m)
{
	return facts_open(&m->facts, m->epfd);
}

static int open_plug(struct machine *m)
{
	return plug_open(&m->plug, m->epfd);
}

static int open_log_sockets(struct machine *m)
{
	return memlog_open(m, MEMLOG_QUERY, MEMLOG_TAKE);
}

/* PID 1's end would be the machine's: what it cannot well do without is tried again. */
static int insist(struct machine *m, int (*open)(struct machine *m), const char *what, int tries)
{
	const struct timespec pause = {0, 100 * 1000 * 1000};
	int r;

	while ((r = open(m)) < 0 && --tries > 0)
		(void)nanosleep(&pause, NULL);
	return r < 0 ? log_errno(r, "%s: cannot open", what) : r;
}

static void read_cmdline(struct machine *m)
{
	struct ctr_pool *p = &m->pool;
	char line[CMDLINE_MAX], word[128];
	const char *at = cmdline_read(line), *from = at;

	m->has_data = cmdline_next(&from, "nanny.data=", word, sizeof(word));
	from = at;
	if (cmdline_next(&from, "nanny.good=", word, sizeof(word)) &&
		!policy_duration(word, &m->good_ms))
		log_warn("nanny.good=%s: it should be a duration, such as 30s or 5m", word);
	p->debug = cmdline_has(line, "linuxkit.runc_debug=1");
	p->bare = cmdline_has(line, "linuxkit.runc_console=1");
}

/* The kernel panics, and starts the machine again when panic= says so. */
static int give_up(struct machine *m)
{
	console_drain(&m->console);
	return 1;
}

/* The initrd is not the system: the root that it brings us to has an init of its own. */
static int be_first_stage(struct machine *m, char **argv)
{
	root_mounts();
	open_log(m);
	root_enter(&m->console, argv);
	return 1; /* the kernel panics, and does what panic= says */
}

static int be_init(char **argv)
{
	static struct machine m = MACHINE_NEW;
	unsigned cpus = sys_cpus();

	m.began_ms = sys_now_ms();
	early_fds();
	crash_arm();
	if (root_is_elsewhere())
		return be_first_stage(&m, argv);
	early_mounts();
	open_log(&m);
	log_info("nanny " VERSION ", PID 1 began at %lld.%03lld s", (long long)(m.began_ms / 1000),
		(long long)(m.began_ms % 1000));
	hardware_read(&m.hardware);
	early_settings(&m.watchdog, &m.hardware);

	(void)insist(&m, open_null, "/dev/null", MUST);
	if (insist(&m, loop_open, "loop", MUST) < 0)
		return give_up(&m);
	(void)insist(&m, open_control, "control socket " CONTROL_SOCKET, SHOULD);
	(void)insist(&m, open_facts, "network", SHOULD);
	(void)insist(&m, open_plug, "devices", SHOULD);
	(void)insist(&m, open_log_sockets, "log sockets", SHOULD);
	m.now = m.pool.now = sys_now_ms();
	m.pool.epfd = m.epfd;
	m.pool.null_fd = m.null_fd;
	m.pool.console = &m.console;
	m.pool.events = &m.events;
	m.pool.runtime = find_runtime();
	m.pool.self = SELF;
	read_cmdline(&m);
	m.pool.slots = cpus + 1;
	boot_begin(&m);
	for (;;)
		loop_turn(&m);
}

static int usage(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fprintf(stderr,
		"init: the kernel starts this as process 1; use nannyctl to ask it (init(8))\n");
	return 2;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} programs[] = {
	{"nannyctl", nannyctl_main},
	{"ctr", ctr_main},
	{"service", service_main},
	{"poweroff", off_main},
	{"reboot", off_main},
	{"halt", off_main},
	{"mdev", mdev_main},
	{HELPER_SCAN, helper_scan},
	{HELPER_PREPARE, helper_prepare},
	{HELPER_WIRE, helper_wire},
	{HELPER_PROGRAM, helper_program},
	{HELPER_PROBE, helper_probe},
	{HELPER_COLDPLUG, helper_coldplug},
	{HELPER_MODPROBE, helper_modprobe},
	{HELPER_CLEAN, helper_clean},
	{HELPER_UNMOUNT, helper_unmount},
	{HELPER_OFF, helper_off},
	{HELPER_SEAL, helper_seal},
	{HELPER_SLOT, helper_slot},
	{HELPER_CLOCK, helper_clock},
};

int main(int argc, char **argv)
{
	static char line[1024]; /* of stderr: a message is one write, and one record of a log */
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	const char *name = slash ? slash + 1 : argc ? argv[0] : "";

	if (getpid() == 1)
		return be_init(argv);
	(void)setvbuf(stderr, line, _IOLBF, sizeof(line));
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (strcmp(programs[i].name, name) == 0)
			return programs[i].run(argc, argv);
	}
	return usage(argc, argv);
}
