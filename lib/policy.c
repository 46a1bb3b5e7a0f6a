#include "policy.h"

#include <signal.h>
#include <string.h>

#include "text.h"

bool policy_duration(const char *text, uint32_t *ret_ms)
{
	static const struct {
		const char *unit;
		uint32_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}};
	const uint64_t max = INT32_MAX;
	uint64_t v = 0;
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 10)
		return false;
	for (size_t i = 0; i < digits; i++)
		v = v * 10 + (uint64_t)(text[i] - '0');
	if (v == 0 && !text[digits]) {
		*ret_ms = 0;
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text + digits, units[i].unit) != 0)
			continue;
		if (v * units[i].ms > max)
			return false;
		*ret_ms = (uint32_t)(v * units[i].ms);
		return true;
	}
	return false;
}

bool policy_bytes(const char *text, uint64_t *ret)
{
	static const char units[] = "kmg";
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;
	const char *at;
	uint64_t v = 0;

	if (digits == 0 || digits > 15 || strlen(unit) > 1)
		return false;
	for (size_t i = 0; i < digits; i++)
		v = v * 10 + (uint64_t)(text[i] - '0');
	at = *unit ? strchr(units, *unit | 0x20) : NULL;
	if (*unit && !at)
		return false;
	for (const char *u = units; at && u <= at; u++) {
		if (v > UINT64_MAX >> 10)
			return false;
		v <<= 10;
	}
	*ret = v;
	return true;
}

bool policy_cpus(const char *text, uint32_t *ret_thousandths)
{
	size_t whole = strspn(text, "0123456789"), digits = 0;
	uint32_t v = 0, scale = 1000;
	const char *rest = text + whole;

	if (whole == 0 || whole > 4)
		return false;
	for (size_t i = 0; i < whole; i++)
		v = v * 10 + (uint32_t)(text[i] - '0');
	if (strcmp(rest, "%") == 0) {
		*ret_thousandths = v * 10;
		return v > 0;
	}
	v *= 1000;
	if (*rest == '.') {
		rest++;
		digits = strspn(rest, "0123456789");
		if (digits == 0 || digits > 3)
			return false;
		for (size_t i = 0; i < digits; i++)
			v += (uint32_t)(rest[i] - '0') * (scale /= 10);
	}
	*ret_thousandths = v;
	return v > 0 && !rest[digits];
}

/* The place of a word in a list; false when it is in none. */
static bool take_word(const char *text, const char *const words[], size_t n, uint8_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], text) == 0) {
			*ret = (uint8_t)i;
			return true;
		}
	}
	return false;
}

#define TAKE_WORD(text, to, ...)                                                                   \
	take_word(text, (const char *const[]){__VA_ARGS__},                                        \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *), to)

static bool take_bool(const char *text, bool *ret)
{
	uint8_t is = 0;

	if (!TAKE_WORD(text, &is, "false", "true"))
		return false;
	*ret = is;
	return true;
}

static bool take_duration_from(const char *text, uint32_t min, uint32_t *ret)
{
	uint32_t ms;

	if (!policy_duration(text, &ms) || ms < min)
		return false;
	*ret = ms;
	return true;
}

static bool take_restart(struct policy *p, const char *text)
{
	return TAKE_WORD(text, &p->restart, "always", "on-failure", "never");
}

static bool take_health_action(struct policy *p, const char *text)
{
	return TAKE_WORD(text, &p->health_action, "restart", "reboot", "none");
}

static bool take_critical(struct policy *p, const char *text)
{
	return take_bool(text, &p->critical);
}

static bool take_oneshot(struct policy *p, const char *text)
{
	return take_bool(text, &p->oneshot);
}

static bool take_maintenance(struct policy *p, const char *text)
{
	return take_bool(text, &p->maintenance);
}

static bool take_timeout(struct policy *p, const char *text)
{
	return policy_duration(text, &p->timeout_ms);
}

static bool take_unwell_timeout(struct policy *p, const char *text)
{
	uint32_t ms;

	if (!policy_duration(text, &ms) || (ms && ms < 1000))
		return false;
	p->unwell_ms = ms;
	return true;
}

static bool take_ready_timeout(struct policy *p, const char *text)
{
	return policy_duration(text, &p->ready_ms);
}

static bool take_stop_timeout(struct policy *p, const char *text)
{
	return policy_duration(text, &p->stop_ms);
}

static bool take_runtime_timeout(struct policy *p, const char *text)
{
	return take_duration_from(text, 1000, &p->runtime_ms);
}

static bool take_health_interval(struct policy *p, const char *text)
{
	return take_duration_from(text, 100, &p->health_every_ms);
}

static bool take_health_timeout(struct policy *p, const char *text)
{
	return take_duration_from(text, 10, &p->health_ms);
}

