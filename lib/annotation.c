#include "annotation.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

bool annotation_duration(const char *text, uint32_t *ret_ms)
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

bool annotation_signal(const char *text, int *ret_signal)
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
			*ret_signal = names[i].number;
			return true;
		}
	}
	return false;
}

bool annotation_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;

	if (digits == 0 || digits > 15)
		return false;
	return !*unit || (strlen(unit) == 1 && strchr("kKmMgG%", *unit));
}
