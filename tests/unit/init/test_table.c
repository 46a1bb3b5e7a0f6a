#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../../lib/table.h"

enum {
	DISK = 200000,
	DATA_AT = 40960,
	SECTORS = 70, /* of the beginning, and as many of the end, are held */
};

/* A disk of which only the two ends exist. */
struct disk {
	uint64_t sectors;
	uint8_t head[SECTORS * TABLE_SECTOR], tail[SECTORS * TABLE_SECTOR];
};

static struct disk disk;
static struct table table;
static struct table_grown grown;

static uint8_t *at(struct disk *d, uint64_t sector)
{
	if (sector < SECTORS)
		return d->head + sector * TABLE_SECTOR;
	assert_in_range(sector, d->sectors - SECTORS, d->sectors - 1);
	return d->tail + (sector - (d->sectors - SECTORS)) * TABLE_SECTOR;
}

static int source(void *ctx, uint64_t sector, void *buf, size_t n)
{
	for (size_t i = 0; i < n; i++)
		memcpy((uint8_t *)buf + i * TABLE_SECTOR, at(ctx, sector + i), TABLE_SECTOR);
	return 0;
}

static void put(uint8_t *p, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void put_part(unsigned i, uint64_t first, uint64_t last, const char *name)
{
	uint8_t *e = at(&disk, 2) + i * 128;

	memset(e, 0x11 * (i + 1), 32);
	put(e + 32, first, 8);
	put(e + 40, last, 8);
	for (size_t c = 0; name[c]; c++)
		e[56 + 2 * c] = (uint8_t)name[c];
}

/* As an image file's table is: it ends with the image, and the card goes on. */
static int gpt(void **state)
{
	uint8_t *h;

	(void)state;
	disk = (struct disk){.sectors = DISK};
	h = at(&disk, 1);
	at(&disk, 0)[446 + 4] = 0xee;
	put(at(&disk, 0) + 446 + 8, 1, 4);
	put(at(&disk, 0) + 510, 0xaa55, 2);
	put_part(0, 2048, 20479, "system-a");
	put_part(3, DATA_AT, 43007, "data");
	memcpy(h, "EFI PART\0\0\1", 12);
	put(h + 12, 92, 4);
	put(h + 24, 1, 8);
	put(h + 32, 45000, 8);
	put(h + 40, 34, 8);
	put(h + 48, 44967, 8);
	put(h + 72, 2, 8);
	put(h + 80, 128, 4);
	put(h + 84, 128, 4);
	put(h + 88, table_crc32(at(&disk, 2), 16384), 4);
	put(h + 16, table_crc32(h, 92), 4);
	return 0;
}

static int mbr(void **state)
{
	uint8_t *e = disk.head + 446;

	(void)state;
	disk = (struct disk){.sectors = DISK};
	put(disk.head + 440, 0x1b3c5d7f, 4);
	put(disk.head + 510, 0xaa55, 2);
	e[4] = 0x0c;
	put(e + 8, 2048, 4);
	put(e + 12, 18432, 4);
	e[32 + 4] = 0x83;
	put(e + 32 + 8, DATA_AT, 4);
	put(e + 32 + 12, 2048, 4);
	return 0;
}

static void write_one(struct disk *d, const struct table_write *w)
{
	for (size_t i = 0; i < w->sectors; i++)
		memcpy(at(d, w->sector + i), w->data + i * TABLE_SECTOR, TABLE_SECTOR);
}

static void a_gpt_is_read(void **state)
{
	(void)state;
	assert_int_equal(table_read(&table, DISK, source, &disk), 0);
	assert_true(table.is_gpt);
	assert_int_equal(table.n, 2);
	assert_int_equal(table.part[1].number, 4);
	assert_string_equal(table.part[1].name, "data");
	assert_string_equal(table.part[1].uuid, "44444444-4444-4444-4444-444444444444");
	assert_int_equal(table.part[1].first, DATA_AT);
	assert_int_equal(table.part[1].sectors, 2048);
}

static void an_mbr_is_read(void **state)
{
	(void)state;
	assert_int_equal(table_read(&table, DISK, source, &disk), 0);
	assert_false(table.is_gpt);
	assert_int_equal(table.n, 2);
	assert_int_equal(table.part[1].number, 3);
	assert_string_equal(table.part[1].uuid, "1b3c5d7f-03");
}

static void check_grown(struct disk *d, uint64_t sectors)
{
	assert_int_equal(table_read(&table, DISK, source, d), 0);
	assert_int_equal(table.n, 2);
	assert_int_equal(table.part[0].first, 2048);
	assert_int_equal(table.part[1].first, DATA_AT);
	assert_int_equal(table.part[1].sectors, sectors);
}

/*
 * A cut before each write, and in each after each of its sectors: there is a table, the old one or
 * the new one, and what is grown again from there is grown.
 */
static void cut_everywhere(unsigned number, uint64_t sectors)
{
	size_t cuts = 0;

	for (size_t n = 0; n < grown.n; n++) {
		for (size_t part = 0; part <= grown.write[n].sectors; part++) {
			struct disk d = disk;
			struct table_write torn = grown.write[n];
			struct table_grown again;
			struct table now;

			for (size_t i = 0; i < n; i++)
				write_one(&d, &grown.write[i]);
			torn.sectors = part;
			write_one(&d, &torn);
			assert_int_equal(table_read(&now, DISK, source, &d), 0);
			if (table_grow(&now, number, &again) == 1) {
				assert_int_equal(now.part[1].sectors, 2048);
				for (size_t i = 0; i < again.n; i++)
					write_one(&d, &again.write[i]);
			}
			check_grown(&d, sectors);
			cuts++;
		}
	}
	print_message("%zu cuts\n", cuts);
}

static void a_gpt_grows_whatever_cuts_it_short(void **state)
{
	/* 33 sectors at the end are the backup's; partitions end at whole MiB. */
	const uint64_t sectors = (DISK - 33) / 2048 * 2048 - DATA_AT;

	(void)state;
	assert_int_equal(table_read(&table, DISK, source, &disk), 0);
	assert_int_equal(table_grow(&table, 4, &grown), 1);
	assert_int_equal(grown.part.sectors, sectors);
	cut_everywhere(4, sectors);
}

static void an_mbr_grows_whatever_cuts_it_short(void **state)
{
	const uint64_t sectors = DISK / 2048 * 2048 - DATA_AT;

	(void)state;
	assert_int_equal(table_read(&table, DISK, source, &disk), 0);
	assert_int_equal(table_grow(&table, 3, &grown), 1);
	assert_int_equal(grown.n, 1);
	assert_int_equal(grown.write[0].sectors, 1);
	cut_everywhere(3, sectors);
}

/* A card copied to a larger one, twice: the entries go from place to place. */
static void what_was_grown_grows_again(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(table_read(&table, DISK, source, &disk), 0);
		table.disk = DISK - (uint64_t)(2 - i) * 4096;
		disk.sectors = table.disk;
		assert_int_equal(table_grow(&table, 4, &grown), 1);
		for (size_t w = 0; w < grown.n; w++)
			write_one(&disk, &grown.write[w]);
		disk.sectors = DISK;
		assert_int_equal(table_read(&table, DISK, source, &disk), 0);
		assert_int_equal(table.entries_at, i % 2 ? 2 : 34);
	}
	assert_int_equal(table_grow(&table, 4, &grown), 0);
}

