/*
 * U-Boot: its distro boot runs boot.scr of the first partition, which starts a slot.  The script
 * and U-Boot lie in front of the slots.
 */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "../lib/slot_record.h"
#include "io.h"
#include "parts.h"
#include "tool.h"

/*
 * Which slot is started first says the record (lib/slot_record.h, whose second copy is for when the
 * power went while the first was written).  One try less is left before it begins; when that cannot
 * be written there is none.  A slot whose files are not all there is passed over.  fdtfile is what
 * U-Boot takes the device for; for one that is not in the slot, the board's first tree.  What
 * starts a kernel comes back only when it fails.
 */
static const char script[] =
	"setenv order a b\n"
	"setenv slot_boot a\n"
	"setenv slot_trial\n"
	"setenv slot_left 0\n"
	"setenv slot_good\n"
	"setenv slot_bad 0\n"
	"%s" /* the board's variables */
	"%s" /* where the slots are */
	"setenv slot_names slot_boot slot_trial slot_left slot_good slot_bad\n"
	"setenv slot_read '${devtype} read ${kernel_addr_r} ${at} 1 && "
	"env import -c ${kernel_addr_r} 200 ${slot_names}'\n"
	"setenv slot_write '${devtype} write ${kernel_addr_r} ${at} 1'\n"
	"${devtype} dev ${devnum}\n"
	"setenv at %x\n"
	"if run slot_read; then echo nanny: record read; else setenv at %x; run slot_read; fi\n"
	"if test \"${slot_boot}\" = b; then setenv order b a; fi\n"
	"if test \"${slot_trial}\" != \"\" && test ${slot_left} -gt 0; then\n"
	"  setexpr slot_left ${slot_left} - 1\n"
	"  env export -c -s 200 ${kernel_addr_r} ${slot_names}\n"
	"  setenv at %x\n"
	"  if run slot_write; then\n"
	"    setenv at %x\n"
	"    run slot_write\n"
	"    setenv order ${slot_trial} ${order}\n"
	"    echo nanny: trial of slot ${slot_trial}\n"
	"  fi\n"
	"fi\n"
	"for slot in ${order}; do\n"
	"  setenv part ${part_a}; setenv dir ${dir_a}; setenv arguments ${arguments_a}\n"
	"  if test ${slot} = b; then\n"
	"    setenv part ${part_b}; setenv dir ${dir_b}; setenv arguments ${arguments_b}\n"
	"  fi\n"
	"  echo nanny: slot ${slot}\n"
	"  setenv from ${devtype} ${devnum}:${part}\n"
	"  if load ${from} ${kernel_addr_r} ${dir}slot.env; then\n"
	"    env import -t ${kernel_addr_r} ${filesize} bootargs\n"
	"    setenv bootargs ${bootargs} ${arguments}\n"
	"    setenv tree ${dir}dtb/%s\n"
	"    if test -e ${from} ${dir}dtb/${fdtfile}; then setenv tree ${dir}dtb/${fdtfile}; fi\n"
	"    load ${from} ${fdt_addr_r} ${tree}\n"
	"    load ${from} ${kernel_addr_r} ${dir}kernel\n"
	"    if load ${from} ${ramdisk_addr_r} ${dir}initrd.img; then\n"
	"      %s ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdt_addr_r}\n"
	"    fi\n"
	"  fi\n"
	"  echo nanny: slot ${slot} does not start\n"
	"done\n"
	"reset\n";

static const struct kind {
	const char *machine, *mkimage, *start;
} kinds[] = {{"aarch64", "arm64", "booti"}, {"armv7l", "arm", "bootz"}};

static const char *variables(const struct product *p)
{
	const struct board *b = p->ctx->board;
	const char *text = "";

	for (size_t i = 0; i < b->boot.n_variables; i++) {
		const char *word = b->boot.variables[i];
		int n = (int)strcspn(word, "=");

		text = arena_printf(
			p->arena, "%ssetenv %.*s %s\n", text, n, word, word[n] ? word + n + 1 : "");
	}
	return text;
}

