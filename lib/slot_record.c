#include "slot_record.h"

#include <errno.h>
#include <string.h>

#include "little.h"
#include "table.h"
#include "text.h"

enum {
	CRC = 4, /* bytes */
};

static void put(struct text *t, const char *name, const char *value)
{
	text_addf(t, "%s=%s", name, value);
	if (t->len < t->size)
		t->len++; /* its NUL */
}

void slot_record_write(const struct slot_record *r, uint8_t sector[SLOT_RECORD])
{
	const char boot[2] = {r->boot}, trial[2] = {r->trial}, left[2] = {(char)('0' + r->left)};
	const char bad[2] = {(char)('0' + r->bad)};
	char good[3];
	struct text g = text_in(good, sizeof(good)), t;

	memset(sector, 0, SLOT_RECORD);
	text_addf(&g, "%s%s", r->good[0] ? "a" : "", r->good[1] ? "b" : "");
	t = text_in((char *)sector + CRC, SLOT_RECORD - CRC);
	put(&t, "slot_boot", boot);
	put(&t, "slot_trial", trial);
	put(&t, "slot_left", left);
	put(&t, "slot_good", good);
	put(&t, "slot_bad", bad);
	put32(sector, table_crc32(sector + CRC, SLOT_RECORD - CRC));
}

/* "" for one that is not there: U-Boot leaves those out that are empty. */
static const char *value_of(const char *at, const char *end, const char *name)
{
	size_t n = strlen(name);

	for (; at < end && *at; at += strlen(at) + 1)
		if (strncmp(at, name, n) == 0 && at[n] == '=')
			return at + n + 1;
	return "";
}

static bool is_slot(const char *text)
{
	return (text[0] == 'a' || text[0] == 'b') && !text[1];
}

/* Or nothing. */
static bool is_digit(const char *text)
{
	return !text[0] || (text[0] >= '0' && text[0] <= '9' && !text[1]);
}

int slot_record_read(const uint8_t sector[SLOT_RECORD], struct slot_record *ret)
{
	char text[SLOT_RECORD - CRC + 1] = "";
	const char *end = text + SLOT_RECORD - CRC, *boot, *trial, *left, *good, *bad;

	if (get32(sector) != table_crc32(sector + CRC, SLOT_RECORD - CRC))
		return -EBADMSG;
	memcpy(text, sector + CRC, SLOT_RECORD - CRC);
	boot = value_of(text, end, "slot_boot");
	trial = value_of(text, end, "slot_trial");
	left = value_of(text, end, "slot_left");
	good = value_of(text, end, "slot_good");
	bad = value_of(text, end, "slot_bad");
	if (!is_slot(boot) || (*trial && !is_slot(trial)) || !is_digit(left) || !is_digit(bad))
		return -EBADMSG;
	*ret = (struct slot_record){.boot = boot[0],
		.trial = trial[0],
		.left = *left ? (uint8_t)(left[0] - '0') : 0,
		.good = {strchr(good, 'a') != NULL, strchr(good, 'b') != NULL},
		.bad = *bad ? (uint8_t)(bad[0] - '0') : 0};
	return 0;
}

struct slot_record slot_record_new(bool has_b)
{
	return (struct slot_record){.boot = 'a', .good = {true, has_b}};
}
