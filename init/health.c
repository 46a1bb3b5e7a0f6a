#include "health.h"

bool health_note(struct health *h, bool good, unsigned fails, unsigned of)
{
	uint32_t window = of >= 32 ? UINT32_MAX : (1u << of) - 1;

	h->failed = (h->failed << 1 | !good) & window;
	h->probes++;
	return (unsigned)__builtin_popcount(h->failed) >= fails;
}
