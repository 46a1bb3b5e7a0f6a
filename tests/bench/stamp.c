/* A service that says when its first instruction ran, on the machine's monotonic clock, and stays.
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct timespec ts = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	printf("stamp %lld.%06ld\n", (long long)ts.tv_sec, ts.tv_nsec / 1000);
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