static bool take_stop_signal(struct policy *p, const char *text)
{
	static const struct {
		const char *name;
		int number;
	} names[] = {{"TERM", SIGTERM}, {"INT", SIGINT}, {"QUIT", SIGQUIT}, {"HUP", SIGHUP},
		{"KILL", SIGKILL}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"PWR", SIGPWR},
		{"WINCH", SIGWINCH}, {"ABRT", SIGABRT}};

	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i].name) == 0) {
			p->stop_signal = names[i].number;
			return true;
		}
	}
	return false;
}

/* FIRST[,CAP[,STABLE]]: a part that is not given stays, but for a cap below the first delay. */
static bool take_backoff(struct policy *p, const char *text)
{
	uint32_t part[3] = {p->backoff_first_ms, p->backoff_cap_ms, p->stable_ms};
	char word[16];
	size_t n = 0;

	for (; n < 3; n++) {
		size_t len = strcspn(text, ",");

		if (len >= sizeof(word))
			return false;
		memcpy(word, text, len);
		word[len] = '\0';
		if (!policy_duration(word, &part[n]))
			return false;
		text += len;
		if (!*text)
			break;
		text++;
	}
	if (n == 3 || part[0] == 0)
		return false;
	if (n == 0 && part[1] < part[0])
		part[1] = part[0];
	if (part[1] < part[0])
		return false;
	p->backoff_first_ms = part[0];
	p->backoff_cap_ms = part[1];
	p->stable_ms = part[2];
	return true;
}

static bool take_escalate(struct policy *p, const char *text)
{
	int64_t n;

	if (!text_number(text, 0, 1000, &n))
		return false;
	p->escalate = (uint32_t)n;
	return true;
}

static bool take_health_tries(struct policy *p, const char *text)
{
	const char *slash = strchr(text, '/');
	char k_text[4] = "";
	int64_t k, n;

	if (slash && slash - text < (ptrdiff_t)sizeof(k_text))
		memcpy(k_text, text, (size_t)(slash - text));
	if (!text_number(slash ? k_text : text, 1, 32, &k))
		return false;
	n = k;
	if (slash && !text_number(slash + 1, k, 32, &n))
		return false;
	p->health_fails = (uint8_t)k;
	p->health_of = (uint8_t)n;
	return true;
}

static bool take_log_size(struct policy *p, const char *text)
{
	uint64_t n;

	if (!policy_bytes(text, &n) || n < 4096 || n > 16 * 1024 * 1024 || (n & (n - 1)))
		return false;
	p->log_bytes = (uint32_t)n;
	return true;
}

/* Below that runc, whose own start counts, is killed before the program runs (runc issue 1980). */
#define MEMORY_LEAST (16u * 1024 * 1024)

static bool take_memory(struct policy *p, const char *text)
{
	uint64_t n;

	p->limited |= *text != '\0';
	return !*text || (policy_bytes(text, &n) && n >= MEMORY_LEAST);
}

static bool take_cpu(struct policy *p, const char *text)
{
	uint32_t n;

	p->limited |= *text != '\0';
	return !*text || policy_cpus(text, &n);
}

static bool take_pids(struct policy *p, const char *text)
{
	int64_t n;

	p->limited |= *text != '\0';
	return !*text || text_number(text, 1, 1 << 22, &n);
}

/* As tmpfs(5) takes in size=; the assembler writes it into runtime.json. */
static bool take_tmpfs_size(struct policy *p, const char *text)
{
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;

	(void)p;
	return digits && digits <= 15 &&
	       (!*unit || (strlen(unit) == 1 && strchr("kKmMgG%", *unit)));
}

static bool take_onfail(struct policy *p, const char *text)
{
	static const char retry[] = "retry ";
	int64_t retries = 0;
	uint8_t then = ONFAIL_CONTINUE;

	if (strncmp(text, retry, strlen(retry)) == 0) {
		char number[8] = "";
		size_t len = strcspn(text + strlen(retry), " ");

		if (len >= sizeof(number))
			return false;
		memcpy(number, text + strlen(retry), len);
		if (!text_number(number, 1, 1000, &retries))
			return false;
		text += strlen(retry) + len;
		text += *text == ' ';
		if (!*text)
			text = "continue";
	}
	if (!TAKE_WORD(text, &then, "continue", "ignore", "reboot", "rollback", "maintenance"))
		return false;
	p->retries = (uint16_t)retries;
	p->onfail = then;
	return true;
}

static bool is_port(const char *text, size_t len)
{
	char buf[8] = "";
	int64_t n;

	if (len == 0 || len >= sizeof(buf))
		return false;
	memcpy(buf, text, len);
	return text_number(buf, 1, 65535, &n);
}

static bool good_port(const char *arg)
{
	return is_port(arg, strlen(arg));
}

/* One line of a request: nothing in it may end it. */
static bool good_url(const char *arg)
{
	size_t port = strcspn(arg, "/");

	for (const char *c = arg; *c; c++) {
		if ((unsigned char)*c <= ' ')
			return false;
	}
	return is_port(arg, port);
}

static bool good_path(const char *arg)
{
	return arg[0] == '/' && !strstr(arg, "/../");
}

