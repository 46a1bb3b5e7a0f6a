#include "template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "component.h"
#include "proc.h"
#include "sha256.h"

static const char prefix[] = "@pkg:";
static const char hash_field[] = "{{.Hash}}";

struct pass {
	struct arena *a;
	struct diag *d;
	bool has_asked_git;
};

/* One package of LinuxKit. */
struct package {
	struct pass *pass;
	struct mark at; /* where it was named */
	const char *dir;
};

/* The words after `git -C DIR`, up to NULL; its output without the last line break. */
static int git(const struct package *p, const char *const words[], char **ret_out)
{
	const char *argv[12] = {"git", "-C", p->dir};
	size_t n = 3, len;
	int status;

	while (*words && n + 1 < sizeof(argv) / sizeof(argv[0]))
		argv[n++] = *words++;
	status = proc_capture(p->pass->a, argv, ret_out, &len);
	if (status == 0 && len > 0 && (*ret_out)[len - 1] == '\n')
		(*ret_out)[len - 1] = '\0';
	return status;
}

/* Asked before git is, which would say on the terminal that there is no repository. */
static bool is_in_git(const struct package *p)
{
	char *dir = realpath(p->dir, NULL), *slash;
	bool is_found = false;

	while (dir && !is_found && (slash = strrchr(dir, '/'))) {
		is_found = access(arena_printf(p->pass->a, "%s/.git", dir), F_OK) == 0;
		*slash = '\0';
	}
	free(dir);
	return is_found;
}

static bool is_dirty(const struct package *p)
{
	static const char *const changed[] = {
		"diff", "--no-ext-diff", "--quiet", "HEAD", "--", ".", NULL};
	static const char *const others[] = {"ls-files", "--exclude-standard", "--others", NULL};
	char *out;

	if (git(p, changed, &out) != 0)
		return true;
	return git(p, others, &out) == 0 && out[0];
}

/* Folders and symlinks do not count, nor does what is gone. */
static void hash_file(struct sha256 *sum, const char *path)
{
	uint8_t buf[1 << 14];
	struct stat st;
	FILE *f;
	size_t n;

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	f = fopen(path, "re");
	if (!f)
		return;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		sha256_add(sum, buf, n);
	(void)fclose(f);
}

/* Of everything git knows or would take, in its order: LinuxKit's mark of uncommitted work. */
static const char *content_hash(const struct package *p)
{
	static const char *const lists[][4] = {
		{"ls-files", NULL}, {"ls-files", "--exclude-standard", "--others", NULL}};
	struct sha256 sum;
	uint8_t all[32];
	char hex[65], *out, *save = NULL;

	sha256_begin(&sum);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (git(p, lists[i], &out) != 0)
			continue;
		for (char *f = strtok_r(out, "\n", &save); f; f = strtok_r(NULL, "\n", &save))
			hash_file(&sum, arena_printf(p->pass->a, "%s/%s", p->dir, f));
	}
	sha256_end(&sum, all);
	sha256_hex(all, hex);
	return arena_strdup(p->pass->a, hex);
}

/* "": not in git.  NULL after an error. */
static const char *tree_hash(const struct package *p)
{
	static const char *const tree[] = {"rev-parse", "HEAD:./", NULL};
	char *hash;

	if (!is_in_git(p))
		return "";
	p->pass->has_asked_git = true;
	if (git(p, tree, &hash) != 0) {
		diag_error(
			p->pass->d, p->at, "git does not know the folder '%s': commit it", p->dir);
		return NULL;
	}
	return is_dirty(p) ? arena_printf(p->pass->a, "%s-dirty-%.7s", hash, content_hash(p))
			   : hash;
}

static const char *package_name(const struct package *p, const struct ynode *build)
{
	const char *tag = ynode_str(build, "tag", ""), *hash, *field;

	if (!tag[0])
		tag = hash_field;
	field = strstr(tag, hash_field);
	if (field && ynode_get(build, "extra-sources")) {
		diag_error(p->pass->d, p->at,
			"the tag of '%s' depends on its extra-sources, which are not followed: "
			"write the image's name",
			p->dir);
		return NULL;
	}
	if (field) {
		hash = tree_hash(p);
		if (!hash)
			return NULL;
		tag = arena_printf(p->pass->a, "%.*s%s%s", (int)(field - tag), tag, hash,
			field + strlen(hash_field));
	}
	return arena_printf(p->pass->a, "%s/%s:%s", ynode_str(build, "org", "linuxkit"),
		ynode_str(build, "image", ""), tag[0] ? tag : "latest");
}

static bool is_linuxkits(struct arena *a, const char *dir, const struct ynode *build)
{
	const char *file = ynode_str(build, "dockerfile", "Dockerfile");

	return access(arena_printf(a, "%s/%s", dir, file), F_OK) == 0;
}

static const char *resolve(struct pass *pass, const struct ynode *n)
{
	struct package p = {.pass = pass, .at = n->at, .dir = n->text + strlen(prefix)};
	const char *slash = strrchr(n->at.file, '/'), *path;
	const struct ynode *build;

	if (p.dir[0] != '/' && slash)
		p.dir = arena_printf(
			pass->a, "%.*s%s", (int)(slash - n->at.file) + 1, n->at.file, p.dir);
	path = arena_printf(pass->a, "%s/build.yml", p.dir);
	if (access(path, R_OK) < 0) {
		diag_error(pass->d, p.at, "there is no package in '%s': %s: %s", p.dir, path,
			strerror(errno));
		return NULL;
	}
	build = yaml_load(pass->a, pass->d, path);
	if (!build)
		return NULL;
	if (!ynode_str(build, "image", "")[0]) {
		diag_error(pass->d, build->at,
			"the file needs the key 'image': the last part of the image's name");
		return NULL;
	}
	if (is_linuxkits(pass->a, p.dir, build))
		return package_name(&p, build);
	return component_image_name(pass->a, build);
}

static void visit(struct pass *pass, struct ynode *n)
{
	const char *name;

	for (size_t i = 0; i < n->n; i++)
		visit(pass, n->item[i]);
	if (n->kind != YNODE_SCALAR || strncmp(n->text, prefix, strlen(prefix)) != 0)
		return;
	name = resolve(pass, n);
	if (name)
		n->text = name;
}

bool template_resolve(struct arena *a, struct diag *d, struct ynode *doc)
{
	struct pass pass = {.a = a, .d = d};

	visit(&pass, doc);
	return pass.has_asked_git;
}
