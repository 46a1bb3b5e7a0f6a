#include "board.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/policy.h"
#include "boot.h"
#include "nearest.h"
#include "schema.h"
#include "schema_look.h"

static const char file_name[] = "board.yml";

static const char *const machines[][2] = {
	{"amd64", "x86_64"}, {"arm64", "aarch64"}, {"armhf", "armv7l"}, {"s390x", "s390x"}};

static const char **read_words(
	struct arena *a, const struct ynode *list, struct mark **ret_at, size_t *ret_n)
{
	size_t n = list ? list->n : 0;
	const char **words = arena_alloc(a, (n + 1) * sizeof(*words));

	if (ret_at)
		*ret_at = arena_alloc(a, n * sizeof(**ret_at));
	for (size_t i = 0; i < n; i++) {
		words[i] = list->item[i]->text;
		if (ret_at)
			(*ret_at)[i] = list->item[i]->at;
	}
	*ret_n = n;
	return words;
}

static void read_init(struct arena *a, const struct ynode *list, struct board *b)
{
	static const char *const usual[] = {"nanny/init", "nanny/runc"};

	b->init = read_words(a, list, NULL, &b->n_init);
	if (list)
		return;
	b->n_init = sizeof(usual) / sizeof(usual[0]);
	b->init = arena_alloc(a, sizeof(usual));
	memcpy(b->init, usual, sizeof(usual));
}

static int has_board(const char *boards_dir, const char *name)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/%s/%s", boards_dir, name, file_name);

	return n > 0 && (size_t)n < sizeof(path) && access(path, F_OK) == 0;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void unknown_board(struct arena *a, struct diag *d, const char *boards_dir, const char *name)
{
	struct nearest near = nearest_to(name);
	const char *list = "", *best;
	struct dirent **names;
	int n = scandir(boards_dir, &names, NULL, compare_names);

	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.' && has_board(boards_dir, names[i]->d_name)) {
			nearest_try(&near, arena_strdup(a, names[i]->d_name));
			list = arena_printf(
				a, "%s%s%s", list, list[0] ? ", " : "", names[i]->d_name);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	best = nearest_best(&near);
	if (best)
		diag_error(d, (struct mark){boards_dir, 0, 0},
			"there is no board '%s': did you mean '%s'?", name, best);
	else
		diag_error(d, (struct mark){boards_dir, 0, 0},
			"there is no board '%s'; there are: %s", name, list[0] ? list : "none");
}

static void load_first(struct arena *a, struct board *b, const char *module, struct mark at)
{
	const char **words = arena_alloc(a, (b->n_modules + 2) * sizeof(*words));
	struct mark *marks = arena_alloc(a, (b->n_modules + 1) * sizeof(*marks));

	words[0] = module;
	marks[0] = at;
	memcpy(words + 1, b->modules, (b->n_modules + 1) * sizeof(*words));
	memcpy(marks + 1, b->modules_at, b->n_modules * sizeof(*marks));
	b->modules = words;
	b->modules_at = marks;
	b->n_modules++;
}

/*
 * RAM that no kernel takes for itself: the first piece is init's; in the others the kernel writes
 * what it has to say when it panics.
 */
static void read_reset_ram(struct arena *a, const struct ynode *doc, struct board *b)
{
	const struct ynode *ram = ynode_get(doc, "reset-ram");
	struct mark at = ram ? ram->at : (struct mark){0};
	const uint64_t own = RESET_RAM_PIECE, record = 32 * 1024;
	int64_t address;
	uint64_t size;

	if (!ram || !ynode_int(ynode_get(ram, "address"), &address) ||
		!policy_bytes(ynode_str(ram, "size", ""), &size))
		return;
	if (size > own)
		load_first(a, b,
			arena_printf(a,
				"ramoops mem_address=%#" PRIx64 " mem_size=%" PRIu64
				" record_size=%" PRIu64
				" console_size=0 ftrace_size=0 pmsg_size=0 ecc=1",
				(uint64_t)address + own, size - own, record),
			at);
	b->reset_ram = (uint64_t)address;
	/* Others are told by their device tree, or by mem= in cmdline. */
	if (!strcmp(b->arch, "amd64"))
		b->cmdline = arena_printf(a, "%s%smemmap=%" PRIu64 "$%#" PRIx64, b->cmdline,
			b->cmdline[0] ? " " : "", size, (uint64_t)address);
}

