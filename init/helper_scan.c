#include "helper.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/annotation.h"
#include "bundle.h"
#include "cgroup.h"
#include "scan.h"
#include "volumes.h"

enum {
	STOP_MS = 10 * 1000,
	TIMEOUT_MS = 5 * 60 * 1000,
};

static const struct scan_record defaults = {
	.stop_ms = STOP_MS, .timeout_ms = TIMEOUT_MS, .stop_signal = SIGTERM};

static void fail(struct scan_record *rec, const char *what, const char *value)
{
	snprintf(rec->error, sizeof(rec->error), "%s \"%.60s\"", what, value);
}

/* What runc and crun take as an id; it is also a part of paths. */
static int id_ok(const char *id)
{
	size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.");

	return n && !id[n] && n < SCAN_ID_MAX && strcmp(id, ".") != 0 && strcmp(id, "..") != 0;
}

static void read_annotations(struct scan_record *rec, const json_t *config)
{
	const json_t *a = json_object_get(config, "annotations");
	const char *signal = bundle_string(a, ANNOTATION_STOP_SIGNAL);
	const struct {
		const char *key;
		uint32_t *to;
	} durations[] = {
		{ANNOTATION_STOP_TIMEOUT, &rec->stop_ms}, {ANNOTATION_TIMEOUT, &rec->timeout_ms}};
	int number;

	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		const char *text = bundle_string(a, durations[i].key);

		if (*text && !annotation_duration(text, durations[i].to))
			fail(rec, durations[i].key, text);
	}
	if (*signal && !annotation_signal(signal, &number))
		fail(rec, ANNOTATION_STOP_SIGNAL, signal);
	else if (*signal)
		rec->stop_signal = number;
}

static void read_config(struct scan_record *rec, const char *bundle)
{
	json_t *config = bundle_read(bundle, "config.json", rec->error, sizeof(rec->error));
	const char *group;

	if (!config)
		return;
	read_annotations(rec, config);
	group = bundle_string(json_object_get(config, "linux"), "cgroupsPath");
	if (strlen(group) >= sizeof(rec->cgroup) || strstr(group, "..") ||
		strstr(group, CGROUP_SELF))
		fail(rec, "linux.cgroupsPath", group);
	else
		memcpy(rec->cgroup, group, strlen(group) + 1);
	json_decref(config);
}

static void read_runtime(struct scan_record *rec, const char *bundle)
{
	json_t *array, *runtime;
	struct stat st;
	char path[640];
	void *i;

	snprintf(path, sizeof(path), "%s/runtime.json", bundle);
	if (rec->error[0] || (stat(path, &st) < 0 && errno == ENOENT))
		return;
	runtime = bundle_read(bundle, "runtime.json", rec->error, sizeof(rec->error));
	if (!runtime)
		return;
	rec->wired = bundle_array(runtime, "interfaces", &array) > 0;
	for (i = json_object_iter(json_object_get(runtime, "bindNS")); i;
		i = json_object_iter_next(json_object_get(runtime, "bindNS"), i)) {
		const char *to = json_string_value(json_object_iter_value(i));

		rec->wired |= to && *to;
	}
	json_decref(runtime);
}

static struct scan_record read_bundle(enum ctr_kind kind, const char *id)
{
	struct scan_record rec = defaults;
	char bundle[512];

	rec.kind = (uint8_t)kind;
	snprintf(rec.id, sizeof(rec.id), "%s", id);
	if (!id_ok(id)) {
		fail(&rec, "the runtime does not take the name", id);
		return rec;
	}
	snprintf(bundle, sizeof(bundle), "%s/%s", scan_folder(kind), id);
	read_config(&rec, bundle);
	read_runtime(&rec, bundle);
	return rec;
}

static int is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* Byte order, as LinuxKit's ReadDir gives it: NNN- prefixes decide. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static size_t read_kind(enum ctr_kind kind, struct scan_record *recs, size_t n)
{
	struct dirent **names = NULL;
	int count = scandir(scan_folder(kind), &names, is_visible, by_bytes);

	for (int i = 0; i < count; i++) {
		if (n < SCAN_MAX)
			recs[n++] = read_bundle(kind, names[i]->d_name);
		else
			fprintf(stderr, "more than %d containers: %s is left out\n", SCAN_MAX,
				names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return n;
}

static int write_all(const void *data, size_t size)
{
	const char *p = data;

	while (size) {
		ssize_t n = write(STDOUT_FILENO, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			fprintf(stderr, "scan: cannot write: %s\n", strerror(errno));
			return -1;
		}
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int helper_scan(int argc, char **argv)
{
	struct scan_header header = {.magic = SCAN_MAGIC};
	struct scan_record *recs = calloc(SCAN_MAX, sizeof(*recs));
	size_t n = 0;

	(void)argc;
	(void)argv;
	if (!recs) {
		fprintf(stderr, "scan: out of memory\n");
		return 1;
	}
	/* Before the first container that may bind one; PID 1 goes on without those that fail. */
	(void)volumes_mount("/containers/volumes");
	for (int k = 0; k < CTR_KIND_N; k++)
		n = read_kind((enum ctr_kind)k, recs, n);
	header.count = (uint32_t)n;
	if (write_all(&header, sizeof(header)) < 0 || write_all(recs, n * sizeof(*recs)) < 0)
		return 1;
	free(recs);
	return 0;
}
