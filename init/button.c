#include "button.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "../lib/text.h"
#include "read_text.h"

enum {
	PAUSE_MS = 50,
	NAME_BYTES = GPIO_MAX_NAME_SIZE,
};

struct button {
	char chip[NAME_BYTES]; /* its label */
	uint32_t line;
	bool is_low; /* pressed, it is connected to ground */
	int64_t hold_ms;
};

/* "reset-button LABEL LINE low|high MS" */
static bool read_board(struct button *b)
{
	char text[512], value[NAME_BYTES + 48], *save = NULL;
	const char *word[4];
	int64_t line;

	(void)read_text("/etc/nanny/board", text, sizeof(text));
	(void)read_text_value(text, "reset-button", value, sizeof(value));
	for (int i = 0; i < 4; i++) {
		word[i] = strtok_r(i ? NULL : value, " ", &save);
		if (!word[i])
			return false;
	}
	(void)snprintf(b->chip, sizeof(b->chip), "%s", word[0]);
	b->is_low = strcmp(word[2], "low") == 0;
	if (!text_number(word[1], 0, UINT16_MAX, &line) ||
		!text_number(word[3], 1, INT32_MAX, &b->hold_ms))
		return false;
	b->line = (uint32_t)line;
	return true;
}

static int open_if_labelled(const char *name, const char *label)
{
	struct gpiochip_info info;
	char path[300];
	int fd;

	(void)snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (ioctl(fd, GPIO_GET_CHIPINFO_IOCTL, &info) == 0 &&
		strncmp(info.label, label, sizeof(info.label)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* The chip's file, or -1. */
static int open_chip(const char *label)
{
	DIR *d = opendir("/dev");
	const struct dirent *e;
	int fd = -1;

	while (d && fd < 0 && (e = readdir(d)))
		if (strncmp(e->d_name, "gpiochip", 8) == 0)
			fd = open_if_labelled(e->d_name, label);
	if (d)
		(void)closedir(d);
	return fd;
}

/* The line's file, pulled to where it is when nobody presses; or -errno. */
static int open_line(const struct button *b)
{
	struct gpio_v2_line_request r = {
		.offsets = {b->line}, .num_lines = 1, .consumer = "factory-reset"};
	int chip = open_chip(b->chip), error;

	if (chip < 0)
		return -ENODEV;
	r.config.flags = GPIO_V2_LINE_FLAG_INPUT;
	r.config.flags |= b->is_low ? GPIO_V2_LINE_FLAG_ACTIVE_LOW | GPIO_V2_LINE_FLAG_BIAS_PULL_UP
				    : GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN;
	error = ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &r) < 0 ? -errno : 0;
	(void)close(chip);
	return error < 0 ? error : r.fd;
}

static bool is_pressed(int line)
{
	struct gpio_v2_line_values v = {.mask = 1};

	return ioctl(line, GPIO_V2_LINE_GET_VALUES_IOCTL, &v) == 0 && (v.bits & 1);
}

bool button_held(void)
{
	const struct timespec pause = {0, PAUSE_MS * 1000 * 1000};
	struct button b;
	int64_t held = 0;
	int line;

	if (!read_board(&b))
		return false;
	line = open_line(&b);
	if (line < 0) {
		fprintf(stderr, "factory reset: line %u of %s: %s\n", (unsigned)b.line, b.chip,
			strerror(-line));
		return false;
	}
	while (is_pressed(line) && held < b.hold_ms) {
		if (held == 0)
			fprintf(stderr, "factory reset: its button is pressed\n");
		(void)nanosleep(&pause, NULL);
		held += PAUSE_MS;
	}
	(void)close(line);
	if (held && held < b.hold_ms)
		fprintf(stderr, "factory reset: its button was let go too soon\n");
	return held >= b.hold_ms;
}
