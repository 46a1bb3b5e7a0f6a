/* nanny-clock: the data partition learns the time (data.h). */
#include "data.h"
#include "helper.h"

int helper_clock(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	data_save_clock();
	return 0;
}
