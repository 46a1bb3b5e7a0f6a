#include "data_record.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

static const char *const texts[DATA_UNKNOWN] = {
	[DATA_NEW] = "",
	[DATA_READY] = "nanny-data 1 ready\n",
	[DATA_RESET] = "nanny-data 1 reset\n",
};

/*
 * In the place of the newline: the mark, and each digit of it once more as its complement.  Another
 * mark would be another file's, and wipe: no bit that turns may make one of another.
 */
static void put_mark(const char *mark, char *to)
{
	*to++ = ' ';
	memcpy(to, mark, DATA_MARK - 1);
	to += DATA_MARK - 1;
	*to++ = ' ';
	for (size_t i = 0; i < DATA_MARK - 1; i++)
		*to++ = digits[15 - (strchr(digits, mark[i]) - digits)];
	*to = '\n';
}

void data_record_write(enum data_state s, const char *mark, uint8_t ret[DATA_RECORD])
{
	memset(ret, 0, DATA_RECORD);
	memcpy(ret, texts[s], strlen(texts[s]));
	if (s == DATA_READY && mark[0])
		put_mark(mark, (char *)ret + strlen(texts[s]) - 1);
}

static void find_mark(const uint8_t sector[DATA_RECORD], char ret[DATA_MARK])
{
	memcpy(ret, sector + strlen(texts[DATA_READY]), DATA_MARK - 1);
	ret[DATA_MARK - 1] = '\0';
	if (strspn(ret, digits) != DATA_MARK - 1)
		ret[0] = '\0';
}

enum data_state data_record_read(const uint8_t sector[DATA_RECORD], char ret_mark[DATA_MARK])
{
	uint8_t whole[DATA_RECORD];

	find_mark(sector, ret_mark);
	for (int s = DATA_NEW; s < DATA_UNKNOWN; s++) {
		data_record_write((enum data_state)s, ret_mark, whole);
		if (memcmp(sector, whole, DATA_RECORD) == 0)
			return (enum data_state)s;
	}
	ret_mark[0] = '\0';
	return DATA_UNKNOWN;
}
