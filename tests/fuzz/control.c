/*
 * The control socket: several clients that send in pieces, read a little, go away, and mean each
 * other's containers.  The input is a list of steps (see `steps`).  Whatever is asked, an answer is
 * lines of JSON.
 */
#include <jansson.h>

#include "machine.h"

enum {
	CLIENTS = 40, /* more than there are places */
	STEPS = 300,
	CRASHES = 50,
};

static int client[CLIENTS];
static size_t n_clients, n_crashes;

static void step_connect(struct input *in)
{
	unsigned how = input_byte(in);

	if (n_clients == CLIENTS)
		return;
	client[n_clients] = fake_client("", how == 255 ? 1000 : 0);
	if (how & 1)
		fake_window(client[n_clients], how);
	n_clients++;
}

/* One byte: which client; one: how much. */
static int which(struct input *in)
{
	unsigned i = input_byte(in);

	return n_clients ? client[i % n_clients] : -1;
}

static void step_send(struct input *in)
{
	int c = which(in);
	size_t len;
	const char *bytes = input_bytes(in, input_byte(in), &len);

	if (c >= 0)
		fake_send(c, bytes, len);
}

static void step_read(struct input *in)
{
	int c = which(in);
	size_t n = (size_t)input_byte(in) * 64;

	if (c >= 0)
		fake_window(c, n);
}

static void step_hangup(struct input *in)
{
	int c = which(in);

	if (c >= 0)
		fake_hangup(c);
}

static void step_turns(struct input *in)
{
	machine_turns((int)input_byte(in) % 32);
}

static void step_crash(struct input *in)
{
	unsigned i = input_byte(in);

	if (n_crashes++ < CRASHES)
		fake_crash(&world.ctr[i % world.n], world.now + 1, 9);
}

/* A line by its number, so that the fuzzer need not find the words. */
static void step_ask(struct input *in)
{
	static const char *const lines[] = {"status\n", "logs web 10\n", "logs init 1000 follow\n",
		"stop web\n", "start web\n", "restart web\n", "restart flaky\n", "stop flaky\n",
		"start flaky\n", "start once\n", "stop once\n", "restart once\n",
		"logs flaky 3 follow\n", "start broken\n"};
	int c = which(in);
	const char *line = lines[input_byte(in) % (sizeof(lines) / sizeof(lines[0]))];

	if (c >= 0)
		fake_send(c, line, strlen(line));
}

static void (*const steps[])(struct input *) = {
	step_connect, step_send, step_read, step_hangup, step_turns, step_crash, step_ask};

static void make_world(void)
{
	struct fake_ctr *c;

	n_clients = n_crashes = 0;
	c = fake_add(CTR_ONBOOT, "001-once");
	c->prints = "once\n";
	c = fake_add(CTR_SERVICE, "web");
	c->prints = "hello \033[2J \377 \"quoted\" \\ \n";
	c = fake_add(CTR_SERVICE, "flaky");
	c->run_ms = 30;
	c->status = 256;
	c->term_ms = FAKE_FOREVER;
	c = fake_add(CTR_SERVICE, "broken");
	c->error = "config.json: \"no\"";
}

static void check_answer(const char *s)
{
	const char *nl;

	for (; (nl = strchr(s, '\n')); s = nl + 1) {
		json_t *o = json_loadb(s, (size_t)(nl - s), JSON_REJECT_DUPLICATES, NULL);

		MUST(json_is_object(o));
		json_decref(o);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	make_world();
	machine_begin();
	machine_turns(20);
	for (int i = 0; i < STEPS && in.left; i++)
		steps[input_byte(&in) % (sizeof(steps) / sizeof(steps[0]))](&in);
	machine_turns(50);
	for (size_t i = 0; i < n_clients; i++)
		check_answer(fake_answer(client[i]));
	machine_end();
	return 0;
}