static const char *places(const struct boot_disk *d)
{
	const char *files = "setenv part_a 2\nsetenv dir_a\nsetenv part_b 3\nsetenv dir_b\n";

	if (d->p->ctx->board->disk.table == DISK_MBR)
		files = "setenv part_a 1\nsetenv dir_a a/\nsetenv part_b 1\nsetenv dir_b b/\n";
	return arena_printf(d->p->arena, "%ssetenv arguments_a %s\nsetenv arguments_b %s\n", files,
		boot_arguments(d, 'a'), boot_arguments(d, 'b'));
}

/*
 * In the place of the environment that U-Boot has built in: no bus is searched, nothing but the
 * card is tried, and no key at the console stops it.
 */
static const char environment[] =
	"bootdelay=-2\n"
	"bootcmd=load mmc 0:1 ${scriptaddr} boot.scr; source ${scriptaddr}\n"
	"devtype=mmc\n"
	"devnum=0\n"
	"stdin=serial\n"
	"stdout=serial,vidconsole\n"
	"stderr=serial,vidconsole\n";

static const char *environment_text(const struct product *p)
{
	const struct board *b = p->ctx->board;
	const char *text = environment;

	for (size_t i = 0; i < b->boot.n_variables; i++)
		text = arena_printf(p->arena, "%s%s\n", text, b->boot.variables[i]);
	return text;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r = fd >= 0 ? io_write(fd, text, strlen(text)) : -errno;

	if (fd >= 0)
		(void)close(fd);
	return r < 0 ? say_error("%s: %s", path, strerror(-r)) : 0;
}

static int put_script(struct boot_disk *d, const struct kind *k)
{
	struct product *p = d->p;
	const struct board *b = p->ctx->board;
	const unsigned first = SLOT_RECORD_AT / SLOT_RECORD, second = first + 1;
	const char *text = arena_printf(p->arena, script, variables(p), places(d), first, second,
		first, second, b->boot.n_trees ? b->boot.trees[0] : "", k->start);
	const char *from = arena_printf(p->arena, "%s/boot.cmd", p->work);
	const char *to = arena_printf(p->arena, "%s/boot.scr", p->work);
	const char *const argv[] = {"mkimage", "-A", k->mkimage, "-O", "linux", "-T", "script",
		"-C", "none", "-n", "nanny", "-d", from, to, NULL};
	const struct tool t = {.argv = argv, .date = p->date};

	if (write_text(from, text) < 0 || tool_run(p->arena, &t) < 0)
		return -1;
	return boot_put_file(d->firmware, "boot.scr", to);
}

static int put_environment(struct boot_disk *d)
{
	struct product *p = d->p;
	const char *size = arena_printf(p->arena, "%" PRIu64, p->ctx->board->boot.environment);
	const char *from = arena_printf(p->arena, "%s/uboot.txt", p->work);
	const char *to = arena_printf(p->arena, "%s/uboot.env", p->work);
	const char *const argv[] = {"mkenvimage", "-s", size, "-o", to, from, NULL};
	const struct tool t = {.argv = argv, .date = p->date};

	if (!p->ctx->board->boot.environment)
		return 0;
	if (write_text(from, environment_text(p)) < 0 || tool_run(p->arena, &t) < 0)
		return -1;
	return boot_put_file(d->firmware, "uboot.env", to);
}

static int fill(struct boot_disk *d)
{
	struct product *p = d->p;
	const char *kernel = product_part(p, part_kernel_packed);
	const char *initrd = boot_initrd(d);
	const char *env = arena_printf(p->arena, "bootargs=%s\n", p->cmdline);
	const struct kind *k = kinds;

	while (strcmp(k->machine, p->ctx->board->machine) != 0)
		if (++k == kinds + sizeof(kinds) / sizeof(kinds[0]))
			return say_error(
				"U-Boot starts no kernel for %s here", p->ctx->board->machine);
	if (!kernel || !initrd || put_script(d, k) < 0 || put_environment(d) < 0 ||
		boot_put_file(d->slot[0], "kernel", kernel) < 0 ||
		boot_put_file(d->slot[0], "initrd.img", initrd) < 0 ||
		boot_put_text(d->slot[0], "slot.env", env) < 0)
		return -1;
	return boot_put_device_trees(d, "dtb/");
}

const struct boot boot_u_boot = {
	.name = "u-boot",
	.has_firmware = true,
	.fill = fill,
};
