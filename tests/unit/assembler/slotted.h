/*
 * Keys, a small slot, and the verb that looks at it.
 */
#pragma once

#include "world.h"

#include "../../../assembler/slot.h"
#include "../../../assembler/squash.h"

static inline struct key *make_key(struct desk *t, const char *name)
{
	const char *base = desk_path(t, name);

	assert_int_equal(key_make(t->a, base, false), 0);
	return key_load(t->a, arena_printf(t->a, "%s.key", base));
}

/* A root of some 600 KiB that nothing compresses. */
static inline struct tree *make_root(void)
{
	static uint8_t bytes[600000];
	struct tree *root = tree_new();
	uint32_t x = 1;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)((x = x * 1103515245 + 12345) >> 16);
	assert_true(tree_put_file(root, "bin/sh", 0755, bytes, sizeof(bytes)) >= 0);
	assert_true(tree_put_file(root, "etc/hostname", 0644, "goat\n", 5) >= 0);
	return root;
}

static inline int write_slot(
	struct desk *t, const char *name, struct slot_request *q, const char **ret_said)
{
	struct image_ctx ctx = {.arena = t->a};
	int fd = open(desk_path(t, name), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct tree *root = make_root();
	struct caught c = caught_begin();
	int r;

	q->image = squash_image(&ctx, root, SQUASH_SQUASHFS);
	r = q->image ? slot_write(t->a, q, fd) : -1;

	*ret_said = caught_end(t, c);
	tree_free(root);
	(void)close(fd);
	return r;
}

static inline struct slot_request request(const struct key *k)
{
	static const struct slot_boot boot = {"kernel", {0xab}};

	return (struct slot_request){.filesystem = "squashfs",
		.board = "testboard",
		.security = 3,
		.key = k,
		.boot = &boot,
		.n_boot = 1};
}

static inline const char *make_slot(struct desk *t, const char *name, const struct key *k)
{
	struct slot_request q = request(k);
	const char *said;

	assert_int_equal(setenv("XDG_CACHE_HOME", desk_path(t, "cache"), 1), 0);
	say_quiet();
	if (write_slot(t, name, &q, &said) < 0)
		fail_msg("%s", said);
	return desk_path(t, name);
}

static inline int verify(struct desk *t, const char *const more[], const char **ret_said)
{
	struct world w = {.desk = t, .env = {.arena = t->a}};
	char *argv[16] = {(char *)"verify"};
	int out = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int n = 1, r;

	for (; *more; more++)
		argv[n++] = (char *)*more;
	(void)fflush(stdout);
	(void)dup2(null, STDOUT_FILENO);
	r = world_verb(&w, verb_verify, argv, ret_said);
	(void)fflush(stdout);
	(void)dup2(out, STDOUT_FILENO);
	(void)close(out);
	(void)close(null);
	return r;
}
