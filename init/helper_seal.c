/*
 * nanny-seal NAME SECONDS: the slot in the partition of that name (partition.h), which may take so
 * long to appear, verified and mounted; or one line that says why not.  A disk that hangs holds up
 * this child, and PID 1 has a deadline for it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../lib/footer.h"
#include "../lib/text.h"
#include "active.h"
#include "cmdline.h"
#include "dm.h"
#include "efi.h"
#include "footer_read.h"
#include "helper.h"
#include "partition.h"
#include "read_text.h"
#include "seal.h"
#include "slot_store.h"

enum {
	TEXT_MAX = 1024,
};

static int refuse(const char *device, const char *why)
{
	fprintf(stderr, "root: %s REFUSED: %s\n", device, why);
	return 1;
}

/* Without a board and a key that can be read there is nothing to hold a slot against. */
static int read_expected(struct footer_expect *e, char board[MANIFEST_NAME], const char **ret_why)
{
	char text[TEXT_MAX], number[24];
	int64_t security;

	(void)read_text(SEAL_KEY, text, sizeof(text));
	*ret_why = "the public key of this initramfs cannot be read";
	if (minisign_read_key(text, strlen(text), &e->key) < 0)
		return -1;
	/* Its comment is our own build's: nobody else writes into this initramfs. */
	if (strstr(text, "DEVELOPMENT"))
		fprintf(stderr, "root: this machine trusts a DEVELOPMENT key\n");
	(void)read_text(SEAL_EXPECT, text, sizeof(text));
	*ret_why = "this initramfs does not say what board it is for";
	if (!read_text_value(text, "board", board, MANIFEST_NAME)[0] ||
		!text_number(read_text_value(text, "security-version", number, sizeof(number)), 0,
			INT64_MAX / 2, &security))
		return -1;
	e->board = board;
	e->security = (uint64_t)security;
	return 0;
}

/* What the kernel does itself with a damaged block; by default PID 1 does (plug.c). */
static const char *on_damage(void)
{
	static char line[CMDLINE_MAX];

	(void)cmdline_read(line);
	if (cmdline_has(line, "nanny.damage=restart"))
		return "restart_on_corruption";
	if (cmdline_has(line, "nanny.damage=panic"))
		return "panic_on_corruption";
	return "";
}

static int open_slot(const char *name, char slot, const char *device, const struct manifest *m)
{
	char mapped[64], why[128], as[16];
	int r;

	/* For those who want to know which slot runs. */
	(void)snprintf(as, sizeof(as), SEAL_MAPPING "%s%.*s", slot ? "-" : "", slot ? 1 : 0, &slot);
	r = dm_open_verity(as, device, m, on_damage(), mapped, sizeof(mapped));

	if (r < 0) {
		snprintf(why, sizeof(why), "dm-verity cannot be set up: %s", strerror(-r));
		return refuse(name, why);
	}
	if (mkdir(SEAL_MOUNT, 0755) < 0 && errno != EEXIST) {
		snprintf(why, sizeof(why), "%s", strerror(errno));
		return refuse(name, why);
	}
	if (mount(mapped, SEAL_MOUNT, m->filesystem, MS_RDONLY, NULL) < 0) {
		snprintf(why, sizeof(why), "%s",
			errno == EIO ? "damaged: its first blocks are not what was signed"
				     : strerror(errno));
		return refuse(name, why);
	}
	fprintf(stderr, "root: %s is sealed: %s %s, security version %llu\n", name, m->board,
		m->version, (unsigned long long)m->security);
	return 0;
}

/*
 * Which slot is to be opened: its letter, or NUL when the root is none of two.  `name` has
 * SEAL_ANY_SLOT replaced.
 */
static int choose_slot(const char *wish, char *name, size_t size, char *ret_slot)
{
	char line[CMDLINE_MAX], text[8];
	const char *at = cmdline_read(line);
	char *any;

	(void)snprintf(name, size, "%s", wish);
	*ret_slot = '\0';
	if (cmdline_next(&at, "nanny.slot=", text, sizeof(text)))
		*ret_slot = text[0];
	any = strchr(name, SEAL_ANY_SLOT);
	if (!any)
		return 0;
	*ret_slot = efi_is_there() ? efi_started_slot(SEAL_SLOT_WAIT_MS)
				   : active_started_slot(SEAL_SLOT_WAIT_MS);
	*any = *ret_slot;
	return *ret_slot ? 0 : -1;
}

/* Refused it would be started again and again, though the other one may be good. */
static int refuse_slot(char slot, const struct partition *p)
{
	struct slots_known k;

	if (slot && p->disk[0])
		slot_store_say_left(slot_store_refused(slot, p, &k), &k);
	return 1;
}

int helper_seal(int argc, char **argv)
{
	static uint8_t footer[SLOT_FOOTER];
	struct footer_expect e = {.security = 0};
	struct manifest m;
	struct partition p;
	char board[MANIFEST_NAME], why[256], name[128], slot;
	const char *what;
	int r;

	if (argc != 3)
		return 1;
	if (read_expected(&e, board, &what) < 0)
		return refuse(argv[1], what);
	if (choose_slot(argv[1], name, sizeof(name), &slot) < 0)
		return refuse(argv[1], "it cannot be told which slot was started");
	if (partition_find(name, (int)strtol(argv[2], NULL, 10) * 1000, &p) < 0)
		return refuse(name, "there is no such partition");
	r = footer_read(p.path, footer, &e.partition);
	if (r < 0)
		r = refuse(name, r == -EFBIG ? "too small for a slot" : strerror(-r));
	else if (footer_check(footer, &e, &m, why, sizeof(why)) < 0)
		r = refuse(name, why);
	else
		r = open_slot(name, slot, p.path, &m);
	return r ? refuse_slot(slot, &p) : 0;
}
