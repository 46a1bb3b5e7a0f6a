/* Files read out of a FAT that mkfs.vfat and mtools made; and out of one that nobody made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../init/partition.h"
#include "../../../lib/vfat.h"
#include "shell.h"

enum {
	FIRST = 64, /* sectors in front */
	BIG = 300000,
};

static char folder[] = "/tmp/nanny-vfat-XXXXXX";
static struct vfat v;
static uint8_t got[BIG + 1];
static size_t n_got;

/* A folder of several clusters, one below it, names long and short, a file that was deleted. */
static int make(int kind, int kib)
{
	char image[64];

	run("cd %s && rm -f fat && mkfs.vfat -F %d -s 1 --offset %d -C fat %d >/dev/null", folder,
		kind, FIRST, kib);
	run("cd %s && mcopy -s -i fat@@%d files/* :: && mdel -i fat@@%d ::deleted.text", folder,
		FIRST * TABLE_SECTOR, FIRST * TABLE_SECTOR);
	(void)snprintf(image, sizeof(image), "%s/fat", folder);
	return open(image, O_RDWR | O_CLOEXEC);
}

static int take(void *ctx, const uint8_t *data, size_t n)
{
	(void)ctx;
	assert_true(n_got + n <= sizeof(got));
	memcpy(got + n_got, data, n);
	n_got += n;
	return 0;
}

static void assert_same(const char *name)
{
	static uint8_t want[sizeof(got)];
	struct vfat_file file;
	char path[256];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/files/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, want, sizeof(want));
	(void)close(fd);
	assert_true(n >= 0);
	n_got = 0;
	assert_int_equal(vfat_find(&v, name, &file), 0);
	assert_false(file.is_folder);
	assert_int_equal(vfat_read(&v, &file, take, NULL), 0);
	assert_int_equal(n_got, n);
	assert_memory_equal(got, want, n_got);
}

static const struct {
	int kind, kib;
} kinds[] = {{12, 2000}, {16, 16384}, {32, 40960}};

static void each_kind_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int fd = make(kinds[i].kind, kinds[i].kib);
		struct vfat_file file;

		assert_int_equal(vfat_open(&v, partition_read_sectors, &fd, FIRST), 0);
		assert_int_equal(v.bits, kinds[i].kind);
		assert_same("SHORT.TXT");
		assert_same("big");
		assert_same("empty");
		assert_same("bcm2837-rpi-3-b-plus-and-a-name-of-more-than-two-parts.dtb");
		assert_same("dtb/broadcom/name-60.dtb");
		assert_int_equal(vfat_find(&v, "dtb", &file), 0);
		assert_true(file.is_folder);
		assert_int_equal(vfat_find(&v, "deleted.text", &file), -ENOENT);
		assert_int_equal(vfat_find(&v, "big/too", &file), -ENOENT);
		assert_int_equal(vfat_find(&v, "dtb/none", &file), -ENOENT);
		(void)close(fd);
	}
}

static void a_plain_name_is_eight_and_three(void **state)
{
	static const char *const good[] = {"reset.txt", "RESET", "a-b_c-12.x"};
	static const char *const bad[] = {"", ".txt", "reset.", "factory-reset", "reset.text",
		"a.b.c", "a b", "re/set", "r\303\244set"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(vfat_is_plain_name(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(vfat_is_plain_name(bad[i]));
}

/* "Nobody can tell" is not "there is none". */
static void a_folder_whose_chain_is_damaged_is_an_error(void **state)
{
	static const uint32_t bad[] = {0, 1, 2, 0x0ffffff0};
	int fd = make(32, 40960);
	struct vfat_file file;
	uint8_t sector[TABLE_SECTOR];
	off_t at;

	(void)state;
	assert_int_equal(vfat_open(&v, partition_read_sectors, &fd, FIRST), 0);
	assert_int_equal(vfat_find(&v, "dtb/broadcom", &file), 0);
	at = (off_t)(v.table * TABLE_SECTOR + file.cluster * 4);
	assert_int_equal(
		partition_read_sectors(&fd, v.table + file.cluster * 4 / TABLE_SECTOR, sector, 1),
		0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const uint32_t next = bad[i] == 2 ? file.cluster : bad[i];

		assert_int_equal(pwrite(fd, &next, 4, at), 4);
		assert_int_equal(vfat_open(&v, partition_read_sectors, &fd, FIRST), 0);
		assert_int_equal(vfat_find(&v, "dtb/broadcom/none", &file), -EBADMSG);
		assert_int_equal(vfat_find(&v, "dtb/broadcom", &file), 0);
	}
	(void)close(fd);
}

/* Each byte of the head, the first of the table and of the root: an answer, and an end. */
static void from_anywhere_it_is_answered(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		int fd = make(kinds[k].kind, kinds[k].kib);
		uint8_t sector[TABLE_SECTOR];
		struct vfat_file file;
		uint64_t places[3];

		assert_int_equal(vfat_open(&v, partition_read_sectors, &fd, FIRST), 0);
		places[0] = FIRST;
		places[1] = v.table;
		places[2] = v.root_cluster ? v.data : v.root;
		for (size_t p = 0; p < 3; p++) {
			assert_int_equal(partition_read_sectors(&fd, places[p], sector, 1), 0);
			for (size_t i = 0; i < (p == 0 ? 64 : 128); i++) {
				const uint8_t was = sector[i];

				for (unsigned value = 0; value < 256; value += i == 13 ? 1 : 15) {
					sector[i] = (uint8_t)value;
					assert_int_equal(pwrite(fd, sector, sizeof(sector),
								 (off_t)(places[p] * TABLE_SECTOR)),
						sizeof(sector));
					n_got = 0;
					if (vfat_open(&v, partition_read_sectors, &fd, FIRST) ==
							0 &&
						vfat_find(&v, "SHORT.TXT", &file) == 0 &&
						file.size <= BIG)
						(void)vfat_read(&v, &file, take, NULL);
				}
				sector[i] = was;
			}
			assert_int_equal(pwrite(fd, sector, sizeof(sector),
						 (off_t)(places[p] * TABLE_SECTOR)),
				sizeof(sector));
		}
		(void)close(fd);
	}
}

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	run("mkdir -p %s/files/dtb/broadcom && cd %s/files && echo short >SHORT.TXT && : >empty && "
	    "echo gone >deleted.text && head -c %d /dev/urandom >big && "
	    "echo long >bcm2837-rpi-3-b-plus-and-a-name-of-more-than-two-parts.dtb && "
	    "for i in $(seq 60); do echo $i >dtb/broadcom/name-$i.dtb; done",
		folder, folder, BIG);
	return 0;
}

static int end(void **state)
{
	(void)state;
	run("rm -r %s", folder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_read),
		cmocka_unit_test(a_plain_name_is_eight_and_three),
		cmocka_unit_test(a_folder_whose_chain_is_damaged_is_an_error),
		cmocka_unit_test(from_anywhere_it_is_answered),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
