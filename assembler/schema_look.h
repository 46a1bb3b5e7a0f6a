/*
 * Looks at single values that a type alone does not catch: their spelling, and what must stand
 * together.  Each is a row's business in schema_table.c.
 */
#pragma once

#include "schema.h"

struct part {
	const char *text;
	size_t len;
};

/* Of a system and of an image entry. */
schema_look look_entry_name, look_volume_name, look_volume, look_platform, look_image,
	look_needed_image, look_path, look_file;
schema_look look_capabilities, look_rlimit, look_bind, look_tmpfs, look_env, look_id, look_hostname;
schema_look look_net, look_namespace, look_cgroups_path, look_annotations, look_interface_name;
schema_look look_asked, look_entry;
schema_look look_page_size, look_octal, look_device, look_mount, look_access, look_text;
/* Of board.yml and build.yml. */
schema_look look_word, look_inside, look_duration, look_address, look_ram_size, look_disk_size,
	look_bytes, look_gpio, look_fat_name;

/*
 * Parts of reset-ram: are whole pieces of this size, which is every kernel's page or some of them;
 * and so much is init's own.
 */
enum {
	RESET_RAM_PIECE = 64 * 1024,
};
/* The capabilities in the kernel's order; ends with NULL. */
extern const char *const capability_names[];
/* "nofile,1024,unlimited": RLIMIT_NOFILE and two numbers, UINT64_MAX for unlimited. */
bool rlimit_parse(const char *text, const char **ret_name, uint64_t *ret_soft, uint64_t *ret_hard);
/* The parts between the separators; the result is more than `max` when there are more. */
size_t parts_split(const char *text, char separator, struct part *ret, size_t max);
/* "0644" is 0644; -1 when it is no octal number of permission bits. */
int octal_parse(const char *text);
/* The type of a mount, said or known by its source or destination; NULL when it is not known. */
const char *mount_type(const char *type, const char *source, const char *destination);
/* Where a mount of this type goes when nothing is said; NULL when that is not known. */
const char *mount_destination(const char *type);
