#include "uevent.h"

#include <string.h>

bool uevent_parse(const char *buf, size_t size, struct uevent *ret)
{
	static const char action[] = "ACTION=", modalias[] = "MODALIAS=",
			  damage[] = "DM_VERITY_ERR_BLOCK_NR=",
			  /* The first mapping there is: the first stage makes it. */
		root[] = "change@/devices/virtual/block/dm-0";
	const char *end = buf + size;

	*ret = (struct uevent){0};
	if (size == 0 || end[-1] != '\0' || !strchr(buf, '@'))
		return false;
	for (const char *p = buf + strlen(buf) + 1; p < end; p += strlen(p) + 1) {
		if (strncmp(p, action, strlen(action)) == 0)
			ret->added = strcmp(p + strlen(action), "add") == 0;
		ret->asks |=
			strncmp(p, modalias, strlen(modalias)) == 0 && p[strlen(modalias)] != '\0';
		if (strncmp(p, damage, strlen(damage)) == 0 && strcmp(buf, root) == 0)
			ret->damage = p + strlen(damage);
	}
	return true;
}
