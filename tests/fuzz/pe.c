/* A unified kernel image: whatever its table says, what is found lies within it. */
#include <errno.h>

#include "../../assembler/pe.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pe_part part;
	size_t i = 0;

	while (pe_part(data, size, i, &part) == 0) {
		MUST(part.at <= size && part.size <= size - part.at);
		MUST(memchr(part.name, 0, sizeof(part.name)));
		MUST(++i <= 0xffff);
	}
	return 0;
}
