#include "format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "nearest.h"
#include "parts.h"
#include "syslinux.h"
#include "verb.h"

#define KERNEL                                                                                     \
	{                                                                                          \
		"kernel", "-kernel", part_kernel                                                   \
	}
#define CMDLINE                                                                                    \
	{                                                                                          \
		"cmdline", "-cmdline", part_cmdline                                                \
	}

#define STAGE                                                                                      \
	{                                                                                          \
		"root-initrd", "-root-initrd.img", part_root_initrd                                \
	}

static const struct format formats[] = {
	{"kernel+initrd", .boot = BOOT_INITRD,
		.output = {KERNEL, {"initrd", "-initrd.img", part_initrd}, CMDLINE}},
	{"tar", .output = {{"tar", ".tar", part_tar}}},
	{"tar-kernel-initrd",
		.output = {{"tar-kernel-initrd", "-initrd.tar", part_tar_kernel_initrd}}},
	{"kernel+squashfs", .boot = BOOT_ROOT, .kind = "squashfs",
		.output = {KERNEL, {"squashfs", "-squashfs.img", part_squashfs}, STAGE, CMDLINE}},
	{"kernel+erofs", .boot = BOOT_ROOT, .kind = "erofs",
		.output = {KERNEL, {"erofs", "-erofs.img", part_erofs}, STAGE, CMDLINE}},
	{"iso-bios", "x86_64", .boot = BOOT_CD, .output = {{"iso-bios", ".iso", part_bios_iso}},
		.packages = {"isolinux", "syslinux-common"}},
	{"iso-efi", .boot = BOOT_CD, .is_efi = true,
		.output = {{"iso-efi", "-efi.iso", part_efi_iso}},
		.packages = {"systemd-boot-efi"}},
	{"iso-efi-initrd", .boot = BOOT_CD, .is_efi = true,
		.output = {{"iso-efi-initrd", "-efi-initrd.iso", part_efi_initrd_iso}},
		.packages = {"systemd-boot-efi"}},
	{"raw-bios", "x86_64", true, BOOT_DISK, "raw",
		.output = {{"raw-bios", "-bios.img", part_bios_disk}},
		.packages = {SYSLINUX_PACKAGE}},
	{"raw-efi", NULL, true, BOOT_DISK, "raw", true, {{"raw-efi", "-efi.img", part_efi_disk}},
		.packages = {"systemd-boot-efi"}},
	{"aws", "x86_64", true, BOOT_DISK, "raw", .output = {{"aws", ".raw", part_aws}},
		.packages = {SYSLINUX_PACKAGE}},
	{"qcow2-bios", "x86_64", true, BOOT_DISK, "qcow2",
		.output = {{"qcow2-bios", ".qcow2", part_bios_qcow2}},
		.packages = {SYSLINUX_PACKAGE}},
	{"qcow2-efi", NULL, true, BOOT_DISK, "qcow2", true,
		{{"qcow2-efi", "-efi.qcow2", part_efi_qcow2}}, .packages = {"systemd-boot-efi"}},
	{"vmdk", "x86_64", true, BOOT_DISK, "vmdk", .output = {{"vmdk", ".vmdk", part_vmdk}},
		.packages = {SYSLINUX_PACKAGE}},
	{"vhd", "x86_64", true, BOOT_DISK, "vpc", .output = {{"vhd", ".vhd", part_vhd}},
		.packages = {SYSLINUX_PACKAGE}},
	{"dynamic-vhd", "x86_64", true, BOOT_DISK, "vpc",
		.output = {{"dynamic-vhd", ".vhd", part_dynamic_vhd}},
		.packages = {SYSLINUX_PACKAGE}},
	{FORMAT_RPI3, "aarch64", .output = {{"rpi3", ".tar", part_rpi3}}, .starts_as_board = true},
	{FORMAT_DISK, NULL, true, BOOT_CARD, .output = {{"disk", ".img", part_disk}},
		.starts_as_board = true},
	{"kernel+slot",
		.output = {KERNEL, {"slot", "-slot.img", part_slot},
			{"sealed-initrd", "-sealed-initrd.img", part_sealed_initrd}, CMDLINE},
		.starts_as_board = true},
};

#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))
#define N_OUTPUTS (sizeof(formats[0].output) / sizeof(formats[0].output[0]))

const char *format_names(struct arena *a)
{
	const char *list = "";

	for (size_t i = 0; i < N_FORMATS; i++)
		list = arena_printf(a, "%s%s%s", list, i ? ", " : "", formats[i].name);
	return list;
}

