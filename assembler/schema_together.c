/* What is written in one string but has parts, and keys that only make sense with others. */
#include "schema_look.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nearest.h"

enum {
	NAME_SIZE = 128,
	WORD_SIZE = 64
};

const char *const capability_names[] = {"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH",
	"CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
	"CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT",
	"CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",
	"CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",
	"CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE", NULL};

size_t parts_split(const char *text, char separator, struct part *ret, size_t max)
{
	size_t n = 0;

	for (;; text++) {
		const char *end = strchr(text, separator);

		if (n == max)
			return max + 1;
		ret[n].text = text;
		ret[n].len = end ? (size_t)(end - text) : strlen(text);
		n++;
		if (!end)
			return n;
		text = end;
	}
}

int octal_parse(const char *text)
{
	int mode = 0;
	size_t len = strlen(text);

	if (len < 1 || len > 6 || strspn(text, "01234567") != len)
		return -1;
	for (; *text; text++)
		mode = mode * 8 + (*text - '0');
	return mode <= 07777 ? mode : -1;
}

static bool is_capability(const char *text)
{
	for (size_t i = 0; capability_names[i]; i++) {
		if (!strcmp(text, capability_names[i]))
			return true;
	}
	return false;
}

static void unknown_capability(struct diag *d, const struct ynode *n)
{
	char full[WORD_SIZE];
	const char *near = nearest_word(n->text, capability_names);

	(void)snprintf(full, sizeof(full), "CAP_%s", n->text);
	if (!near || strncasecmp(n->text, "CAP_", 4) != 0)
		near = nearest_word(full, capability_names);
	if (near)
		diag_error(d, n->at, "unknown capability '%s': did you mean '%s'?", n->text, near);
	else
		diag_error(d, n->at, "unknown capability '%s': see capabilities(7)", n->text);
}

void look_capabilities(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	char name[NAME_SIZE];

	for (size_t i = 0; i < n->n; i++) {
		const struct ynode *cap = n->item[i];
		bool is_word = !strcasecmp(cap->text, "all") || !strcasecmp(cap->text, "none");

		if (is_word && n->n > 1)
			diag_error(d, cap->at, "'%s' in %s must stand alone", cap->text,
				schema_name(at, name, sizeof(name)));
		else if (!is_word && !is_capability(cap->text))
			unknown_capability(d, cap);
	}
}

static bool parse_limit(const struct part *p, uint64_t *ret)
{
	char buf[WORD_SIZE], *end;
	const char *text = p->text + strspn(p->text, " ");
	size_t len = p->len - (size_t)(text - p->text);

	if (len == 0 || len >= sizeof(buf))
		return false;
	memcpy(buf, text, len);
	buf[len] = '\0';
	buf[strcspn(buf, " ")] = '\0';
	if (!strcasecmp(buf, "unlimited")) {
		*ret = UINT64_MAX;
		return true;
	}
	if (!buf[0] || strspn(buf, "0123456789") != strlen(buf))
		return false;
	errno = 0;
	*ret = strtoull(buf, &end, 10);
	return !errno;
}

static const char *const rlimit_names[] = {"RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA",
	"RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE",
	"RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE",
	"RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME", NULL};

/* "nofile", "NOFILE" or "RLIMIT_NOFILE", with spaces around; buf gets the full name as far as it
 * goes. */
static const char *rlimit_name(const struct part *p, char *buf, size_t size)
{
	const char prefix[] = "RLIMIT_";
	const char *text = p->text + strspn(p->text, " ");
	size_t len = p->len;

	len -= (size_t)(text - p->text) < len ? (size_t)(text - p->text) : len;
	while (len && text[len - 1] == ' ')
		len--;
	if (len >= strlen(prefix) && !strncasecmp(text, prefix, strlen(prefix))) {
		text += strlen(prefix);
		len -= strlen(prefix);
	}
	(void)snprintf(buf, size, "%s%.*s", prefix, (int)(len < WORD_SIZE ? len : WORD_SIZE), text);
	for (size_t i = 0; rlimit_names[i]; i++) {
		if (!strcasecmp(buf, rlimit_names[i]))
			return rlimit_names[i];
	}
	return NULL;
}

bool rlimit_parse(const char *text, const char **ret_name, uint64_t *ret_soft, uint64_t *ret_hard)
{
	char buf[NAME_SIZE];
	struct part p[3];

	if (parts_split(text, ',', p, 3) != 3)
		return false;
	*ret_name = rlimit_name(&p[0], buf, sizeof(buf));
	return *ret_name && parse_limit(&p[1], ret_soft) && parse_limit(&p[2], ret_hard);
}

