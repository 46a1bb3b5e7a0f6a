#include "yamltree.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

struct anchor {
	struct built target; /* node NULL while it is being read: an alias inside of itself */
};

/* A list or map while it grows. */
struct items {
	size_t n, size;
	struct ynode **item;
	const char **key;
	struct mark *key_at;
};

struct mark loader_mark(struct loader *l, size_t pos)
{
	if (pos > l->len)
		pos = l->len;
	if (pos < l->pos) {
		l->pos = 0;
		l->at = (struct mark){l->name, 1, 1};
	}
	for (; l->pos < pos; l->pos++) {
		if (l->text[l->pos] == '\n') {
			l->at.line++;
			l->at.col = 1;
		} else if (((unsigned char)l->text[l->pos] & 0xc0) != 0x80) {
			l->at.col++;
		}
	}
	return l->at;
}

struct mark loader_event_mark(struct loader *l, struct fy_event *e)
{
	const struct fy_mark *m = fy_event_start_mark(e);

	return m ? loader_mark(l, m->input_pos) : l->at;
}

/* Says it; the events after it are not to be read. */
#define FAIL(l, at, ...) (diag_error((l)->d, (at), __VA_ARGS__), (l)->failed = true, -1)

static char *token_text(struct loader *l, struct fy_token *t, size_t *ret_len)
{
	const char *text = NULL;
	char *copy;

	*ret_len = 0;
	if (t)
		text = fy_token_get_text(t, ret_len);
	if (!text)
		*ret_len = 0;
	copy = arena_alloc(l->a, *ret_len + 1);
	if (*ret_len)
		memcpy(copy, text, *ret_len);
	return copy;
}

static int check_tag(struct loader *l, struct fy_token *tag, struct mark at)
{
	static const char *const known[] = {"str", "int", "float", "bool", "null", "seq", "map"};
	static const char core[] = "tag:yaml.org,2002:";
	size_t len;
	const char *text = token_text(l, tag, &len);

	if (!tag)
		return 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strncmp(text, core, strlen(core)) && !strcmp(text + strlen(core), known[i]))
			return i == 0;
	}
	return FAIL(l, at, "the tag '%s' means nothing here", text);
}

/* NULL when there is no anchor.  A name may be given again: the last one counts. */
static struct anchor *anchor_add(struct loader *l, struct fy_token *token)
{
	struct anchor *a;
	size_t len;

	if (!token)
		return NULL;
	a = arena_alloc(l->a, sizeof(*a));
	if (!l->anchors)
		l->anchors = names_new(l->a);
	names_set(l->anchors, token_text(l, token, &len), a);
	return a;
}

static int load_alias(struct loader *l, struct fy_event *e, int depth, struct built *ret)
{
	struct mark at = loader_event_mark(l, e);
	size_t len;
	const char *name = token_text(l, e->alias.anchor, &len);
	const struct anchor *a = l->anchors ? names_get(l->anchors, name) : NULL;

	if (!a)
		return FAIL(l, at, "there is no anchor '&%s' above this alias", name);
	if (!a->target.node)
		return FAIL(l, at, "the alias '*%s' stands inside of its own anchor", name);
	if (depth + a->target.height > YAML_DEPTH_MAX)
		return FAIL(l, at, "nested more than %d deep", YAML_DEPTH_MAX);
	*ret = a->target;
	return 0;
}

/* The library's mark of a quoted scalar is behind the quote. */
static struct mark mark_of_scalar(struct loader *l, struct fy_event *e)
{
	const struct fy_mark *m = fy_event_start_mark(e);
	size_t pos = m ? m->input_pos : 0;

	if (!m || !e->scalar.value)
		return l->at;
	if (pos > 0 && pos <= l->len && strchr("'\"", l->text[pos - 1]) &&
		fy_token_scalar_style(e->scalar.value) != FYSS_PLAIN)
		pos--;
	return loader_mark(l, pos);
}

