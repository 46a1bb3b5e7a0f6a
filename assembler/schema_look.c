#include "schema_look.h"

#include <stdio.h>
#include <string.h>

#include "../lib/policy.h"
#include "../lib/text.h"
#include "../lib/vfat.h"
#include "nearest.h"

enum {
	NAME_SIZE = 128
};

static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789";
static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static bool is_made_of(const char *text, const char *a, const char *b, const char *c)
{
	for (; *text; text++) {
		if (!strchr(a, *text) && !strchr(b, *text) && !strchr(c, *text))
			return false;
	}
	return true;
}

/* It becomes a folder and the runtime's id; LinuxKit's containerd takes no others. */
void look_entry_name(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	const size_t max = 76; /* containerd's */
	const char first[] = {n->text[0], '\0'};

	(void)at;
	if (!n->text[0] || !is_made_of(first, lower, upper, "") ||
		!is_made_of(n->text, lower, upper, "_.-") || strlen(n->text) > max)
		diag_error(d, n->at,
			"a container cannot be called '%s': letters, digits, '_', '.' and '-', a "
			"letter or digit first, at most %zu",
			n->text, max);
}

void look_volume_name(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	(void)at;
	if (!n->text[0] || !is_made_of(n->text, lower, "_-", ""))
		diag_error(d, n->at,
			"a volume cannot be called '%s': small letters, digits, '_' and '-'",
			n->text);
}

/* "linux/arm64" or "linux/arm/v7" */
void look_platform(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	struct part p[3];
	size_t parts = parts_split(n->text, '/', p, 3);
	char name[NAME_SIZE];

	for (size_t i = 0; i < parts && parts <= 3; i++)
		if (!p[i].len)
			parts = 0;
	if (parts < 2 || parts > 3 || strncmp(n->text, "linux/", 6) != 0)
		diag_error(d, n->at, "%s: '%s' is no platform: such as linux/amd64 or linux/arm/v7",
			schema_name(at, name, sizeof(name)), n->text);
}

void look_volume(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	bool is_layout = strcmp(ynode_str(n, "format", ""), "oci") == 0;

	(void)at;
	if (is_layout && !ynode_str(n, "image", "")[0])
		diag_error(d, ynode_key_at(n, "format"), "'format: oci' needs an 'image'");
}

/* What the name stands for is image.c's; here, only that it can be one.  "" is none. */
void look_image(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	char name[NAME_SIZE];

	if (n->text[strcspn(n->text, " \t\r\n")])
		diag_error(d, n->at, "%s: the name of an image holds no space: '%s'",
			schema_name(at, name, sizeof(name)), n->text);
}

void look_needed_image(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	look_image(d, n, at);
	look_text(d, n, at);
}

void look_text(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	char name[NAME_SIZE];

	if (!n->text[0])
		diag_error(d, n->at, "%s is empty", schema_name(at, name, sizeof(name)));
}

void look_path(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	char name[NAME_SIZE];

	if (n->text[0] && n->text[0] != '/')
		diag_error(d, n->at, "%s must be an absolute path: write '/%s'",
			schema_name(at, name, sizeof(name)), n->text);
}

/* A path in an image or a folder: with or without a leading slash, never out of it. */
void look_inside(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	struct part part[1];
	const char *p = n->text;
	char name[NAME_SIZE];

	schema_name(at, name, sizeof(name));
	if (!p[strspn(p, "/.")] && strcmp(p, "/") != 0)
		diag_error(d, n->at, "%s: '%s' names no file", name, p);
	for (; *p; p += part[0].len + (p[part[0].len] == '/')) {
		(void)parts_split(p, '/', part, 1);
		if (part[0].len == 2 && !strncmp(p, "..", 2)) {
			diag_error(d, n->at, "%s must not hold '..': '%s'", name, n->text);
			return;
		}
	}
}

void look_octal(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	char name[NAME_SIZE];

	if (n->text[0] && octal_parse(n->text) < 0)
		diag_error(d, n->at, "%s must be an octal mode such as \"0644\", not '%s'",
			schema_name(at, name, sizeof(name)), n->text);
}

void look_env(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	char name[NAME_SIZE];

	if (!strchr(n->text, '=') || n->text[0] == '=')
		diag_error(d, n->at, "%s: '%s' must be NAME=value",
			schema_name(at, name, sizeof(name)), n->text);
}

/* A number's range; whether a name is a container's is seen when all files are read. */
void look_id(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	const int64_t max = (int64_t)UINT32_MAX - 1;
	char name[NAME_SIZE];
	int64_t value;

	if (ynode_int(n, &value) && (value < 0 || value > max))
		diag_error(d, n->at, "%s must be between 0 and %lld",
			schema_name(at, name, sizeof(name)), (long long)max);
}

void look_hostname(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	const size_t max = 64; /* the kernel's */

	(void)at;
	if (strlen(n->text) > max || !is_made_of(n->text, lower, upper, ".-_"))
		diag_error(d, n->at,
			"'%s' is no host name: letters, digits, '-' and '.', at most %zu", n->text,
			max);
}

