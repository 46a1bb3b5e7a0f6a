/*
 * What the targets share.  A target is a file NAME.c here with LLVMFuzzerTestOneInput() and a
 * folder corpus/NAME; it needs no entry anywhere else.  Besides what the sanitizers see, it says
 * with MUST() what has to be true whatever the input.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(x)                                                                                    \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Takes the input apart from its beginning; what is not there is zero, or empty. */
struct input {
	const uint8_t *at;
	size_t left;
};

static inline unsigned input_byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

/* At most `max` bytes, at most what is left. */
static inline const char *input_bytes(struct input *in, size_t max, size_t *ret_len)
{
	const char *p = (const char *)in->at;

	*ret_len = max < in->left ? max : in->left;
	in->at += *ret_len;
	in->left -= *ret_len;
	return p;
}
