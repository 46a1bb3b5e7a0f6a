/* nannyctl board: what machine this is. Sensors may take their time, so it is here that they are
 * read. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nannyctl_verbs.h"

enum {
	NAME_BYTES = 64,
	PATH_BYTES = 512,
};

struct board {
	json_t *object;
};

static void take(void *ctx, json_t *object)
{
	struct board *b = ctx;

	b->object = json_incref(object);
}

/* The first line; false when there is none. */
static bool read_line(const char *folder, const char *file, char *buf, size_t size)
{
	char path[PATH_BYTES];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	f = fopen(path, "re");
	ok = f && fgets(buf, (int)size, f);
	if (f)
		(void)fclose(f);
	if (!ok)
		return false;
	buf[strcspn(buf, "\n")] = '\0';
	return true;
}

static void add_temperature(json_t *list, const char *name, const char *milli)
{
	json_t *t = json_pack(
		"{s:s, s:I}", "name", name, "millicelsius", (json_int_t)strtoll(milli, NULL, 10));

	if (t)
		(void)json_array_append_new(list, t);
}

/* What in `folder` begins with `prefix`, one after another. */
static void each(const char *folder, const char *prefix,
	void (*visit)(json_t *board, const char *folder, const char *name), json_t *board)
{
	struct dirent **entry = NULL;
	int n = scandir(folder, &entry, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (strncmp(entry[i]->d_name, prefix, strlen(prefix)) == 0)
			visit(board, folder, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
}

static void add_zone(json_t *board, const char *folder, const char *name)
{
	char path[PATH_BYTES], type[NAME_BYTES] = "?", temp[32];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)read_line(path, "type", type, sizeof(type));
	if (read_line(path, "temp", temp, sizeof(temp)))
		add_temperature(json_object_get(board, "temperatures"), type, temp);
}

/* "temp1_input" of a chip, named by "temp1_label" where there is one. */
static void add_sensor(json_t *board, const char *folder, const char *input)
{
	char chip[NAME_BYTES] = "?", label[NAME_BYTES], file[NAME_BYTES + 8];
	char name[2 * NAME_BYTES], temp[32];
	const int n = (int)strcspn(input, "_");

	if (strcmp(input + n, "_input") != 0 || !read_line(folder, input, temp, sizeof(temp)))
		return;
	(void)read_line(folder, "name", chip, sizeof(chip));
	snprintf(file, sizeof(file), "%.*s_label", n, input);
	if (!read_line(folder, file, label, sizeof(label)))
		snprintf(label, sizeof(label), "%.*s", n, input);
	snprintf(name, sizeof(name), "%s %s", chip, label);
	add_temperature(json_object_get(board, "temperatures"), name, temp);
}

static void add_chip(json_t *board, const char *folder, const char *name)
{
	char path[PATH_BYTES], chip[NAME_BYTES] = "?", alarm[8];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)read_line(path, "name", chip, sizeof(chip));
	/* The Raspberry Pi's firmware says so: the supply has been too weak. */
	if (strcmp(chip, "rpi_volt") == 0 &&
		read_line(path, "in0_lcrit_alarm", alarm, sizeof(alarm)))
		(void)json_object_set_new(board, "under_voltage", json_boolean(alarm[0] != '0'));
	each(path, "temp", add_sensor, board);
}

static void add_sensors(json_t *board)
{
	(void)json_object_set_new(board, "temperatures", json_array());
	each("/sys/class/thermal", "thermal_zone", add_zone, board);
	each("/sys/class/hwmon", "hwmon", add_chip, board);
}

static void print_watchdog(const json_t *w)
{
	if (!w) {
		printf("watchdog:    none\n");
		return;
	}
	printf("watchdog:    %s, ", string_of(w, "device"));
	if (!json_is_true(json_object_get(w, "armed")))
		printf("not there\n");
	else if (json_integer_value(json_object_get(w, "missed")))
		printf("NOT FED: %s\n", string_of(w, "why"));
	else
		printf("armed, %lld s\n",
			(long long)json_integer_value(json_object_get(w, "limit_ms")) / 1000);
}

static void print_board(const json_t *b)
{
	const json_t *list = json_object_get(b, "temperatures"), *low;
	const char *why = string_of(b, "last_reset_why");

	printf("board:       %s\n", string_of(b, "board"));
	printf("model:       %s\n", *string_of(b, "model") ? string_of(b, "model") : "unknown");
	if (*string_of(b, "slot"))
		printf("slot:        %s, %s; the other one is %sgood\n", string_of(b, "slot"),
			string_of(b, "slot_why"),
			json_is_true(json_object_get(b, "other_slot_is_good"))
				? ""
				: "not known to be ");
	printf("last reset:  %s%s%s\n", string_of(b, "last_reset"), *why ? ": " : "", why);
	if (json_object_get(b, "boots"))
		printf("boots:       %lld since the power came, %lld bad in a row\n",
			(long long)json_integer_value(json_object_get(b, "boots")),
			(long long)json_integer_value(json_object_get(b, "bad_boots")));
	print_watchdog(json_object_get(b, "watchdog"));
	if (json_object_get(b, "led"))
		printf("LED:         %s shows %s\n", string_of(b, "led"),
			string_of(b, "led_shows"));
	low = json_object_get(b, "under_voltage");
	if (low)
		printf("supply:      %s\n", json_is_true(low) ? "UNDER-VOLTAGE" : "well");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *t = json_array_get(list, i);

		long long m = (long long)json_integer_value(json_object_get(t, "millicelsius"));

		printf("temperature: %lld.%lld °C  %s\n", m / 1000, llabs(m) % 1000 / 100,
			string_of(t, "name"));
	}
}

int nannyctl_board(const struct options *o, const char *name)
{
	struct board b = {NULL};
	int status = run_request(o, "board\n", take, &b);

	(void)name;
	if (status == 0 && !b.object)
		status = say(EXIT_FAILED, "PID 1's answer is empty", NULL);
	if (status == 0) {
		add_sensors(b.object);
		if (options_have(o, 'j'))
			(void)json_dumpf(b.object, stdout, JSON_INDENT(2));
		else
			print_board(b.object);
		if (options_have(o, 'j'))
			printf("\n");
	}
	json_decref(b.object);
	return status;
}
