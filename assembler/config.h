/*
 * One system: one or several LinuxKit YAML files, checked and merged in the order given.
 * kernel fields override one by one, lists are appended (LinuxKit's rule; unlike LinuxKit, a later
 * file may use the volumes of an earlier one).
 *
 * Paths: "@pkg:DIR" (template.h) is relative to its YAML file.  A file's `source:` is looked for
 * beside its YAML file, then in the current folder (LinuxKit knows only the second); "~/" is $HOME.
 *
 * An image entry keeps its YAML node: which fields it has is spec.c's business alone, where the
 * order YAML, image label, image config, default is decided.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "yaml.h"

enum entry_kind {
	ENTRY_ONBOOT,
	ENTRY_ONSHUTDOWN,
	ENTRY_SERVICE,
};

struct image_ref {
	const char *name; /* as written, "@pkg:DIR" resolved */
	struct mark at;
};

struct entry {
	enum entry_kind kind;
	const char *name;
	struct image_ref image;
	const struct ynode *node;
};

struct volume {
	const char *name;
	struct image_ref image; /* name NULL: an empty directory */
	bool readonly;
	bool is_layout;                /* format: oci: the image itself, not its files */
	const struct ynode *platforms; /* of a layout: "linux/arm64/v8"; NULL: the board's */
	bool persistent;               /* what is written is kept on the data partition */
	struct mark at;
};

struct file {
	const char *path; /* in the image, without a leading slash */
	enum {
		FILE_DIRECTORY,
		FILE_SYMLINK,
		FILE_CONTENTS,
		FILE_SOURCE,
		FILE_METADATA
	} kind;
	const char *value; /* symlink target, contents, source path (resolved), metadata format */
	int mode;          /* permission bits */
	unsigned uid, gid; /* numbers, or names of entries already resolved */
	bool optional;
	struct mark at;
};

struct config {
	struct {
		struct image_ref image; /* name NULL: the board's kernel */
		const char *cmdline;    /* "" when none was given; added to the board's */
		const char *binary;     /* default "kernel" */
		const char *tar;        /* default "kernel.tar"; NULL: none */
		const char *ucode;      /* NULL: none */
	} kernel;
	struct image_ref *init;
	size_t n_init; /* 0: the board's default, nanny/init and nanny/runc */
	struct entry *onboot, *onshutdown, *services;
	size_t n_onboot, n_onshutdown, n_services;
	struct volume *volumes;
	size_t n_volumes;
	struct file *files;
	size_t n_files;
	/* the files as read, in order: for `metadata:` and for the stamp of a build */
	const char **paths;
	struct ynode **docs;
	size_t n_docs;
	bool has_git_tags; /* a commit can change it without a change of these files */
};

/* NULL when there is an error; every error of every file is in d.  Touches no image and no network.
 */
struct config *config_load(
	struct arena *a, struct diag *d, const char *const *paths, size_t n_paths);

/* The number of a container named as uid or gid: 100, 101 … over onboot, onshutdown, services. */
bool config_id(const struct config *c, const char *name, unsigned *ret_id);
const struct volume *config_volume(const struct config *c, const char *name, size_t len);
/*
 * Names that an image entry, or the label of its image, uses as volumes and ids: are there such?
 * config_load() has done it for the entries.
 */
void config_check_refs(const struct config *c, struct diag *d, const struct ynode *entry);
