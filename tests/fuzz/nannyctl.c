/* PID 1's answers, as nannyctl reads them: every reader gets the same bytes. */
#include "fuzz.h"

#include "../../init/nannyctl.c"
#include "../../init/nannyctl_logs.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct options plain = {.lines = 3}, all = {.given = "a", .lines = 3};
	FILE *out = stdout, *err = stderr, *null = fopen("/dev/null", "w");

	MUST(null);
	stdout = stderr = null;
	for (size_t i = 0; size && i < 6; i++) {
		struct status s = {.containers = json_array()};
		struct log log = {.options = &plain};
		struct last last = {.options = i == 3 ? &all : &plain,
			.print = print_event,
			.list = json_array()};
		const struct {
			void (*take)(void *, json_t *);
			void *ctx;
		} takes[] = {{take_log, &log}, {take_json, NULL}, {take_wait, NULL},
			{take_event, &last}, {take_cause, NULL}, {take_status, &s}};
		FILE *f = fmemopen((void *)data, size, "r");

		MUST(f);
		(void)read_answer(f, "web", takes[i].take, takes[i].ctx);
		print_last(&last);
		if (s.machine) {
			print_machine(s.machine);
			(void)print_status_json(&s);
			for (size_t k = 0; k < json_array_size(s.containers); k++)
				print_container(json_array_get(s.containers, k));
		}
		json_decref(s.machine);
		json_decref(s.containers);
		(void)fclose(f);
	}
	stdout = out;
	stderr = err;
	(void)fclose(null);
	return 0;
}
