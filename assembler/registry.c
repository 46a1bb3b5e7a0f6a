#include "registry.h"

#include <string.h>

#include "diag.h"
#include "proc.h"

/* Again after 1 and 2 seconds, where the network may be better by then. */
#define RETRIES "2"

static const char *host_of(struct arena *a, const char *name)
{
	return arena_strndup(a, name, strcspn(name, "/"));
}

/* As Docker has it: one's own machine needs no certificate. */
static bool is_loopback(const char *name)
{
	static const char *const hosts[] = {"localhost", "[::1]"};

	if (strncmp(name, "127.", 4) == 0)
		return true;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		size_t n = strlen(hosts[i]);

		if (strncmp(name, hosts[i], n) == 0 && (name[n] == ':' || name[n] == '/'))
			return true;
	}
	return false;
}

const char *registry_digest_of(const char *name)
{
	const char *at = strchr(name, '@');

	return at ? at + 1 : NULL;
}

const char *registry_by_digest(struct arena *a, const char *name, const char *digest)
{
	const char *last = strrchr(name, '/');
	size_t n = strcspn(name, "@");
	const char *tag = memchr(last ? last : name, ':', n - (size_t)(last ? last - name : 0));

	return arena_printf(a, "%.*s@%s", tag ? (int)(tag - name) : (int)n, name, digest);
}

enum trouble {
	TROUBLE_ABSENT,
	TROUBLE_LOGIN,
	TROUBLE_SILENT,
	TROUBLE_PLAIN,
	TROUBLE_OTHER,
};

/* skopeo has one exit status for everything; its words are the registry's own or Go's. */
static enum trouble trouble_of(const char *words)
{
	static const struct {
		const char *words;
		enum trouble trouble;
	} known[] = {
		{"manifest unknown", TROUBLE_ABSENT},
		{"name unknown", TROUBLE_ABSENT},
		{"StatusCode: 404", TROUBLE_ABSENT},
		{"Tag does not exist", TROUBLE_ABSENT},
		{"tag does not exist", TROUBLE_ABSENT},
		{"does not match any image", TROUBLE_ABSENT},
		{"not found in archive", TROUBLE_ABSENT},
		{"unauthorized", TROUBLE_LOGIN},
		{"authentication required", TROUBLE_LOGIN},
		{"invalid username/password", TROUBLE_LOGIN},
		{"is denied", TROUBLE_LOGIN},
		{"Forbidden", TROUBLE_LOGIN},
		{"gave HTTP response to HTTPS client", TROUBLE_PLAIN},
		{"no such host", TROUBLE_SILENT},
		{"connection refused", TROUBLE_SILENT},
		{"connection reset", TROUBLE_SILENT},
		{"timeout", TROUBLE_SILENT},
		{"no route to host", TROUBLE_SILENT},
		{"network is unreachable", TROUBLE_SILENT},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(words, known[i].words))
			return known[i].trouble;
	return TROUBLE_OTHER;
}

/* time="…" level=fatal msg="the words, with \" in them": the last such line is the reason. */
static const char *words_of(struct arena *a, const char *err)
{
	const char *p = NULL, *next = err;
	char *words, *to;

	while ((next = strstr(next, "msg=\"")))
		p = next += 5;
	words = to = arena_strdup(a, p ? p : err);
	for (const char *from = words; *from && *from != '\n' && (!p || *from != '"'); from++) {
		if (p && from[0] == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	*to = '\0';
	return *words ? words : "skopeo does not say why";
}

/* "reading from docker://NAME: why" → "why": the name is said already. */
static const char *without_name(const char *words, const char *name)
{
	const char *p = strstr(words, name);

	if (!p || p - words < 2 || strncmp(p - 2, "//", 2) != 0)
		return words;
	p += strlen(name);
	p += strspn(p, "\": ");
	return *p ? p : words;
}

static enum oci_found explain(
	struct arena *a, const char *name, const char *err, const char **ret_why)
{
	const char *words = without_name(words_of(a, err), name), *host = host_of(a, name);

	switch (trouble_of(words)) {
	case TROUBLE_ABSENT:
		*ret_why = arena_printf(a, "the registry has no %s", name);
		return OCI_ABSENT;
	case TROUBLE_LOGIN:
		(void)say_error("%s: %s wants another login (`skopeo login %s`), or there is no "
				"such image: %s",
			name, host, host, words);
		break;
	case TROUBLE_SILENT:
		(void)say_error("%s: the registry %s does not answer: %s", name, host, words);
		break;
	case TROUBLE_PLAIN:
		(void)say_error("%s: %s speaks no TLS; `insecure = true` for it in "
				"registries.conf(5) allows that: %s",
			name, host, words);
		break;
	case TROUBLE_OTHER:
		(void)say_error("%s: %s", name, words);
		break;
	}
	return OCI_BROKEN;
}

enum oci_found registry_manifest(struct arena *a, const char *name, const char **ret_text,
	size_t *ret_len, const char **ret_why)
{
	const char *argv[] = {"skopeo", "inspect", "--raw", "--retry-times", RETRIES,
		arena_printf(a, "docker://%s", name), NULL, NULL};
	struct proc_said said;
	int r;

	if (is_loopback(name))
		argv[6] = "--tls-verify=false";
	r = proc_listen(a, argv, &said);
	if (r < 0)
		return OCI_BROKEN;
	if (r != 0)
		return explain(a, name, said.err, ret_why);
	*ret_text = said.out;
	*ret_len = said.out_len;
	return OCI_FOUND;
}

static int copy(struct arena *a, const char *source, const char *arch, const char *dir,
	const char *option, struct proc_said *said)
{
	const char *argv[] = {"skopeo", "--insecure-policy", "--override-os", "linux",
		"--override-arch", arch, "copy", "--quiet", "--retry-times", RETRIES, source,
		arena_printf(a, "oci:%s:image", dir), option, NULL};

	return proc_listen(a, argv, said);
}

enum oci_found registry_copy(
	struct arena *a, const char *name, const char *arch, const char *dir, const char **ret_why)
{
	struct proc_said said;
	int r = copy(a, arena_printf(a, "docker://%s", name), arch, dir,
		is_loopback(name) ? "--src-tls-verify=false" : NULL, &said);

	if (r < 0)
		return OCI_BROKEN;
	return r == 0 ? OCI_FOUND : explain(a, name, said.err, ret_why);
}

enum oci_found registry_copy_archive(struct arena *a, const char *archive, const char *arch,
	const char *dir, const char **ret_why)
{
	struct proc_said said;
	int r = copy(a, archive, arch, dir, NULL, &said);
	const char *words;

	if (r <= 0)
		return r < 0 ? OCI_BROKEN : OCI_FOUND;
	words = words_of(a, said.err);
	if (strstr(words, "no space left on device")) {
		(void)say_error("%s: %s", archive, words);
		return OCI_BROKEN;
	}
	/* Whatever is wrong with the file is its user's to know. */
	*ret_why = words;
	return OCI_ABSENT;
}
