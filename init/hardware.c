#include "hardware.h"

#include <string.h>

#include "../lib/text.h"
#include "read_text.h"
#include "sys.h"

static void add_line(struct text *t, const char *path)
{
	char buf[64];

	(void)read_text(path, buf, sizeof(buf));
	buf[strcspn(buf, "\n")] = '\0';
	if (buf[0])
		text_addf(t, "%s%s", t->len ? " " : "", buf);
}

void hardware_read(struct hardware *h)
{
	struct text model = text_in(h->model, sizeof(h->model));
	char text[512], number[24];
	int64_t v = 0, ram = 0;

	if (!sys_owns_machine())
		return;
	(void)read_text("/etc/nanny/board", text, sizeof(text));
	(void)read_text_value(text, "name", h->board, sizeof(h->board));
	(void)read_text_value(text, "watchdog", h->watchdog, sizeof(h->watchdog));
	(void)read_text_value(text, "watchdog-ms", number, sizeof(number));
	(void)text_number(number, 1000, INT32_MAX, &v);
	(void)read_text_value(text, "reset-ram", number, sizeof(number));
	(void)text_number(number, 1, INT64_MAX, &ram);
	h->reset_ram = (uint64_t)ram;
	(void)read_text_value(text, "led", h->led, sizeof(h->led));
	h->watchdog_ms = h->watchdog[0] ? (uint32_t)v : 0;
	add_line(&model, "/proc/device-tree/model");
	if (model.len)
		return;
	add_line(&model, "/sys/class/dmi/id/sys_vendor");
	add_line(&model, "/sys/class/dmi/id/product_name");
}
