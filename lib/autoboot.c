#include "autoboot.h"

#include <string.h>

#include "text.h"

/* "tryboot" is a reset with a flag, which only Raspberry Pi's own kernels can ask for. */
void autoboot_text(char slot, char ret[AUTOBOOT_TEXT])
{
	struct text t = text_in(ret, AUTOBOOT_TEXT);
	const bool b = slot == 'b';

	text_addf(&t,
		"[all]\n"
		"tryboot_a_b=1\n"
		"boot_partition=%d\n"
		"[tryboot]\n"
		"boot_partition=%d\n",
		b ? 3 : 2, b ? 2 : 3);
}

char autoboot_slot(const uint8_t sector[TABLE_SECTOR])
{
	static const char slots[] = {'a', 'b'};
	char text[AUTOBOOT_TEXT];

	for (size_t i = 0; i < sizeof(slots); i++) {
		autoboot_text(slots[i], text);
		if (memcmp(sector, text, strlen(text)) == 0)
			return slots[i];
	}
	return '\0';
}