static void what_is_in_the_way_is_not_overwritten(void **state)
{
	(void)state;
	assert_int_equal(table_read(&table, DISK, source, &disk), 0);
	assert_int_equal(table_grow(&table, 1, &grown), -ENOSPC);
	assert_int_equal(table_grow(&table, 2, &grown), -ENOENT);
	assert_int_equal(grown.n, 0);
	table.part[0].first = 40;
	assert_int_equal(table_grow(&table, 4, &grown), -EOPNOTSUPP);
	assert_int_equal(grown.n, 0);
}

static void a_damaged_table_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < 92; i++) {
		disk.head[TABLE_SECTOR + i] ^= 4;
		assert_int_equal(table_read(&table, DISK, source, &disk), -EBADMSG);
		disk.head[TABLE_SECTOR + i] ^= 4;
	}
	disk.head[2 * TABLE_SECTOR + 5000] ^= 4;
	assert_int_equal(table_read(&table, DISK, source, &disk), -EBADMSG);
	disk.head[510] = 0;
	assert_int_equal(table_read(&table, DISK, source, &disk), -ENOENT);
	assert_int_equal(table_read(&table, 1, source, &disk), -ENOENT);
}

static void a_partition_beyond_the_disk_is_told(void **state)
{
	(void)state;
	assert_int_equal(table_read(&table, 43007, source, &disk), -EBADMSG);
}