static void read_watchdog(struct arena *a, const struct ynode *doc, struct board *b)
{
	const struct ynode *dog = ynode_get(doc, "watchdog");
	const struct ynode *module = ynode_get(dog, "module");

	if (!dog || !policy_duration(ynode_str(dog, "timeout", ""), &b->watchdog.timeout_ms))
		return;
	b->watchdog.device = ynode_str(dog, "device", "/dev/watchdog0");
	/* Before all others: what hangs while a driver is loaded is what it is for. */
	if (module)
		load_first(a, b, module->text, module->at);
}

static void read_factory_reset(const struct ynode *reset, struct board *b)
{
	b->button.gpio = ynode_str(reset, "gpio", NULL);
	b->button.level = ynode_str(reset, "active", "low");
	(void)policy_duration(ynode_str(reset, "hold", "5s"), &b->button.hold_ms);
	b->reset_file = ynode_str(reset, "file", NULL);
}

static void read_boot(struct arena *a, const struct ynode *boot, struct board *b)
{
	const struct ynode *files = ynode_get(boot, "files");

	b->boot.trees =
		read_words(a, ynode_get(boot, "device-trees"), &b->boot.trees_at, &b->boot.n_trees);
	b->boot.variables = read_words(a, ynode_get(boot, "u-boot"), NULL, &b->boot.n_variables);
	(void)policy_bytes(ynode_str(boot, "environment", "0"), &b->boot.environment);
	if (files) {
		b->boot.files = files->text;
		b->boot.files_at = files->at;
	}
	if (boot)
		b->boot.how = boot_find(ynode_str(boot, "how", ""));
}

static bool is_true(const struct ynode *doc, const char *key)
{
	return strcmp(ynode_str(doc, key, "false"), "true") == 0;
}

static struct disk_size read_size(const struct ynode *disk, const char *key, const char *usual)
{
	const struct ynode *n = ynode_get(disk, key);
	struct disk_size s = {.at = n ? n->at : disk ? disk->at : (struct mark){0}};

	(void)policy_bytes(n ? n->text : usual, &s.bytes);
	return s;
}

static void read_disk(const struct ynode *disk, struct board *b)
{
	static const char *const tables[] = {
		[DISK_GPT] = "gpt", [DISK_HYBRID] = "hybrid", [DISK_MBR] = "mbr"};
	const char *table = ynode_str(disk, "table", "gpt");

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (strcmp(table, tables[i]) == 0)
			b->disk.table = (enum disk_table)i;
	b->disk.is_sealed = !ynode_get(disk, "sealed") || is_true(disk, "sealed");
	b->disk.firmware = read_size(disk, "firmware", "16m");
	b->disk.boot = read_size(disk, "boot", "48m");
	b->disk.system = read_size(disk, "system", "96m");
	b->disk.data = read_size(disk, "data", "16m");
	b->disk.card = read_size(disk, "card", "512m");
}

static void read_qemu(struct arena *a, const struct ynode *qemu, struct board *b)
{
	b->qemu.binary = ynode_str(qemu, "binary", NULL);
	b->qemu.args = read_words(a, ynode_get(qemu, "args"), NULL, &b->qemu.n_args);
	b->qemu.netdev = ynode_str(qemu, "netdev", NULL);
	b->qemu.disk = read_words(a, ynode_get(qemu, "disk"), NULL, &b->qemu.n_disk);
	b->qemu.system = ynode_str(qemu, "system", NULL);
	b->qemu.kernel = ynode_str(qemu, "kernel", ynode_str(qemu, "bios", NULL));
	b->qemu.is_bios = !ynode_get(qemu, "kernel");
}

static struct board *read_board(struct arena *a, const struct ynode *doc, const char *name)
{
	const struct ynode *kernel = ynode_get(doc, "kernel");
	struct board *b = arena_alloc(a, sizeof(*b));