static int load_scalar(struct loader *l, struct fy_event *e, struct built *ret)
{
	struct ynode *n = arena_alloc(l->a, sizeof(*n));
	size_t len;
	int is_str;

	n->kind = YNODE_SCALAR;
	n->at = mark_of_scalar(l, e);
	n->text = token_text(l, e->scalar.value, &len);
	/* Escapes can make what the file itself may not hold. */
	if (yaml_utf8(n->text, len) != len)
		return FAIL(l, n->at, "the escapes make a NUL character or no UTF-8");
	is_str = check_tag(l, e->scalar.tag, n->at);
	if (is_str < 0)
		return -1;
	n->is_plain = !is_str && fy_token_scalar_style(e->scalar.value) == FYSS_PLAIN;
	*ret = (struct built){n, 1, 1};
	return 0;
}

static void *grown(struct arena *a, const void *old, size_t n, size_t size, size_t each)
{
	void *more = arena_alloc(a, size * each);

	if (n)
		memcpy(more, old, n * each);
	return more;
}

static void items_add(
	struct loader *l, struct items *s, struct ynode *item, const char *key, struct mark key_at)
{
	if (s->n == s->size) {
		s->size = s->size ? s->size * 2 : 4;
		s->item = grown(l->a, s->item, s->n, s->size, sizeof(*s->item));
		s->key = grown(l->a, s->key, s->n, s->size, sizeof(*s->key));
		s->key_at = grown(l->a, s->key_at, s->n, s->size, sizeof(*s->key_at));
	}
	s->item[s->n] = item;
	s->key[s->n] = key;
	s->key_at[s->n] = key_at;
	s->n++;
}

static int add_weight(struct loader *l, struct built *sum, const struct built *child)
{
	sum->weight += child->weight;
	if (child->height + 1 > sum->height)
		sum->height = child->height + 1;
	if (sum->weight > YAML_NODES_MAX)
		return FAIL(l, child->node->at,
			"larger than %d values with its aliases written out", YAML_NODES_MAX);
	return 0;
}

struct fy_event *loader_next(struct loader *l)
{
	struct fy_event *e = l->failed ? NULL : fy_parser_parse(l->parser);

	if (!e)
		l->failed = true;
	return e;
}

static int load_list(struct loader *l, struct items *s, int depth, struct built *ret)
{
	for (;;) {
		struct fy_event *e = loader_next(l);
		struct built child;
		int r;

		if (!e)
			return -1;
		if (e->type == FYET_SEQUENCE_END) {
			fy_parser_event_free(l->parser, e);
			return 0;
		}
		r = loader_node(l, e, depth, &child);
		fy_parser_event_free(l->parser, e);
		if (r < 0 || add_weight(l, ret, &child) < 0)
			return -1;
		items_add(l, s, child.node, NULL, child.node->at);
	}
}

static int load_key(struct loader *l, struct fy_event *e, struct built *ret)
{
	if (e->type == FYET_SCALAR)
		return loader_node(l, e, 0, ret);
	return FAIL(l, loader_event_mark(l, e), "a key must be a word, not %s",
		e->type == FYET_SEQUENCE_START  ? "a list"
		: e->type == FYET_MAPPING_START ? "a map"
						: "an alias");
}

static int load_map(struct loader *l, struct items *s, int depth, struct built *ret)
{
	for (;;) {
		struct fy_event *e = loader_next(l);
		struct built key, value;
		int r;

		if (!e)
			return -1;
		if (e->type == FYET_MAPPING_END) {
			fy_parser_event_free(l->parser, e);
			return 0;
		}
		r = load_key(l, e, &key);
		fy_parser_event_free(l->parser, e);
		e = r < 0 ? NULL : loader_next(l);
		if (!e)
			return -1;
		r = loader_node(l, e, depth, &value);
		fy_parser_event_free(l->parser, e);
		if (r < 0 || add_weight(l, ret, &value) < 0)
			return -1;
		items_add(l, s, value.node, key.node->text, key.node->at);
	}
}

struct place {
	const char *key;
	struct mark at;
	size_t order;
};

static int compare_places(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;
	int r = strcmp(a->key, b->key);

	if (r)
		return r;
	return a->order < b->order ? -1 : 1;
}

