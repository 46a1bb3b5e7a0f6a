#include "helper.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/policy.h"
#include "banner.h"
#include "bundle.h"
#include "data.h"
#include "pstore.h"
#include "cgroup.h"
#include "programs.h"
#include "scan.h"
#include "volumes.h"

static void fail(struct scan_record *rec, const char *what, const char *value)
{
	snprintf(rec->error, sizeof(rec->error), "%s \"%.60s\"", what, value);
}

/* What runc and crun take as an id, on a command line; it is also a part of paths. */
static int id_ok(const char *id)
{
	size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.");

	return n && !id[n] && n < SCAN_ID_MAX && id[0] != '-' && strcmp(id, ".") != 0 &&
	       strcmp(id, "..") != 0;
}

static void read_policy(struct scan_record *rec, const json_t *config)
{
	const json_t *annotations = json_object_get(config, "annotations");

	for (size_t i = 0; i < policy_rows_n; i++) {
		const struct policy_row *row = &policy_rows[i];
		const char *text;
		char name[64];

		snprintf(name, sizeof(name), POLICY_PREFIX "%s", row->key);
		text = bundle_string(annotations, name);
		if (*text && !row->take(&rec->policy, text))
			fail(rec, name, text);
	}
	rec->wired |= rec->policy.limited;
}

static void read_config(struct scan_record *rec, const char *bundle)
{
	json_t *config = bundle_read(bundle, "config.json", rec->error, sizeof(rec->error));
	const char *group;

	if (!config)
		return;
	read_policy(rec, config);
	group = bundle_string(json_object_get(config, "linux"), "cgroupsPath");
	if (strlen(group) >= sizeof(rec->cgroup) || strstr(group, "..") ||
		strstr(group, CGROUP_SELF) || (group[0] && !group[strspn(group, "/")]))
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
	rec->wired |= bundle_array(runtime, "interfaces", &array) > 0;
	for (i = json_object_iter(json_object_get(runtime, "bindNS")); i;
		i = json_object_iter_next(json_object_get(runtime, "bindNS"), i)) {
		const char *to = json_string_value(json_object_iter_value(i));

		rec->wired |= to && *to;
	}
	json_decref(runtime);
}

static struct scan_record read_bundle(enum ctr_kind kind, const char *id)
{
	struct scan_record rec = {.policy = policy_default()};
	char bundle[512];

	rec.kind = (uint8_t)kind;
	snprintf(rec.id, sizeof(rec.id), "%.*s", SCAN_ID_MAX - 1, id);
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

/* Kind by kind; within one, in the order in which they have their turn. */
static size_t read_all(struct scan_record *recs)
{
	const char *start = scan_programs(CTR_ONBOOT), *end = scan_programs(CTR_ONSHUTDOWN);
	size_t n = programs_read(start, PROGRAMS_FIRST, recs, 0);

	n = read_kind(CTR_ONBOOT, recs, n);
	n = programs_read(start, PROGRAMS_BETWEEN, recs, n);
	n = programs_read(end, PROGRAMS_END, recs, n);
	n = read_kind(CTR_ONSHUTDOWN, recs, n);
	n = programs_read(end, PROGRAMS_VERY_END, recs, n);
	/* Before the services: of the same name, the service is meant. */
	n = programs_read(start, PROGRAMS_LAST, recs, n);
	return read_kind(CTR_SERVICE, recs, n);
}

static int is_called(const struct scan_record *rec, const struct after_word *w)
{
	const char *name = scan_name(rec);

	return strlen(name) == w->len && strncmp(name, w->name, w->len) == 0;
}

static int ends_by_itself(const struct scan_record *rec)
{
	return rec->kind != CTR_SERVICE || rec->policy.oneshot;
}

/* A circle is not looked for: the assembler refuses it, and nannyctl why shows it. */
static void resolve_word(
	struct scan_record *recs, size_t n, struct scan_record *rec, const struct after_word *w)
{
	struct scan_after a = {.kind = (uint8_t)w->kind, .stage = (uint8_t)w->stage};
	size_t i = n;

	if (w->kind == AFTER_DEV)
		a.at = (uint16_t)(w->name - rec->policy.after);
	if (w->kind == AFTER_CTR) {
		/* From behind: services come last, and they are meant if an onboot has the same
		 * name. */
		while (i > 0 && !is_called(&recs[i - 1], w))
			i--;
		if (i == 0) {
			fail(rec, "after: no such container:", rec->policy.after);
			return;
		}
		a.at = (uint16_t)(i - 1);
		if (w->stage == STAGE_DEFAULT)
			a.stage = ends_by_itself(&recs[i - 1]) ? STAGE_DONE : STAGE_READY;
	}
	rec->after[rec->after_n++] = a;
}

static void resolve_after(struct scan_record *recs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = recs[i].policy.after;
		struct after_word word;

		while (recs[i].after_n < POLICY_AFTER_N && policy_after_next(&at, &word))
			resolve_word(recs, n, &recs[i], &word);
	}
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

static void note_slot(struct slots_known *ret)
{
	int r = slot_store_note(SLOT_STARTED, ret);

	if (r < 0 && r != -ENODEV)
		fprintf(stderr, "slot: %s\n", strerror(-r));
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
	banner_print();
	/* Before all that may hang: a slot on trial has been started now. */
	note_slot(&header.slots);
	/* Before whatever mounts a disk or waits for a link. */
	(void)coldplug();
	/* Before the volumes, which may lie on it. */
	(void)data_mount();
	/* Before the first container that may bind one; PID 1 goes on without those that fail. */
	(void)volumes_mount("/containers/volumes");
	n = read_all(recs);
	resolve_after(recs, n);
	header.count = (uint32_t)n;
	header.ledger = pstore_read();
	if (write_all(&header, sizeof(header)) < 0 || write_all(recs, n * sizeof(*recs)) < 0)
		return 1;
	free(recs);
	return 0;
}
