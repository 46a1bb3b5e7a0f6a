#include "led.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "sys.h"

const struct led_pattern led_patterns[LED_N] = {
	[LED_UNSET] = {"unset", 0, 0},
	[LED_UNREADY] = {"unready", 100, 100},
	[LED_UP] = {"up", 1, 0},
	[LED_DEGRADED] = {"degraded", 1800, 200},
	[LED_MAINTENANCE] = {"maintenance", 100, 1900},
	[LED_ENDING] = {"ending", 500, 500},
};

enum led led_of(const struct machine *m)
{
	if (m->off != OFF_NONE)
		return LED_ENDING;
	if (m->maintenance)
		return LED_MAINTENANCE;
	if (m->phase != PHASE_UP)
		return LED_UNREADY;
	if (machine_degraded(m))
		return LED_DEGRADED;
	return m->up_said ? LED_UP : LED_UNREADY;
}

static void put(const char *led, const char *file, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/class/leds/%s/%s", led, file);
	fd = sys_open(path, O_WRONLY);
	if (fd >= 0)
		(void)sys_write(fd, value, strlen(value));
	sys_close(&fd);
}

static void show(const char *led, const struct led_pattern *p)
{
	char ms[8];

	if (!p->off_ms) {
		put(led, "trigger", "none");
		put(led, "brightness", "255"); /* more than it can is as bright as it can */
		return;
	}
	put(led, "trigger", "timer");
	snprintf(ms, sizeof(ms), "%u", p->on_ms);
	put(led, "delay_on", ms);
	snprintf(ms, sizeof(ms), "%u", p->off_ms);
	put(led, "delay_off", ms);
}

void led_settle(struct machine *m)
{
	enum led now;

	if (!m->hardware.led[0])
		return;
	now = led_of(m);
	if (now == m->led)
		return;
	m->led = now;
	show(m->hardware.led, &led_patterns[now]);
}
