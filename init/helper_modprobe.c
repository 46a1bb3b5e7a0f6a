/*
 * /sbin/modprobe, as the kernel calls it when it misses something: a file system that is to be
 * mounted ("fs-ext4"), a cipher, a protocol.  `modprobe -q -- NAME`: an alias, or a module's name.
 * What comes is what the board lists (board.yml(5), coldplug) and no more.
 */
#include <string.h>

#include "helper.h"
#include "modload.h"

int helper_modprobe(int argc, char **argv)
{
	static struct modload l;
	int found = 0;

	if (modload_open(&l)) {
		for (int i = 1; i < argc; i++) {
			const char *name = argv[i];

			if (name[0] == '-')
				continue;
			found += modload_alias(&l, name) > 0 ||
				 modload_name(&l, (struct span){name, strlen(name)});
		}
	}
	modload_close(&l);
	return found && !l.error ? 0 : 1;
}