static void look_words_or_path(struct diag *d, const struct ynode *n, const struct schema_place *at,
	const char *const words[])
{
	char name[NAME_SIZE];
	const char *near;

	for (size_t i = 0; words[i]; i++) {
		if (!strcmp(n->text, words[i]))
			return;
	}
	if (!n->text[0] || n->text[0] == '/')
		return;
	schema_name(at, name, sizeof(name));
	near = nearest_word(n->text, words);
	if (near)
		diag_error(d, n->at, "%s cannot be '%s': did you mean '%s'?", name, n->text, near);
	else
		diag_error(d, n->at,
			"%s cannot be '%s': it is host, new%s or the path of a namespace", name,
			n->text, words[3] ? ", none" : "");
}

void look_namespace(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	static const char *const words[] = {"host", "root", "new", NULL, NULL};

	look_words_or_path(d, n, at, words);
}

void look_net(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	static const char *const words[] = {"host", "root", "new", "none", NULL};

	look_words_or_path(d, n, at, words);
}

void look_cgroups_path(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	const size_t max = 127; /* what init keeps */

	if (strlen(n->text) > max)
		diag_error(d, n->at, "'cgroupsPath' is longer than %zu characters", max);
	else if (n->text[0])
		look_inside(d, n, at);
}

void look_interface_name(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	const size_t max = 15; /* the kernel's */
	char name[NAME_SIZE];

	if (!n->text[0] || strlen(n->text) > max || strpbrk(n->text, "/ \t:"))
		diag_error(d, n->at, "%s: '%s' is no name of a network interface: 1 to %zu letters",
			schema_name(at, name, sizeof(name)), n->text, max);
}

/* "2MB"; LinuxKit's schema asks for a number, which then is bytes. */
void look_page_size(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	size_t digits = strspn(n->text, "0123456789");
	int64_t bytes;

	(void)at;
	if (ynode_int(n, &bytes)) {
		if (bytes < 1024 || bytes % 1024)
			diag_error(d, n->at, "'pageSize' must be a number of KiB, such as 2097152");
		return;
	}
	if (!digits || strlen(n->text + digits) != 2 || !strchr("KMG", n->text[digits]) ||
		n->text[digits + 1] != 'B')
		diag_error(d, n->at, "'pageSize' must be such as \"2MB\", not '%s'", n->text);
}

void look_access(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	(void)at;
	if (!is_made_of(n->text, "rwm", "", ""))
		diag_error(d, n->at, "'access' is made of r, w and m, not '%s'", n->text);
}

void look_word(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	char name[NAME_SIZE];

	if (!n->text[0] || !is_made_of(n->text, lower, upper, "_.+-"))
		diag_error(d, n->at, "%s: '%s' is no name: letters, digits, '_', '.', '+' and '-'",
			schema_name(at, name, sizeof(name)), n->text);
}

void look_duration(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	char name[NAME_SIZE];
	uint32_t ms;

	if (!policy_duration(n->text, &ms) || ms < 1000)
		diag_error(d, n->at, "%s: '%s' is no time of at least a second, such as 15s",
			schema_name(at, name, sizeof(name)), n->text);
}

void look_address(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	char name[NAME_SIZE];
	int64_t v;

	if (ynode_int(n, &v) && v % RESET_RAM_PIECE)
		diag_error(d, n->at, "%s: %s is no multiple of 64k (0x10000)",
			schema_name(at, name, sizeof(name)), n->text);
}

void look_bytes(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	char name[NAME_SIZE];
	uint64_t v;

	if (!policy_bytes(n->text, &v) || v == 0 || v > INT32_MAX)
		diag_error(d, n->at, "%s: '%s' is no number of bytes, such as 16k",
			schema_name(at, name, sizeof(name)), n->text);
}

void look_disk_size(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	const uint64_t mib = 1024 * 1024;
	char name[NAME_SIZE];
	uint64_t v;

	if (!policy_bytes(n->text, &v) || v == 0 || v % mib || v > mib * mib)
		diag_error(d, n->at, "%s: '%s' is no whole number of MiB, such as 64m",
			schema_name(at, name, sizeof(name)), n->text);
}

void look_ram_size(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	char name[NAME_SIZE];
	uint64_t v;

	if (!policy_bytes(n->text, &v) || v == 0 || v % RESET_RAM_PIECE || v > INT32_MAX)
		diag_error(d, n->at, "%s: '%s' is no multiple of 64k, such as 256k",
			schema_name(at, name, sizeof(name)), n->text);
}

/* A label of the kernel's has 31 bytes; what init is told is separated by spaces. */
void look_gpio(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	const char *space = strchr(n->text, ' ');
	char name[NAME_SIZE];
	int64_t line;

	if (!space || space == n->text || space - n->text > 31 ||
		!text_number(space + 1, 0, UINT16_MAX, &line))
		diag_error(d, n->at,
			"%s: '%s' is not a GPIO chip's label and the number of its line, such as "
			"'pinctrl-bcm2835 17'",
			schema_name(at, name, sizeof(name)), n->text);
}

void look_fat_name(struct diag *d, const struct ynode *n, const struct schema_place *at)
{
	char name[NAME_SIZE];

	if (!vfat_is_plain_name(n->text))
		diag_error(d, n->at,
			"%s: '%s' is not a file's name of up to 8 letters, digits, '-' and '_', "
			"with an ending of up to 3, such as 'reset.txt'",
			schema_name(at, name, sizeof(name)), n->text);
}
