/*
 * flood SECONDS: writes lines as fast as it can, says how many bytes that were, and stays.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	static char text[32768];
	int64_t end, longest = 0;
	uint64_t bytes = 0;

	if (argc != 2)
		return 2;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 128 == 127 ? '\n' : (char)('a' + i % 26);
	end = now_us() + atoi(argv[1]) * 1000000LL;
	for (int64_t t = now_us(), u; t < end; t = u) {
		ssize_t n = write(STDOUT_FILENO, text, sizeof(text));

		if (n < 0)
			return 1;
		bytes += (uint64_t)n;
		u = now_us();
		if (u - t > longest)
			longest = u - t;
	}
	printf("wrote %llu longest_us %lld\n", (unsigned long long)bytes, (long long)longest);
	fflush(stdout);
	for (;;)
		pause();
}
