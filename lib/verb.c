#include "verb.h"

#include <string.h>

const struct verb_row verb_rows[VERB_N] = {
	[VERB_STATUS] = {"status", "[--json]", "show the machine and its containers"},
	[VERB_LOGS] = {"logs", "[-f | --crashed | --previous] [-n LINES] [-t] [--json] [NAME]",
		"show the last output of a container, or of all; \"init\" is PID 1's own"},
	[VERB_EVENTS] = {"events", "[-f] [-n LINES] [--all] [--json]",
		"show what has come up, stopped or failed; with --all each step"},
	[VERB_WHY] = {"why", "[--json] [NAME]",
		"tell why a container, or the machine, is as it is"},
	[VERB_BOOT] = {"boot", "[--svg | --json]", "show the timeline of this boot"},
	[VERB_BOARD] = {"board", "[--json]", "show what machine this is, and how it does"},
	[VERB_START] = {"start", "NAME...", "start containers and wait until they run"},
	[VERB_STOP] = {"stop", "NAME...", "stop containers and wait until nothing of them runs"},
	[VERB_RESTART] = {"restart", "NAME...", "stop and start containers"},
	[VERB_REBOOT] = {"reboot", "", "stop everything in order and reboot"},
	[VERB_POWEROFF] = {"poweroff", "", "stop everything in order and power off"},
	[VERB_HALT] = {"halt", "", "stop everything in order and halt"},
	[VERB_FACTORY_RESET] = {"factory-reset", "", "reboot, and wipe the data partition"},
	[VERB_TRY] = {"try", "[-n TIMES]", "reboot into the other slot, which stays if it is well"},
};

enum verb verb_find(const char *name)
{
	for (int v = 0; v < VERB_N; v++) {
		if (strcmp(verb_rows[v].name, name) == 0)
			return (enum verb)v;
	}
	return VERB_N;
}
