/* Disks as virtual machines have them, unwrapped by qemu-img. */
#include "opened_kinds.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "tool.h"

#define VM_BYTES_MAX (UINT64_C(256) << 30) /* of the disk inside, most of it holes */

enum {
	QCOW2_BACKING = 8, /* where the name of another file is */
	QCOW2_SIZE = 24,
	QCOW2_FEATURES = 72, /* bit 2: the content is in another file */
	QCOW2_OTHER_FILE = 1 << 2,
	VMDK_SECTORS = 12,
	VMDK_TEXT = 1 << 16, /* the descriptor is within these */
	VHD_FOOTER = 512,
	VHD_SIZE = 48,
	VHD_TYPE = 60,
	VHD_DYNAMIC = 3,
	SECTOR = 512,
};

/* One that goes on in another file could name any file of this machine. */
static int refuse(const struct piece *p)
{
	return say_error(
		"%s: goes on in another file; only an image that is all there is read", p->name);
}

/*
 * qemu-img is told the format, so that it does not guess, and names by number, so that no letter of
 * the file's own name means anything to it.
 */
static int convert(struct reading *r, const struct piece *p, const char *format, int to)
{
	const char *const argv[] = {"qemu-img", "convert", "-f", format, "-O", "raw",
		piece_path(r->o->arena, p->fd), piece_path(r->o->arena, to), NULL};
	const struct tool t = {.argv = argv, .out_max = VM_BYTES_MAX};

	return tool_run(r->o->arena, &t) < 0 ? say_error("%s: cannot be read", p->name)
					     : piece_read_fd(r, p->name, to);
}

static int unwrap(struct reading *r, const struct piece *p, const char *format, uint64_t size)
{
	int to, e;

	if (size > VM_BYTES_MAX)
		return say_error("%s: a disk of %" PRIu64 " bytes, more than %" PRIu64, p->name,
			size, VM_BYTES_MAX);
	to = io_temp();
	if (to < 0)
		return say_error("%s: %s", p->name, strerror(-to));
	say_progress("unwrapping %s (%s)", p->name, format);
	e = convert(r, p, format, to);
	(void)close(to);
	return e;
}

bool qcow2_is(const struct piece *p)
{
	return piece_has(p, 0, "QFI\xfb");
}

/* What is beyond the end would be read as zeros. */
static int check_qcow2(struct reading *r, const struct piece *p)
{
	const char *const argv[] = {
		"qemu-img", "check", "-f", "qcow2", piece_path(r->o->arena, p->fd), NULL};
	const struct tool t = {.argv = argv, .out_max = VM_BYTES_MAX};

	return tool_run(r->o->arena, &t) < 0 ? say_error("%s: damaged, or cut short", p->name) : 0;
}

int qcow2_read(struct reading *r, const struct piece *p)
{
	bool is_v2 = piece_big(p, 4, 4) < 3;

	if (piece_big(p, QCOW2_BACKING, 8) != 0 ||
		(!is_v2 && (piece_big(p, QCOW2_FEATURES, 8) & QCOW2_OTHER_FILE)))
		return refuse(p);
	return check_qcow2(r, p) < 0 ? -1 : unwrap(r, p, "qcow2", piece_big(p, QCOW2_SIZE, 8));
}

bool vmdk_is(const struct piece *p)
{
	return piece_has(p, 0, "KDMV");
}

int vmdk_read(struct reading *r, const struct piece *p)
{
	static const char parent[] = "parentFileNameHint";
	uint64_t sectors = piece_little(p, VMDK_SECTORS, 8);
	size_t n = p->size < VMDK_TEXT ? (size_t)p->size : VMDK_TEXT;

	/* Without a size of its own it is a list of files. */
	if (sectors == 0 || memmem(p->data, n, parent, sizeof(parent) - 1))
		return refuse(p);
	return unwrap(r, p, "vmdk", sectors < VM_BYTES_MAX ? sectors * SECTOR : sectors);
}

bool dynamic_vhd_is(const struct piece *p)
{
	return piece_has(p, 0, "conectix");
}

/* Either kind ends with a footer, and the dynamic one also begins with it. */
bool fixed_vhd_is(const struct piece *p)
{
	return p->size > VHD_FOOTER && piece_has(p, p->size - VHD_FOOTER, "conectix");
}

int dynamic_vhd_read(struct reading *r, const struct piece *p)
{
	if (piece_big(p, VHD_TYPE, 4) != VHD_DYNAMIC)
		return refuse(p);
	if (!fixed_vhd_is(p))
		return say_error("%s: does not end as a vhd does: cut short?", p->name);
	return unwrap(r, p, "vpc", piece_big(p, VHD_SIZE, 8));
}

/* The disk itself, and a footer. */
int fixed_vhd_read(struct reading *r, const struct piece *p)
{
	struct piece disk = *p;

	disk.size -= VHD_FOOTER;
	return piece_read(r, &disk);
}