static bool good_text(const char *arg)
{
	return arg[0] && !strchr(arg, '\n');
}

static bool good_nothing(const char *arg)
{
	return !arg[0];
}

struct probe_row {
	const char *word;
	enum policy_probe probe;
	bool (*good)(const char *arg);
};

/* "WORD ARGUMENT" by a table. */
static bool take_probe(const char *text, const struct probe_row *rows, size_t n, uint8_t *ret_probe,
	char ret_arg[POLICY_ARG_MAX])
{
	size_t word = strcspn(text, " ");
	const char *arg = text + word + (text[word] == ' ');

	if (!*text) {
		*ret_probe = PROBE_NONE;
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		if (strlen(rows[i].word) != word || strncmp(rows[i].word, text, word) != 0)
			continue;
		if (strlen(arg) >= POLICY_ARG_MAX || !rows[i].good(arg))
			return false;
		*ret_probe = (uint8_t)rows[i].probe;
		memcpy(ret_arg, arg, strlen(arg) + 1);
		return true;
	}
	return false;
}

static bool take_ready(struct policy *p, const char *text)
{
	static const struct probe_row rows[] = {
		{"log", PROBE_LOG, good_text},
		{"tcp", PROBE_TCP, good_port},
		{"file", PROBE_FILE, good_path},
		{"notify", PROBE_NOTIFY, good_nothing},
	};

	return take_probe(text, rows, sizeof(rows) / sizeof(rows[0]), &p->ready, p->ready_arg);
}

static bool take_health(struct policy *p, const char *text)
{
	static const struct probe_row rows[] = {
		{"tcp", PROBE_TCP, good_port},
		{"http", PROBE_HTTP, good_url},
		{"exec", PROBE_EXEC, good_text},
	};

	return take_probe(text, rows, sizeof(rows) / sizeof(rows[0]), &p->health, p->health_arg);
}

/* The stage after a name's colon. */
static bool stage_of(const char *text, size_t len, enum after_stage *ret)
{
	static const char *const names[] = {
		[STAGE_STARTED] = "started", [STAGE_READY] = "ready", [STAGE_DONE] = "done"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == len && strncmp(names[i], text, len) == 0) {
			*ret = (enum after_stage)i;
			return true;
		}
	}
	return false;
}

static bool is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && strncmp(text, word, len) == 0;
}

/* One word; false when it is none that could be meant. */
static bool read_word(const char *text, size_t len, struct after_word *ret)
{
	static const char dev[] = "dev:";
	const char *colon = memchr(text, ':', len);

	*ret = (struct after_word){AFTER_CTR, STAGE_DEFAULT, text, len};
	if (len > strlen(dev) && strncmp(text, dev, strlen(dev)) == 0) {
		*ret = (struct after_word){
			AFTER_DEV, STAGE_DEFAULT, text + strlen(dev), len - strlen(dev)};
		return ret->name[0] == '/';
	}
	if (is_word(text, len, "net") || is_word(text, len, "clock")) {
		ret->kind = text[0] == 'n' ? AFTER_NET : AFTER_CLOCK;
		return true;
	}
	if (!colon)
		return true;
	ret->len = (size_t)(colon - text);
	return ret->len && stage_of(colon + 1, len - ret->len - 1, &ret->stage);
}

bool policy_after_next(const char **at, struct after_word *ret)
{
	size_t len;

	*at += strspn(*at, " ");
	len = strcspn(*at, " ");
	if (!len)
		return false;
	(void)read_word(*at, len, ret);
	*at += len;
	return true;
}

static bool take_after(struct policy *p, const char *text)
{
	char words[POLICY_AFTER_MAX] = "";
	struct text out = text_in(words, sizeof(words));
	size_t n = 0;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");
		struct after_word word;

		if (++n > POLICY_AFTER_N || !read_word(text, len, &word))
			return false;
		if (out.len)
			text_add(&out, " ");
		text_add_n(&out, text, len);
		text += len;
	}
	if (out.cut)
		return false;
	memcpy(p->after, words, sizeof(words));
	return true;
}

#define POLICY(name, where, shape, otherwise, parser, about)                                       \
	{.key = (name),                                                                            \
		.kinds = (where),                                                                  \
		.form = (shape),                                                                   \
		.fallback = (otherwise),                                                           \
		.take = (parser),                                                                  \
		.help = (about)},
const struct policy_row policy_rows[] = {
#include "policy_rows.h"
};
#undef POLICY
const size_t policy_rows_n = sizeof(policy_rows) / sizeof(policy_rows[0]);

const struct policy_row *policy_find(const char *key)
{
	for (size_t i = 0; i < policy_rows_n; i++) {
		if (strcmp(policy_rows[i].key, key) == 0)
			return &policy_rows[i];
	}
	return NULL;
}

struct policy policy_default(void)
{
	struct policy p = {0};

	for (size_t i = 0; i < policy_rows_n; i++)
		(void)policy_rows[i].take(&p, policy_rows[i].fallback);
	return p;
}