	b->name = arena_strdup(a, name);
	b->arch = ynode_str(doc, "arch", "");
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (!strcmp(b->arch, machines[i][0]))
			b->machine = machines[i][1];
	}
	b->kernel_package = ynode_str(kernel, "package", "");
	b->kernel_suite = ynode_str(kernel, "suite", NULL);
	b->kernel_at = ynode_get(kernel, "package")->at;
	b->kernel_file = ynode_str(kernel, "file", "");
	b->kernel_file += strspn(b->kernel_file, "/");
	b->modules = read_words(a, ynode_get(doc, "modules"), &b->modules_at, &b->n_modules);
	b->coldplug = read_words(a, ynode_get(doc, "coldplug"), &b->coldplug_at, &b->n_coldplug);
	b->storage = read_words(a, ynode_get(doc, "storage"), &b->storage_at, &b->n_storage);
	b->console = ynode_str(doc, "console", "");
	b->cmdline = ynode_str(doc, "cmdline", "");
	read_init(a, ynode_get(doc, "init"), b);
	b->led = ynode_str(doc, "led", NULL);
	if (b->led)
		load_first(a, b, "ledtrig-timer", ynode_get(doc, "led")->at);
	read_reset_ram(a, doc, b);
	read_watchdog(a, doc, b);
	read_factory_reset(ynode_get(doc, "factory-reset"), b);
	read_boot(a, ynode_get(doc, "boot"), b);
	read_disk(ynode_get(doc, "disk"), b);
	b->has_rtc = is_true(doc, "rtc");
	b->kexec_safe = is_true(doc, "kexec");
	read_qemu(a, ynode_get(doc, "qemu"), b);
	return b;
}

static int check_table(struct diag *d, const struct ynode *doc, const struct board *b)
{
	const struct ynode *boot = ynode_get(doc, "boot");

	if (!b->boot.how || !b->boot.how->wants_hybrid || b->disk.table == DISK_HYBRID)
		return 0;
	diag_error(d, ynode_get(boot, "how")->at,
		"'how: %s' starts a partition of an MBR: the disk needs 'table: hybrid'",
		b->boot.how->name);
	return -1;
}

static int check_qemu(struct diag *d, const struct ynode *doc)
{
	const struct ynode *qemu = ynode_get(doc, "qemu");

	if (!ynode_get(qemu, "kernel") || !ynode_get(qemu, "bios"))
		return 0;
	diag_error(
		d, ynode_key_at(qemu, "bios"), "QEMU starts one of 'kernel' and 'bios': keep one");
	return -1;
}

static int check_factory_reset(struct diag *d, const struct ynode *reset)
{
	static const char *const of_button[] = {"active", "hold"};
	const struct ynode *gpio = ynode_get(reset, "gpio");

	if (reset && !gpio && !ynode_get(reset, "file")) {
		diag_error(d, reset->at, "factory-reset needs a 'gpio', a 'file' or both");
		return -1;
	}
	for (size_t i = 0; i < sizeof(of_button) / sizeof(of_button[0]); i++) {
		const struct ynode *n = ynode_get(reset, of_button[i]);

		if (!n || gpio)
			continue;
		diag_error(d, n->at, "'%s' is of a button, and there is no 'gpio'", of_button[i]);
		return -1;
	}
	return 0;
}

struct board *board_load(struct arena *a, struct diag *d, const char *boards_dir, const char *name)
{
	const struct ynode *doc;
	struct board *b;

	if (!name[0] || strchr(name, '/') || name[0] == '.' || !has_board(boards_dir, name)) {
		unknown_board(a, d, boards_dir, name);
		return NULL;
	}
	doc = yaml_load(a, d, arena_printf(a, "%s/%s/%s", boards_dir, name, file_name));
	if (!doc || schema_check(d, doc, &schema_board) < 0)
		return NULL;
	b = read_board(a, doc, name);
	if (check_table(d, doc, b) < 0 || check_qemu(d, doc) < 0 ||
		check_factory_reset(d, ynode_get(doc, "factory-reset")) < 0)
		return NULL;
	return b;
}
