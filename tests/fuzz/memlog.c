/*
 * memlogd's sockets: clients that ask with any byte and read as they like, sources with any name
 * that say anything.  Whatever comes, an answer is lines of JSON with three members.
 */
#include <jansson.h>

#include "machine.h"

enum {
	CLIENTS = 20,
	STEPS = 200,
};

static int client[CLIENTS], source[CLIENTS];
static size_t n_clients, n_sources;

static void step_ask(struct input *in)
{
	size_t len;
	const char *bytes = input_bytes(in, input_byte(in) % 4, &len);

	if (n_clients < CLIENTS)
		client[n_clients++] = fake_query(bytes, len);
}

static void step_read(struct input *in)
{
	unsigned i = input_byte(in);
	size_t n = (size_t)input_byte(in) * 128;

	if (n_clients)
		fake_window(client[i % n_clients], n);
}

static void step_source(struct input *in)
{
	char name[200];
	size_t len;
	const char *bytes = input_bytes(in, input_byte(in) % sizeof(name), &len);

	memcpy(name, bytes, len);
	name[len < sizeof(name) ? len : sizeof(name) - 1] = '\0';
	if (n_sources < CLIENTS)
		source[n_sources++] = fake_log_source(name);
}

static void step_say(struct input *in)
{
	unsigned i = input_byte(in);
	char text[256];
	size_t len;
	const char *bytes = input_bytes(in, input_byte(in), &len);

	memcpy(text, bytes, len);
	text[len] = '\0';
	if (n_sources && source[i % n_sources] >= 0)
		fake_log(source[i % n_sources], text);
}

static void step_close(struct input *in)
{
	unsigned i = input_byte(in);

	if (!n_sources || source[i % n_sources] < 0)
		return;
	fake_log_close(source[i % n_sources]);
	source[i % n_sources] = -1;
}

static void step_turns(struct input *in)
{
	machine_turns((int)input_byte(in) % 16);
}

static void (*const steps[])(struct input *) = {
	step_ask, step_read, step_source, step_say, step_close, step_turns};

static void check_answer(const char *s)
{
	const char *nl;

	for (; (nl = strchr(s, '\n')); s = nl + 1) {
		json_t *o = json_loadb(s, (size_t)(nl - s), JSON_ALLOW_NUL, NULL);

		MUST(json_object_size(o) == 3 && json_string_length(json_object_get(o, "time")));
		json_decref(o);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	n_clients = n_sources = 0;
	fake_add(CTR_SERVICE, "web")->prints = "a \377 line\nand half";
	machine_begin();
	MUST(memlog_open(&m, MEMLOG_QUERY, MEMLOG_TAKE) == 0);
	machine_turns(15);
	for (int i = 0; i < STEPS && in.left; i++)
		steps[input_byte(&in) % (sizeof(steps) / sizeof(steps[0]))](&in);
	machine_turns(30);
	for (size_t i = 0; i < n_clients; i++)
		check_answer(fake_answer(client[i]));
	for (size_t i = 0; i < n_sources; i++) {
		if (source[i] >= 0)
			fake_log_close(source[i]);
	}
	machine_end();
	return 0;
}
