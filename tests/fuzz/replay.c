/*
 * A target's corpus once, without a fuzzer: build/tests/unit/fuzz/test_NAME runs each file of
 * tests/fuzz/corpus/NAME.  From the root of the tree.
 */
#include <dirent.h>

#include "fuzz.h"

static size_t read_file(const char *path, uint8_t *buf, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	MUST(f);
	n = fread(buf, 1, size, f);
	(void)fclose(f);
	return n;
}

int main(int argc, char **argv)
{
	const char *name = argc ? strstr(argv[0], "test_") : NULL;
	static uint8_t buf[1 << 16];
	struct dirent *d;
	char path[600];
	int n = 0;
	DIR *dir;

	MUST(name);
	name += strlen("test_");
	snprintf(path, sizeof(path), "tests/fuzz/corpus/%s", name);
	dir = opendir(path);
	MUST(dir);
	while ((d = readdir(dir))) {
		uint8_t *copy; /* of the exact size, so that a read past its end is seen */
		size_t size;

		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "tests/fuzz/corpus/%s/%s", name, d->d_name);
		fprintf(stderr, "%s\n", path);
		size = read_file(path, buf, sizeof(buf));
		copy = malloc(size ? size : 1);
		MUST(copy);
		memcpy(copy, buf, size);
		(void)LLVMFuzzerTestOneInput(copy, size);
		free(copy);
		n++;
	}
	(void)closedir(dir);
	MUST(n > 0);
	printf("ok the corpus of %s (%d inputs)\n", name, n);
	return 0;
}
