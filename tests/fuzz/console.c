/* Lines on the console: whatever a container prints, the terminal's cursor is not its to move. */
#include "../../init/console.h"
#include "../../init/sys.h"
#include "machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct console c;
	size_t lines = 0;

	MUST(console_open(&c, "/dev/console") == 0);
	console_line(&c, "web", (const char *)data, size);
	console_line(&c, NULL, (const char *)data, size / 2);
	MUST(!console_flush(&c));
	console_is_clean(world.log);
	for (const char *s = world.log; *s; s++)
		lines += *s == '\n';
	MUST(c.dropped || strlen(world.log) >= sizeof(world.log) - 1 || lines == 2);
	fake_reset();
	return 0;
}
