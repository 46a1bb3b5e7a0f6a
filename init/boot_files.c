#include "boot_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "../lib/vfat.h"
#include "partition.h"
#include "slot_name.h"

static int take(void *ctx, const uint8_t *data, size_t n)
{
	return crypto_hash_sha256_update(ctx, data, n);
}

static int check_file(struct vfat *v, const char *path, const uint8_t sha256[MANIFEST_HASH])
{
	crypto_hash_sha256_state state;
	uint8_t sum[MANIFEST_HASH];
	struct vfat_file file;
	int r = vfat_find(v, path, &file);

	if (r == 0 && file.is_folder)
		r = -EISDIR;
	(void)crypto_hash_sha256_init(&state);
	if (r == 0)
		r = vfat_read(v, &file, take, &state);
	(void)crypto_hash_sha256_final(&state, sum);
	return r < 0 ? r : memcmp(sum, sha256, sizeof(sum)) == 0 ? 0 : -EBADMSG;
}

int boot_files_check(int disk, const struct table *t, char slot, const struct manifest *m,
	char ret[MANIFEST_NAME])
{
	static struct vfat v;
	const struct table_part *p = slot_boot_part(t, slot);
	char path[MANIFEST_NAME + 2];
	int r = p ? vfat_open(&v, partition_read_sectors, &disk, p->first) : -ENOENT;

	ret[0] = '\0';
	for (size_t i = 0; r == 0 && i < m->n_files; i++) {
		const struct manifest_file *f = &m->file[i];

		(void)snprintf(ret, MANIFEST_NAME, "%s", f->name);
		(void)snprintf(path, sizeof(path), "%.*s%s", t->is_gpt ? 0 : 2,
			(char[]){slot, '/', '\0'}, f->name);
		r = check_file(&v, path, f->sha256);
	}
	return r;
}
