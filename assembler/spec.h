/*
 * An image entry → config.json (OCI runtime spec 1.2) and runtime.json, as LinuxKit writes them
 * (field by field: the table in nanny.1, CONTAINERS).  Pure: no file is read or written.
 *
 * Order of precedence: the entry's YAML, the image's label org.mobyproject.config, the image config
 * (Entrypoint and Cmd, Env, WorkingDir), the default.
 */
#pragma once

#include <stdbool.h>

#include "account.h"
#include "config.h"

/* What the OCI image config says; any pointer may be NULL. */
struct image_config {
	const char **entrypoint, **cmd, **env; /* NULL-terminated */
	const char *workdir;
	const char *user;
	struct accounts accounts;  /* what a name in `user` means; read when there is a user */
	const struct ynode *label; /* org.mobyproject.config, parsed and checked */
};

/* Where the container lies in the image: absolute paths on the device. */
struct spec_paths {
	const char *bundle; /* /containers/services/feeder */
	const char
		*lower; /* where the image's files are; may be another container's (same image) */
};

struct spec {
	char *config_json;
	char *runtime_json;
};

/* Whether the root is read-only: decides the folder's layout before spec_make() is called. */
bool spec_readonly(const struct entry *e, const struct image_config *img);

/* 0, or -1 with the reasons in d. */
int spec_make(struct arena *a, struct diag *d, const struct config *c, const struct entry *e,
	const struct image_config *img, const struct spec_paths *paths, struct spec *ret_spec);
