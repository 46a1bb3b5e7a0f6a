/* nannyctl boot: when each phase and container began, ran and was ready. */
#include <stdio.h>
#include <string.h>

#include "nannyctl_verbs.h"

enum {
	LEFT = 170,
	WIDTH = 640,
	TOP = 64,
	STEP = 26,
	BAR = 18,
	TICKS = 8,
};

struct timeline {
	json_t *machine, *containers;
};

static void take(void *ctx, json_t *object)
{
	struct timeline *t = ctx;

	if (!t->machine)
		t->machine = json_incref(object);
	else
		(void)json_array_append(t->containers, object);
}

static long long ms_of(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static void print_ms(long long ms)
{
	if (ms)
		printf(" %9lld.%03lld", ms / 1000, ms % 1000);
	else
		printf(" %13s", "-");
}

static int print_table(const struct timeline *t)
{
	static const char *const marks[] = {"wait_ms", "start_ms", "runs_ms", "ready_ms", "end_ms"};
	json_t *phases = json_object_get(t->machine, "phases"), *at;
	const char *name;

	printf("the last reset: %s%s%s\n", string_of(t->machine, "last_reset"),
		*string_of(t->machine, "last_reset_why") ? ": " : "",
		string_of(t->machine, "last_reset_why"));
	printf("seconds since the kernel started\n\n%-24s %13lld.%03lld\n", "PID 1",
		ms_of(t->machine, "began_ms") / 1000, ms_of(t->machine, "began_ms") % 1000);
	json_object_foreach(phases, name, at)
	{
		printf("phase %-18s", name);
		print_ms((long long)json_integer_value(at));
		printf("\n");
	}
	printf("\n%-24s %13s %13s %13s %13s %13s\n", "NAME", "WAITS", "STARTS", "RUNS", "READY",
		"ENDS");
	for (size_t i = 0; i < json_array_size(t->containers); i++) {
		const json_t *c = json_array_get(t->containers, i);

		printf("%-24s", string_of(c, "name"));
		for (size_t k = 0; k < sizeof(marks) / sizeof(marks[0]); k++)
			print_ms(ms_of(c, marks[k]));
		printf("\n");
	}
	return 0;
}

static int print_json(const struct timeline *t)
{
	json_t *all = json_pack("{s:O, s:O}", "machine", t->machine, "containers", t->containers);
	int r = all ? json_dumpf(all, stdout, JSON_INDENT(2)) : -1;

	printf("\n");
	json_decref(all);
	return r < 0 ? say(EXIT_FAILED, "out of memory", NULL) : 0;
}

static long long later(long long a, long long b)
{
	return a > b ? a : b;
}

/* The last thing that happened on the way up. */
static long long end_of(const struct timeline *t)
{
	long long end = ms_of(json_object_get(t->machine, "phases"), "up");

	for (size_t i = 0; i < json_array_size(t->containers); i++) {
		const json_t *c = json_array_get(t->containers, i);

		end = later(end, ms_of(c, "ready_ms"));
		end = later(end, ms_of(c, "runs_ms"));
	}
	return later(end, 1);
}

struct drawing {
	double scale; /* pixels a millisecond */
	long long end;
	int row;
};

static void bar(const struct drawing *d, long long from, long long to, const char *class)
{
	double w = (double)(to - from) * d->scale;

	if (!from && !to)
		return;
	printf("<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", class,
		LEFT + (double)from * d->scale, TOP + d->row * STEP, w < 2 ? 2 : w, BAR);
}

/* Names come from an image: what XML would take for markup is left out. */
static void label(const struct drawing *d, const char *name)
{
	printf("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT - 10, TOP + d->row * STEP + 13);
	for (; *name; name++) {
		if (!strchr("<>&\"'", *name))
			putchar(*name);
	}
	printf("</text>\n");
}

/* From the moment it was ready to its end, or on and on. */
static void draw_ready(const struct drawing *d, long long ready, long long end)
{
	const long long edge = d->end + d->end / 8;
	const long long to = end > ready && end < edge ? end : edge;

	bar(d, ready, to, "up");
	printf("<text class=\"dim\" x=\"%.1f\" y=\"%d\">%lld.%02lld s</text>\n",
		LEFT + (double)edge * d->scale + 6, TOP + d->row * STEP + 13, ready / 1000,
		ready % 1000 / 10);
}

static void draw_container(struct drawing *d, const json_t *c)
{
	long long start = ms_of(c, "start_ms"), runs = ms_of(c, "runs_ms");
	long long ready = ms_of(c, "ready_ms"), end = ms_of(c, "end_ms"),
		  wait = ms_of(c, "wait_ms");
	bool service = strcmp(string_of(c, "kind"), "service") == 0;

	label(d, string_of(c, "name"));
	if (wait && (start > wait || !start))
		bar(d, wait, start ? start : d->end + d->end / 8, "wait");
	if (start)
		bar(d, start, runs ? runs : d->end, "start");
	if (runs && service)
		bar(d, runs, ready ? ready : d->end, "unready");
	if (runs && !service)
		bar(d, runs, end ? end : d->end, "onboot");
	if (ready && service)
		draw_ready(d, ready, end);
	d->row++;
}

static void draw_grid(const struct drawing *d, int rows)
{
	static const int steps[] = {100, 200, 500, 1000, 2000, 5000, 10000, 20000, 60000, 300000};
	int step = steps[0];

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (d->end / step > TICKS)
			step = steps[i];
	}
	for (long long ms = 0; ms <= d->end; ms += step) {
		double x = LEFT + (double)ms * d->scale;

		printf("<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
		       "<text class=\"dim\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n",
			x, x, TOP - 6, TOP + rows * STEP, x, TOP + rows * STEP + 16,
			(double)ms / 1000);
	}
}

static void draw_legend(int y)
{
	static const struct {
		const char *class, *text;
		int x;
	} keys[] = {{"onboot", "runs once, in order", 0}, {"wait", "waits", 160},
		{"start", "starts", 230}, {"unready", "not ready yet", 300}, {"up", "ready", 430}};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		printf("<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"14\" height=\"14\"/>"
		       "<text x=\"%d\" y=\"%d\">%s</text>\n",
			keys[i].class, LEFT + keys[i].x, y - 12, LEFT + keys[i].x + 20, y,
			keys[i].text);
}

static int print_svg(const struct timeline *t)
{
	const json_t *phases = json_object_get(t->machine, "phases");
	int rows = (int)json_array_size(t->containers) + 2;
	struct drawing d = {.end = end_of(t)};

	d.scale = (double)WIDTH / ((double)d.end * 9 / 8);
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
	       "font-family=\"system-ui, sans-serif\" font-size=\"13\">\n"
	       "<title>From power-on to a supervised machine</title>\n"
	       "<style>rect{rx:3}.bg{fill:#fff}text{fill:#222}.dim{fill:#666}.kernel{fill:#9aa5b1}"
	       ".early{fill:#5c7080}.onboot{fill:#d9822b}.wait{fill:#e3e6ea}.start{fill:#bcd9c8}"
	       ".unready{fill:#f0cf65}.up{fill:#2b8a57}.grid{stroke:#ddd}</style>\n"
	       "<rect class=\"bg\" width=\"%d\" height=\"%d\"/>\n"
	       "<text x=\"20\" y=\"26\" font-size=\"16\" font-weight=\"600\">This boot</text>\n"
	       "<text class=\"dim\" x=\"20\" y=\"46\">seconds since the kernel started</text>\n",
		LEFT + WIDTH + 80, TOP + rows * STEP + 60, LEFT + WIDTH + 80,
		TOP + rows * STEP + 60);
	draw_grid(&d, rows);
	label(&d, "kernel");
	bar(&d, 0, ms_of(t->machine, "began_ms"), "kernel");
	d.row++;
	label(&d, "PID 1, early");
	bar(&d, ms_of(t->machine, "began_ms"), ms_of(phases, "onboot"), "early");
	d.row++;
	for (size_t i = 0; i < json_array_size(t->containers); i++)
		draw_container(&d, json_array_get(t->containers, i));
	draw_legend(TOP + rows * STEP + 44);
	printf("</svg>\n");
	return 0;
}

int nannyctl_boot(const struct options *o, const char *name)
{
	struct timeline t = {.containers = json_array()};
	int status = run_request(o, "boot\n", take, &t);

	(void)name;
	if (status == 0 && !t.machine)
		status = say(EXIT_FAILED, "PID 1's answer is empty", NULL);
	if (status == 0 && options_have(o, 'v'))
		status = print_svg(&t);
	else if (status == 0)
		status = options_have(o, 'j') ? print_json(&t) : print_table(&t);
	json_decref(t.machine);
	json_decref(t.containers);
	return status;
}
