/* A slot's footer, with a signature that holds: what its text says is the input. */
#include "fuzz.h"

#include "../unit/init/sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sealed s;
	static char text[SLOT_MANIFEST_MAX], again[SLOT_MANIFEST_MAX];
	struct manifest m, m2;
	struct minisign_signature sig;
	struct minisign_key key;
	char why[256] = "";
	int n;

	/* Whatever it is, it is refused with a reason, or means what it says. */
	if (manifest_parse((const char *)data, size, &m, why, sizeof(why)) < 0) {
		MUST(why[0]);
	} else {
		n = manifest_print(&m, text, sizeof(text));
		MUST(n > 0 && (size_t)n == size && memcmp(text, data, size) == 0);
		MUST(manifest_parse(text, (size_t)n, &m2, why, sizeof(why)) == 0);
		MUST(manifest_print(&m2, again, sizeof(again)) == n);
	}
	(void)minisign_read((const char *)data, size, &sig);
	(void)minisign_read_key((const char *)data, size, &key);
	if (!s.m.size)
		sealed_make(&s);
	memset(sealed_footer(&s), 0, SLOT_FOOTER);
	memcpy(sealed_footer(&s), data, size < SLOT_FOOTER ? size : SLOT_FOOTER);
	MUST(sealed_check(&s, NULL, 0, why, sizeof(why)) < 0);
	return 0;
}