const struct format *format_find(const char *name)
{
	for (size_t i = 0; i < N_FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

const struct format *format_of_file(struct arena *a, const char *file, const char **ret_base)
{
	const struct format *found = NULL;
	size_t longest = 0, n = strlen(file);

	for (size_t i = 0; i < N_FORMATS; i++) {
		const char *suffix = formats[i].output[0].suffix;
		size_t s = strlen(suffix);

		if (formats[i].output[1].suffix || s <= longest || s >= n ||
			strcmp(file + n - s, suffix) != 0)
			continue;
		found = &formats[i];
		longest = s;
	}
	*ret_base = arena_strndup(a, file, n - longest);
	return found;
}

static int unknown(struct arena *a, const char *name)
{
	const char *words[N_FORMATS + 1] = {0};
	const char *near;

	for (size_t i = 0; i < N_FORMATS; i++)
		words[i] = formats[i].name;
	near = nearest_word(name, words);
	if (near)
		return verb_usage(
			"build", "there is no format '%s': did you mean '%s'", name, near);
	return verb_usage("build", "there is no format '%s'; there are: %s", name, format_names(a));
}

/* The same file from two formats is written once; two different ones cannot have one name. */
static int add_output(struct format_list *l, const struct format *f, const struct format_output *o)
{
	for (size_t i = 0; i < l->n_outputs; i++) {
		if (strcmp(l->output[i]->suffix, o->suffix) != 0)
			continue;
		if (l->output[i]->make == o->make)
			return 0;
		return verb_usage("build",
			"the formats %s and %s are both NAME%s: build them one "
			"at a time, with other names",
			l->output[i]->title, f->name, o->suffix);
	}
	l->output[l->n_outputs++] = o;
	return 0;
}

static int add_format(struct arena *a, struct format_list *l, const char *name)
{
	const struct format *f = format_find(name);

	if (!f)
		return unknown(a, name);
	l->format[l->n_formats++] = f;
	for (size_t i = 0; i < N_OUTPUTS && f->output[i].suffix; i++) {
		int status = add_output(l, f, &f->output[i]);

		if (status != 0)
			return status;
	}
	return 0;
}

int format_parse(struct arena *a, const char *text, struct format_list *ret)
{
	char *words = arena_strdup(a, text), *save, *word;
	size_t n = 1;

	for (const char *p = text; *p; p++)
		n += *p == ',';
	*ret = (struct format_list){
		.format = arena_alloc(a, n * sizeof(*ret->format)),
		.output = arena_alloc(a, n * N_OUTPUTS * sizeof(*ret->output)),
	};
	for (word = strtok_r(words, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		int status = add_format(a, ret, word);

		if (status != 0)
			return status;
	}
	return ret->n_formats ? 0
			      : verb_usage("build", "--format needs a name; there are: %s",
					format_names(a));
}

int format_parse_size(const char *text, off_t *ret)
{
	static const struct {
		const char *unit;
		int shift;
	} units[] = {{"", 20}, {"M", 20}, {"G", 30}};
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	for (size_t i = 0; !errno && end != text && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) != 0 || n < 1 || n > (1LL << 50) >> units[i].shift)
			continue;
		*ret = (off_t)n << units[i].shift;
		return 0;
	}
	return verb_usage("build", "--size is a number of MiB, or one with M or G, not '%s'", text);
}

static void check_one(const struct format *f, const struct board *b, off_t size, struct diag *d)
{
	if (f->machine && strcmp(f->machine, b->machine) != 0)
		diag_error(d, (struct mark){"--format", 0, 0},
			"%s is for %s, and the board %s is %s", f->name, f->machine, b->name,
			b->machine);
	if (strcmp(f->name, FORMAT_RPI3) == 0 && b->boot.how != &boot_u_boot)
		diag_error(d, (struct mark){"--format", 0, 0},
			"%s needs a board that starts through U-Boot, such as rpi3; %s does not",
			f->name, b->name);
	if (f->boot == BOOT_CARD && !b->boot.how)
		diag_error(d, (struct mark){"--format", 0, 0},
			"%s needs a board that says how it starts from one; %s does not", f->name,
			b->name);
	if (size && !f->has_size)
		diag_error(
			d, (struct mark){"--size", 0, 0}, "%s has no size to be chosen", f->name);
}

void format_check(const struct format_list *l, const struct board *b, off_t size, struct diag *d)
{
	for (size_t i = 0; i < l->n_formats; i++)
		check_one(l->format[i], b, size, d);
}