static void check_duplicates(struct loader *l, const struct items *s)
{
	struct place *p = arena_alloc(l->a, s->n * sizeof(*p));

	for (size_t i = 0; i < s->n; i++)
		p[i] = (struct place){s->key[i], s->key_at[i], i};
	qsort(p, s->n, sizeof(*p), compare_places);
	for (size_t i = 1; i < s->n; i++) {
		if (!strcmp(p[i].key, p[i - 1].key))
			diag_error(l->d, p[i].at,
				"the key '%s' stands here for the second time; "
				"the first is in line %d",
				p[i].key, p[i - 1].at.line);
	}
}

static int merge_one(
	struct loader *l, struct items *s, struct names *have, const struct ynode *from)
{
	if (from->kind != YNODE_MAP)
		return FAIL(l, from->at, "'<<' takes a map or a list of maps");
	for (size_t i = 0; i < from->n; i++) {
		if (names_get(have, from->key[i]))
			continue;
		names_set(have, from->key[i], from->item[i]);
		items_add(l, s, from->item[i], from->key[i], from->key_at[i]);
	}
	return 0;
}

/* The keys of the maps at "<<" come in where the map itself has none; earlier maps win. */
static int merge(struct loader *l, struct items *s)
{
	struct ynode *from = NULL;
	struct names *have;
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (!from && !strcmp(s->key[i], "<<")) {
			from = s->item[i];
			continue;
		}
		s->item[kept] = s->item[i];
		s->key[kept] = s->key[i];
		s->key_at[kept] = s->key_at[i];
		kept++;
	}
	s->n = kept;
	if (!from)
		return 0;
	have = names_new(l->a);
	for (size_t i = 0; i < s->n; i++)
		names_set(have, s->key[i], s->item[i]);
	if (from->kind != YNODE_LIST)
		return merge_one(l, s, have, from);
	for (size_t i = 0; i < from->n; i++) {
		if (merge_one(l, s, have, from->item[i]) < 0)
			return -1;
	}
	return 0;
}

static int load_collection(
	struct loader *l, struct fy_event *e, struct fy_token *tag, int depth, struct built *ret)
{
	bool is_map = e->type == FYET_MAPPING_START;
	struct ynode *n = arena_alloc(l->a, sizeof(*n));
	struct items s = {0};
	int r;

	n->kind = is_map ? YNODE_MAP : YNODE_LIST;
	n->at = loader_event_mark(l, e);
	if (depth > YAML_DEPTH_MAX)
		return FAIL(l, n->at, "nested more than %d deep", YAML_DEPTH_MAX);
	if (check_tag(l, tag, n->at) < 0)
		return -1;
	*ret = (struct built){n, 1, 1};
	r = is_map ? load_map(l, &s, depth + 1, ret) : load_list(l, &s, depth + 1, ret);
	if (r < 0)
		return r;
	if (is_map) {
		check_duplicates(l, &s);
		r = merge(l, &s);
		n->key = s.key;
		n->key_at = s.key_at;
	}
	n->item = s.item;
	n->n = s.n;
	return r;
}

int loader_node(struct loader *l, struct fy_event *e, int depth, struct built *ret)
{
	struct fy_token *name = NULL, *tag = NULL;
	struct anchor *a;
	int r;

	if (e->type == FYET_ALIAS)
		return load_alias(l, e, depth, ret);
	if (e->type == FYET_SCALAR) {
		name = e->scalar.anchor;
	} else if (e->type == FYET_SEQUENCE_START) {
		name = e->sequence_start.anchor;
		tag = e->sequence_start.tag;
	} else if (e->type == FYET_MAPPING_START) {
		name = e->mapping_start.anchor;
		tag = e->mapping_start.tag;
	} else {
		return FAIL(l, loader_event_mark(l, e), "there is a value missing here");
	}
	a = anchor_add(l, name);
	r = e->type == FYET_SCALAR ? load_scalar(l, e, ret)
				   : load_collection(l, e, tag, depth, ret);
	if (r == 0 && a)
		a->target = *ret;
	return r;
}
