/* PID 1's answers, as nannyctl reads them: every reader gets the same bytes. */
#include "fuzz.h"

#include "../../init/nannyctl.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const takes[])(void *, json_t *) = {
		take_log, take_json, take_nothing, take_event, take_cause};
	FILE *out = stdout, *err = stderr, *null = fopen("/dev/null", "w");

	MUST(null);
	stdout = stderr = null;
	for (size_t i = 0; size && i < 6; i++) {
		struct status s = {.containers = json_array()};
		FILE *f = fmemopen((void *)data, size, "r");

		MUST(f);
		(void)(i < 5 ? read_answer(f, takes[i], NULL) : read_answer(f, take_status, &s));
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