/* A hybrid: the MBR's first entry is the GPT's first partition, and what a BIOS starts. */
static int hybrid(void **state)
{
	uint8_t *e = disk.head + 446;

	(void)gpt(state);
	e[0] = 0x80;
	e[4] = 0x0c;
	put(e + 8, 2048, 4);
	put(e + 12, 18432, 4);
	e[16 + 4] = 0xee;
	put(e + 16 + 8, 1, 4);
	return 0;
}

static void the_active_partition_is_changed_in_one_sector(void **state)
{
	uint8_t sector[TABLE_SECTOR];

	(void)state;
	assert_int_equal(table_read(&table, DISK, source, &disk), 0);
	assert_ptr_equal(table_active(&table), &table.part[0]);
	assert_true(table_activate(&table, &table.part[1], sector));
	memcpy(disk.head, sector, sizeof(sector));
	assert_int_equal(table_read(&table, DISK, source, &disk), 0);
	assert_string_equal(table_active(&table)->name, "data");
	assert_int_equal(disk.head[446], 0x80);
	/* And back: every byte is as it was. */
	assert_true(table_activate(&table, &table.part[0], sector));
	memcpy(disk.head, sector, sizeof(sector));
	assert_int_equal(table_read(&table, DISK, source, &disk), 0);
	assert_string_equal(table_active(&table)->name, "system-a");
}

static void without_an_active_partition_there_is_nothing_to_change(void **state)
{
	uint8_t sector[TABLE_SECTOR];

	(void)state;
	disk.head[446] = 0;
	assert_int_equal(table_read(&table, DISK, source, &disk), 0);
	assert_null(table_active(&table));
	assert_false(table_activate(&table, &table.part[1], sector));
	/* An active one that is no partition of the GPT. */
	disk.head[446] = 0x80;
	put(disk.head + 446 + 8, 4096, 4);
	assert_int_equal(table_read(&table, DISK, source, &disk), 0);
	assert_null(table_active(&table));
}

static void an_mbr_alone_chooses_no_slot(void **state)
{
	uint8_t sector[TABLE_SECTOR];

	(void)state;
	disk.head[446] = 0x80;
	assert_int_equal(table_read(&table, DISK, source, &disk), 0);
	assert_null(table_active(&table));
	assert_false(table_activate(&table, &table.part[0], sector));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_gpt_is_read, gpt),
		cmocka_unit_test_setup(an_mbr_is_read, mbr),
		cmocka_unit_test_setup(a_gpt_grows_whatever_cuts_it_short, gpt),
		cmocka_unit_test_setup(an_mbr_grows_whatever_cuts_it_short, mbr),
		cmocka_unit_test_setup(what_was_grown_grows_again, gpt),
		cmocka_unit_test_setup(what_is_in_the_way_is_not_overwritten, gpt),
		cmocka_unit_test_setup(a_damaged_table_is_told, gpt),
		cmocka_unit_test_setup(a_partition_beyond_the_disk_is_told, gpt),
		cmocka_unit_test_setup(the_active_partition_is_changed_in_one_sector, hybrid),
		cmocka_unit_test_setup(
			without_an_active_partition_there_is_nothing_to_change, hybrid),
		cmocka_unit_test_setup(an_mbr_alone_chooses_no_slot, mbr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