void look_rlimit(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	uint64_t soft, hard;
	char buf[NAME_SIZE];
	const char *name, *near;
	struct part p[3];

	(void)at;
	if (rlimit_parse(n->text, &name, &soft, &hard)) {
		if (soft > hard)
			diag_error(
				d, n->at, "the soft limit is above the hard one in '%s'", n->text);
		return;
	}
	if (parts_split(n->text, ',', p, 3) != 3 || rlimit_name(&p[0], buf, sizeof(buf))) {
		diag_error(d, n->at,
			"'%s' is no limit: NAME,SOFT,HARD with whole numbers or 'unlimited'",
			n->text);
		return;
	}
	near = nearest_word(buf, rlimit_names);
	diag_error(d, n->at, "unknown limit in '%s'%s%s%s", n->text, near ? ": did you mean '" : "",
		near ? near + strlen("RLIMIT_") : "", near ? "'?" : ": see getrlimit(2)");
}

void look_bind(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	struct part p[3] = {{0}};
	size_t parts = parts_split(n->text, ':', p, 3);

	(void)at;
	if (parts < 2 || parts > 3 || !p[0].len || !p[1].len)
		diag_error(d, n->at,
			"'%s' is no bind: SOURCE:DESTINATION or "
			"SOURCE:DESTINATION:OPTION,…",
			n->text);
	else if (p[1].text[0] != '/')
		diag_error(d, n->at, "the destination of '%s' must be an absolute path", n->text);
	else if (parts == 3 && !p[2].len)
		diag_error(d, n->at, "'%s' ends with ':' but no options", n->text);
}

void look_tmpfs(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	struct part p[2] = {{0}};
	size_t parts = parts_split(n->text, ':', p, 2);

	(void)at;
	if (parts > 2)
		diag_error(d, n->at, "'%s' has more than one ':': DESTINATION:OPTION,…", n->text);
	else if (p[0].text[0] != '/')
		diag_error(d, n->at, "the destination of '%s' must be an absolute path", n->text);
}

void look_device(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	static const char *const of_all[] = {"a", "b", "c", "", NULL};
	static const char *const of_node[] = {"b", "c", "u", "p", NULL};
	const char *path = ynode_str(n, "path", ""), *type = ynode_str(n, "type", "");
	bool is_all = !strcmp(path, "all");
	const char *const *types = is_all ? of_all : of_node;

	(void)at;
	if (!is_all && path[0] != '/')
		diag_error(d, n->at, "a device needs a 'path', absolute or 'all'");
	if (!is_all && octal_parse(ynode_str(n, "mode", "")) < 0)
		diag_error(d, n->at, "the device '%s' needs a 'mode' such as \"0660\"", path);
	while (*types && strcmp(*types, type) != 0)
		types++;
	if (!*types)
		diag_error(d, n->at, "the device '%s' needs a 'type': %s", path,
			is_all ? "a, b or c" : "b, c, u or p");
}

const char *mount_type(const char *type, const char *source, const char *destination)
{
	static const char *const known[] = {"mqueue", "devpts", "proc", "sysfs", "cgroup"};

	if (type[0])
		return type;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strcmp(source, known[i]))
			return known[i];
	}
	return strcmp(destination, "/dev") != 0 ? NULL : "tmpfs";
}

const char *mount_destination(const char *type)
{
	static const char *const known[][2] = {{"proc", "/proc"}, {"devpts", "/dev/pts"},
		{"sysfs", "/sys"}, {"cgroup", "/sys/fs/cgroup"}, {"mqueue", "/dev/mqueue"}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strcmp(type, known[i][0]))
			return known[i][1];
	}
	return NULL;
}

void look_mount(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	const char *destination = ynode_str(n, "destination", "");
	const char *type =
		mount_type(ynode_str(n, "type", ""), ynode_str(n, "source", ""), destination);

	(void)at;
	if (!type)
		diag_error(d, n->at, "this mount needs a 'type', such as bind or tmpfs");
	else if (!destination[0] && !mount_destination(type))
		diag_error(d, n->at, "a mount of the type '%s' needs a 'destination'", type);
	else if (!strcmp(type, "bind") && !ynode_str(n, "source", "")[0])
		diag_error(d, n->at, "a bind mount needs a 'source'");
}

/* Whether a key says something: false and "" do not, except that a file may be empty. */
static bool says(const struct ynode *file, const char *key)
{
	const struct ynode *n = ynode_get(file, key);

	if (!n)
		return false;
	if (!strcmp(key, "directory"))
		return ynode_bool(n);
	return n->text[0] || !strcmp(key, "contents");
}

void look_file(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	static const char *const kinds[] = {
		"directory", "symlink", "contents", "source", "metadata"};
	const char *first = NULL;

	(void)at;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!says(n, kinds[i]))
			continue;
		if (first)
			diag_error(d, ynode_key_at(n, kinds[i]), "'%s' and '%s' exclude each other",
				first, kinds[i]);
		else
			first = kinds[i];
	}
	if (!first)
		diag_error(d, n->at,
			"the file '%s' needs one of directory, symlink, contents, source, metadata",
			ynode_str(n, "path", ""));
}
