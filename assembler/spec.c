#include "spec.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/policy.h"
#include "spec_part.h"

/* What LinuxKit writes; runc 1.1 and newer take any 1.x. */
static const char oci_version[] = "1.2.1";

static json_t *string_list(const char *const *strings)
{
	json_t *list = json_array();

	for (; strings && *strings; strings++)
		spec_add(list, json_string(*strings));
	return list;
}

static json_t *make_args(const struct spec_in *in)
{
	const struct ynode *command = spec_pick(in, "command");
	json_t *args, *cmd;

	if (command) {
		args = spec_json(command);
	} else {
		args = string_list((const char *const *)in->image->entrypoint);
		cmd = string_list((const char *const *)in->image->cmd);
		spec_must(json_array_extend(args, cmd));
		json_decref(cmd);
	}
	if (!json_array_size(args))
		diag_error(in->d, in->at,
			"'%s' has no command: its image has no Entrypoint and no Cmd, so add "
			"'command'",
			ynode_str(in->yaml, "name", ""));
	return args;
}

/* The environment, and where to say that it is ready. */
static json_t *make_env(const struct spec_in *in)
{
	const struct ynode *said = spec_pick(in, "env");
	json_t *env = said ? spec_json(said) : string_list((const char *const *)in->image->env);
	char ready[ASKED_MAX];

	if (spec_asked(in, "ready", ready) && strcmp(ready, "notify") == 0)
		spec_add(env, json_string("NOTIFY_SOCKET=" NOTIFY_INSIDE "/" NOTIFY_SOCKET));
	return env;
}

static json_t *make_process(const struct spec_in *in)
{
	const struct ynode *score = spec_pick(in, "oomScoreAdj");
	const char *workdir =
		in->image->workdir && in->image->workdir[0] ? in->image->workdir : "/";
	json_t *process = json_object();

	/* As with Docker; the runtime takes absolute ones only. */
	if (workdir[0] != '/')
		workdir = arena_printf(in->a, "/%s", workdir);
	spec_set(process, "terminal", json_false());
	spec_set(process, "user", spec_user(in));
	spec_set(process, "args", make_args(in));
	spec_set_some(process, "env", make_env(in));
	spec_set(process, "cwd", json_string(spec_word(in, "cwd", workdir)));
	spec_set(process, "capabilities", spec_capabilities(in));
	spec_set_some(process, "rlimits", spec_rlimits(in));
	spec_set(process, "noNewPrivileges", json_boolean(spec_bool(in, "noNewPrivileges")));
	if (score)
		spec_set(process, "oomScoreAdj", spec_json(score));
	return process;
}

static bool has_own(const struct spec_in *in, const char *key)
{
	const char *name = spec_word(in, key, "host");

	return strcmp(name, "host") != 0 && strcmp(name, "root") != 0;
}

static const char *make_hostname(const struct spec_in *in)
{
	const struct ynode *said = ynode_get(in->yaml, "hostname");

	if (has_own(in, "uts"))
		return spec_word(in, "hostname", "");
	/* The runtime refuses a name that would be the whole machine's. */
	if (said && said->text[0])
		diag_error(in->d, said->at, "'hostname' needs 'uts: new'");
	return "";
}

static json_t *make_config(const struct spec_in *in)
{
	json_t *config = json_object(), *root = json_object();

	spec_set(config, "ociVersion", json_string(oci_version));
	spec_set(config, "process", make_process(in));
	spec_set(root, "path", json_string("rootfs"));
	spec_set(root, "readonly", json_boolean(in->readonly));
	spec_set(config, "root", root);
	spec_set_some(config, "hostname", json_string(make_hostname(in)));
	spec_set(config, "mounts", spec_mounts(in));
	spec_set_some(config, "annotations", spec_annotations(in));
	spec_set(config, "linux", spec_linux(in));
	return config;
}

/*
 * jansson's numbers end at 2^63 - 1, a limit's at 2^64 - 1, so "unlimited" is -1 until here.
 * Inside of a string the quotes would be escaped: the pattern is only ever a limit.
 */
static char *with_unlimited(struct arena *a, const char *text)
{
	static const char *const keys[] = {"\"soft\": -1", "\"hard\": -1"};
	static const char number[] = "18446744073709551615";
	char *copy = arena_alloc(a, strlen(text) * 2 + 2), *to = copy;

	while (*text) {
		size_t len = 1;

		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			if (!strncmp(text, keys[i], strlen(keys[i])))
				len = strlen(keys[i]);
		}
		if (len == 1) {
			*to++ = *text++;
			continue;
		}
		memcpy(to, text, len - 2);
		to += len - 2;
		memcpy(to, number, strlen(number));
		to += strlen(number);
		text += len;
	}
	*to++ = '\n';
	return copy;
}

static char *print_json(struct arena *a, json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(4)), *result;

	spec_must(text ? 0 : -1);
	result = with_unlimited(a, text);
	free(text);
	json_decref(value);
	return result;
}

static struct spec_in make_in(const struct entry *e, const struct image_config *img)
{
	const struct ynode *name = ynode_get(e->node, "name");
	struct spec_in in = {.yaml = e->node, .label = img->label, .image = img};

	in.at = name ? name->at : e->node->at;
	in.readonly = spec_bool(&in, "readonly");
	return in;
}

bool spec_readonly(const struct entry *e, const struct image_config *img)
{
	return make_in(e, img).readonly;
}

int spec_make(struct arena *a, struct diag *d, const struct config *c, const struct entry *e,
	const struct image_config *img, const struct spec_paths *paths, struct spec *ret_spec)
{
	struct spec_in in = make_in(e, img);
	int before = diag_count(d);
	struct spec spec;

	in.a = a;
	in.d = d;
	in.c = c;
	in.paths = paths;
	if (in.label)
		config_check_refs(c, d, in.label);
	if (diag_count(d) != before)
		return -1;
	spec.config_json = print_json(a, make_config(&in));
	spec.runtime_json = print_json(a, spec_runtime(&in));
	if (diag_count(d) != before)
		return -1;
	*ret_spec = spec;
	return 0;
}
