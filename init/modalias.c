#include "modalias.h"

#include <string.h>

static struct span line_at(const char *at)
{
	return (struct span){at, strcspn(at, "\n")};
}

static struct span word(struct span *line)
{
	struct span w;

	while (line->len && *line->at == ' ')
		line->at++, line->len--;
	w = (struct span){line->at, 0};
	while (w.len < line->len && w.at[w.len] != ' ')
		w.len++;
	line->at += w.len;
	line->len -= w.len;
	return w;
}

/* "[a-f0]" at p: whether c is in it; *p moves behind it.  Without its end it is nothing. */
static bool in_class(struct span *p, char c)
{
	bool in = false;
	size_t i = 1;

	for (; i < p->len && p->at[i] != ']'; i++) {
		char from = p->at[i], to = from;

		if (i + 2 < p->len && p->at[i + 1] == '-' && p->at[i + 2] != ']') {
			to = p->at[i + 2];
			i += 2;
		}
		in |= from <= c && c <= to;
	}
	in &= i < p->len;
	i += i < p->len;
	*p = (struct span){p->at + i, p->len - i};
	return in;
}

/* One character against what stands at the pattern's beginning, which is no '*'. */
static bool takes(struct span *p, char c)
{
	bool same;

	if (p->at[0] == '[')
		return in_class(p, c);
	same = p->at[0] == '?' || p->at[0] == c;
	*p = (struct span){p->at + 1, p->len - 1};
	return same;
}

/*
 * '*', '?' and [a-z], which is all that the kernel's scripts/mod/file2alias.c writes.  fnmatch(3)
 * brings 20 KiB of other people's alphabets.  Only the last '*' is ever tried again: no pattern
 * takes long.
 */
static bool fits(struct span p, const char *s)
{
	struct span star = {0};
	const char *again = NULL;

	while (*s) {
		struct span rest = p;

		if (p.len && p.at[0] == '*') {
			p = star = (struct span){p.at + 1, p.len - 1};
			again = s;
		} else if (p.len && takes(&rest, *s)) {
			p = rest;
			s++;
		} else if (again) {
			p = star;
			s = ++again;
		} else {
			return false;
		}
	}
	while (p.len && p.at[0] == '*')
		p = (struct span){p.at + 1, p.len - 1};
	return p.len == 0;
}

bool modalias_next(const char **at, const char *modalias, struct span *ret)
{
	while (**at) {
		struct span line = line_at(*at), key, pattern;

		*at += line.len + ((*at)[line.len] == '\n');
		key = word(&line);
		pattern = word(&line);
		*ret = word(&line);
		if (key.len == 5 && memcmp(key.at, "alias", 5) == 0 && ret->len &&
			fits(pattern, modalias))
			return true;
	}
	return false;
}

struct span modpath_name(struct span path)
{
	struct span name = path;

	for (size_t i = 0; i < path.len; i++) {
		if (path.at[i] == '/')
			name = (struct span){path.at + i + 1, path.len - i - 1};
	}
	for (size_t i = 0; i + 3 <= name.len; i++) {
		if (memcmp(name.at + i, ".ko", 3) == 0 &&
			(i + 3 == name.len || name.at[i + 3] == '.'))
			name.len = i;
	}
	return name;
}

static char folded(char c)
{
	return c == '-' ? '_' : c;
}

static bool same_name(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (folded(a.at[i]) != folded(b.at[i]))
			return false;
	}
	return true;
}

bool moddep_find(const char *dep, struct span name, struct span *ret_path, struct span *ret_needs)
{
	while (*dep) {
		struct span line = line_at(dep);
		const char *colon = memchr(line.at, ':', line.len);

		dep += line.len + (dep[line.len] == '\n');
		if (!colon)
			continue;
		*ret_path = (struct span){line.at, (size_t)(colon - line.at)};
		*ret_needs = (struct span){colon + 1, line.len - ret_path->len - 1};
		if (same_name(modpath_name(*ret_path), name))
			return true;
	}
	return false;
}

bool moddep_next(struct span *needs, struct span *ret_path)
{
	*ret_path = word(needs);
	return ret_path->len > 0;
}
