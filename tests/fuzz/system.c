/*
 * A system's YAML, and after a NUL the label of its images → config.json and runtime.json.  What is
 * taken has to be what a runtime can be given; what is refused has to be told why.
 */
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include "../../assembler/schema.h"
#include "../../assembler/spec.h"
#include "fuzz.h"

/* The library keeps a kilobyte of a quoted text that does not end; nanny ends soon after. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml";
}

static const char *str(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

static const json_t *find(const json_t *list, const json_t *want)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (json_equal(one, want))
			return one;
	}
	return NULL;
}

/* Nothing is effective or ambient that is not in the bounding set. */
static void check_capabilities(const json_t *caps)
{
	static const char *const sets[] = {"effective", "ambient", "permitted", "inheritable"};
	const json_t *bounding = json_object_get(caps, "bounding"), *one;
	size_t k;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		json_array_foreach(json_object_get(caps, sets[i]), k, one)
			MUST(find(bounding, one));
	}
}

/* Absolute, one for each place, parents first; no volume's name is left. */
static void check_mounts(const json_t *mounts)
{
	const char *before = "";
	const json_t *m;
	size_t i;

	json_array_foreach(mounts, i, m)
	{
		const char *to = str(m, "destination");

		MUST(to[0] == '/' && strcmp(before, to) < 0);
		MUST(str(m, "type")[0]);
		MUST(strcmp(str(m, "type"), "bind") != 0 || str(m, "source")[0] == '/');
		before = to;
	}
}

static void check_config(const char *text)
{
	json_t *config = json_loads(text, JSON_DECODE_INT_AS_REAL, NULL);
	const json_t *process = json_object_get(config, "process");

	MUST(config);
	MUST(json_array_size(json_object_get(process, "args")) > 0);
	MUST(str(process, "cwd")[0] == '/');
	MUST(json_array_size(json_object_get(json_object_get(config, "linux"), "namespaces")) > 0);
	check_capabilities(json_object_get(process, "capabilities"));
	check_mounts(json_object_get(config, "mounts"));
	json_decref(config);
}

static void check_entry(struct arena *a, const struct config *c, const struct entry *e,
	const struct image_config *img)
{
	static const struct spec_paths paths = {"/containers/x", "/containers/x/lower"};
	struct diag *d = diag_new();
	struct spec spec, again;
	json_t *runtime;
	int r = spec_make(a, d, c, e, img, &paths, &spec);

	MUST((r == 0) == (diag_count(d) == 0));
	if (r == 0) {
		check_config(spec.config_json);
		runtime = json_loads(spec.runtime_json, 0, NULL);
		MUST(runtime && json_array_size(json_object_get(runtime, "mounts")) > 0);
		json_decref(runtime);
		MUST(spec_make(a, d, c, e, img, &paths, &again) == 0);
		MUST(strcmp(spec.config_json, again.config_json) == 0);
	}
	diag_free(d);
}

static void check_list(struct arena *a, const struct config *c, const struct entry *e, size_t n,
	const struct image_config *img)
{
	for (size_t i = 0; i < n; i++)
		check_entry(a, c, &e[i], img);
}

static const struct ynode *read_label(struct arena *a, const char *text, size_t size)
{
	struct diag *d = diag_new();
	const struct ynode *label = yaml_parse(a, d, "label", text, size);

	if (label && schema_check_label(d, label) < 0)
		label = NULL;
	diag_free(d);
	return label;
}

static struct config *load(struct arena *a, struct diag *d, const void *data, size_t size)
{
	static int fd = -1;
	char path[32];
	const char *paths[] = {path};

	if (fd < 0)
		fd = memfd_create("system", MFD_CLOEXEC);
	MUST(fd >= 0 && ftruncate(fd, 0) == 0);
	MUST(size == 0 || pwrite(fd, data, size, 0) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return config_load(a, d, paths, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *cmd[] = {"/cmd", NULL};
	const uint8_t *end = memchr(data, '\0', size);
	size_t len = end ? (size_t)(end - data) : size;
	struct image_config img = {.cmd = cmd, .user = "1:2"};
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	const struct config *c = load(a, d, data, len);

	MUST((c != NULL) == (diag_count(d) == 0));
	if (end)
		img.label = read_label(a, (const char *)end + 1, size - len - 1);
	if (c) {
		check_list(a, c, c->onboot, c->n_onboot, &img);
		check_list(a, c, c->onshutdown, c->n_onshutdown, &img);
		check_list(a, c, c->services, c->n_services, &img);
	}
	diag_free(d);
	arena_free(a);
	return 0;
}
