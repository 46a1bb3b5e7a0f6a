/* The feeding log, and the feeder at work on it.  Links services/feeder/{feeder,journal,station}.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../services/feeder/hopper.h"
#include "../../../services/feeder/station.h"

#define NOW 1764000000

static const char three[] = "1764000000 feed 200 9800\n"
			    "1764000100 refill 200 10000\n"
			    "1764000200 feed 400 9600\n";

struct fixture {
	char dir[32], log[48];
};

static int hopper_answer, hopper_turns;
static long written_before_turn;
static const char *watched_log;

/* Stands in for the hardware, and looks at the log at the moment the auger turns. */
int hopper_dispense(int grams)
{
	struct stat st;

	(void)grams;
	hopper_turns++;
	written_before_turn = watched_log && stat(watched_log, &st) == 0 ? (long)st.st_size : -1;
	return hopper_answer;
}

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	(void)snprintf(x->dir, sizeof(x->dir), "/tmp/feeder.XXXXXX");
	if (!mkdtemp(x->dir))
		return -1;
	(void)snprintf(x->log, sizeof(x->log), "%s/log", x->dir);
	hopper_answer = hopper_turns = 0;
	watched_log = x->log;
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;

	(void)unlink(x->log);
	(void)rmdir(x->dir);
	free(x);
	return 0;
}

static void put_log(const struct fixture *x, const char *text, size_t len)
{
	FILE *f = fopen(x->log, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static char *get_log(const struct fixture *x)
{
	static char text[65536];
	FILE *f = fopen(x->log, "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	return text;
}

static int count_lines(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void open_journal(struct fixture *x, struct journal *j, struct feeder *f, int *ret_dropped)
{
	feeder_init(f, 60);
	assert_int_equal(journal_open(j, x->dir, feeder_apply, f, ret_dropped), 0);
}

static void a_record_reads_back_as_it_was_written(void **state)
{
	char line[96];
	struct record out, in = {.at = NOW, .kind = RECORD_REFILL, .grams = 150, .level_g = 10000};
	int len = record_print(line, sizeof(line), &in);

	(void)state;
	assert_string_equal(line, "1764000000 refill 150 10000\n");
	assert_int_equal(record_parse(line, (size_t)len, &out), 0);
	assert_int_equal(out.at, in.at);
	assert_int_equal(out.kind, in.kind);
	assert_int_equal(out.grams, in.grams);
	assert_int_equal(out.level_g, in.level_g);
}

static void what_is_no_record_is_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"1764000000 feed 200 9800",
		"1764000000 feed 200\n",
		"1764000000 feed 200 9800 1\n",
		" 1764000000 feed 200 9800\n",
		"1764000000 dance 200 9800\n",
		"-5 feed 200 9800\n",
		"1764000000 feed -200 9800\n",
		"1764000000 feed 200 99999\n",
		"1764000000 feed 200 -1\n",
		"1764000000 feed 0200 9800\n",
		"99999999999999999999999 feed 200 9800\n",
	};
	struct record rec;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(record_parse(lines[i], strlen(lines[i]), &rec), -EBADMSG);
	assert_int_equal(record_parse("1 feed 50 \0\n", 12, &rec), -EBADMSG);
}

static void a_missing_log_starts_full(void **state)
{
	struct fixture *x = *state;
	struct journal j;
	struct feeder f;
	int dropped = -1;

	open_journal(x, &j, &f, &dropped);
	assert_int_equal(dropped, 0);
	assert_int_equal(f.level_g, FEEDER_CAPACITY_G);
	journal_close(&j);
}

static void a_missing_folder_is_an_error_and_leaves_nothing_open(void **state)
{
	struct journal j;
	struct feeder f;
	int dropped;

	(void)state;
	assert_int_equal(journal_open(&j, "/nowhere/at/all", feeder_apply, &f, &dropped), -ENOENT);
	assert_int_equal(j.fd, -1);
	assert_int_equal(j.dir_fd, -1);
}

/* A crash may stop the last write after any byte. */
static void a_log_cut_at_any_byte_keeps_its_whole_lines(void **state)
{
	struct fixture *x = *state;
	struct record next = {.at = NOW + 300, .kind = RECORD_FEED, .grams = 50, .level_g = 9000};
	struct journal j;
	struct feeder f;
	char cut[sizeof(three)];
	int dropped, whole;

	for (size_t len = 0; len < sizeof(three); len++) {
		put_log(x, three, len);
		(void)snprintf(cut, len + 1, "%s", three);
		whole = count_lines(cut);

		open_journal(x, &j, &f, &dropped);
		assert_int_equal(f.n_recent, whole);
		assert_int_equal(dropped, len > 0 && three[len - 1] != '\n');
		assert_int_equal(journal_append(&j, &next), 0);
		journal_close(&j);

		open_journal(x, &j, &f, &dropped);
		assert_int_equal(f.n_recent, whole + 1);
		assert_int_equal(dropped, 0);
		assert_int_equal(f.level_g, 9000);
		journal_close(&j);
	}
}

static void a_damaged_line_in_the_middle_costs_only_itself(void **state)
{
	static const char text[] = "1764000000 feed 200 9800\n\0\0\0\0\n1764000200 feed 400 9400\n";
	struct fixture *x = *state;
	struct journal j;
	struct feeder f;
	int dropped;

	put_log(x, text, sizeof(text) - 1);
	open_journal(x, &j, &f, &dropped);
	assert_int_equal(dropped, 1);
	assert_int_equal(f.n_recent, 2);
	assert_int_equal(f.level_g, 9400);
	journal_close(&j);
}

static void old_lines_are_rotated_away_and_the_newest_stay(void **state)
{
	struct fixture *x = *state;
	struct record rec = {.kind = RECORD_FEED, .grams = 50, .level_g = 5000};
	struct journal j;
	struct feeder f;
	char first[64];
	int dropped;

	open_journal(x, &j, &f, &dropped);
	for (int i = 0; i < JOURNAL_LINES_MAX + 10; i++) {
		rec.at = NOW + i;
		assert_int_equal(journal_append(&j, &rec), 0);
		assert_true(j.lines <= JOURNAL_LINES_MAX);
	}
	journal_close(&j);

	assert_int_equal(count_lines(get_log(x)), JOURNAL_LINES_KEEP + 9);
	(void)snprintf(first, sizeof(first), "%d feed 50 5000\n",
		NOW + JOURNAL_LINES_MAX + 1 - JOURNAL_LINES_KEEP);
	assert_memory_equal(get_log(x), first, strlen(first));
	open_journal(x, &j, &f, &dropped);
	assert_int_equal(f.recent[0].at, NOW + JOURNAL_LINES_MAX + 9);
	journal_close(&j);
}

/* A limit on the file's size stands in for the disk: the write stops after five bytes. */
static void a_full_disk_refuses_the_event_and_keeps_the_log_whole(void **state)
{
	struct fixture *x = *state;
	struct rlimit old, limit;
	struct station s;
	enum feeder_verdict verdict;
	int r;

	put_log(x, three, sizeof(three) - 1);
	assert_int_equal(station_open(&s, x->dir, 60), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = (struct rlimit){.rlim_cur = sizeof(three) - 1 + 5, .rlim_max = old.rlim_max};
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	r = station_feed(&s, 200, NOW + 1000, &verdict);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);

	assert_true(r < 0);
	assert_int_equal(hopper_turns, 0);
	assert_int_equal(s.feeder.level_g, 9600);
	assert_string_equal(get_log(x), three);
	station_close(&s);
}

static void a_portion_is_on_disk_before_the_auger_turns(void **state)
{
	struct fixture *x = *state;
	struct station s;
	enum feeder_verdict verdict;

	assert_int_equal(station_open(&s, x->dir, 60), 0);
	assert_int_equal(station_feed(&s, 200, NOW, &verdict), 0);
	assert_int_equal(verdict, FEEDER_OK);
	assert_int_equal(hopper_turns, 1);
	assert_int_equal(written_before_turn, strlen("1764000000 feed 200 9800\n"));
	station_close(&s);
}

static void a_refused_portion_leaves_no_trace(void **state)
{
	struct fixture *x = *state;
	struct station s;
	enum feeder_verdict verdict;

	assert_int_equal(station_open(&s, x->dir, 60), 0);
	assert_int_equal(station_feed(&s, 9999, NOW, &verdict), 0);
	assert_int_equal(verdict, FEEDER_BAD_PORTION);
	assert_int_equal(hopper_turns, 0);
	assert_string_equal(get_log(x), "");
	station_close(&s);
}

static void a_jammed_hopper_is_written_down_and_survives_a_restart(void **state)
{
	struct fixture *x = *state;
	struct station s;
	enum feeder_verdict verdict;

	hopper_answer = -EIO;
	assert_int_equal(station_open(&s, x->dir, 60), 0);
	assert_int_equal(station_feed(&s, 200, NOW, &verdict), -EIO);
	assert_int_equal(s.feeder.level_g, FEEDER_CAPACITY_G);
	station_close(&s);

	assert_int_equal(station_open(&s, x->dir, 60), 0);
	assert_int_equal(s.feeder.level_g, FEEDER_CAPACITY_G);
	assert_int_equal(s.feeder.recent[0].kind, RECORD_FAIL);
	station_close(&s);
}

static void a_restart_forgets_nothing(void **state)
{
	struct fixture *x = *state;
	struct station s;
	enum feeder_verdict verdict;

	assert_int_equal(station_open(&s, x->dir, 60), 0);
	assert_int_equal(station_feed(&s, 300, NOW, &verdict), 0);
	station_close(&s);

	assert_int_equal(station_open(&s, x->dir, 60), 0);
	assert_int_equal(s.feeder.level_g, FEEDER_CAPACITY_G - 300);
	assert_int_equal(station_feed(&s, 300, NOW + 10, &verdict), 0);
	assert_int_equal(verdict, FEEDER_TOO_SOON);
	assert_int_equal(station_refill(&s, NOW + 20), 0);
	assert_int_equal(s.feeder.level_g, FEEDER_CAPACITY_G);
	station_close(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_reads_back_as_it_was_written),
		TEST(what_is_no_record_is_refused),
		TEST(a_missing_log_starts_full),
		TEST(a_missing_folder_is_an_error_and_leaves_nothing_open),
		TEST(a_log_cut_at_any_byte_keeps_its_whole_lines),
		TEST(a_damaged_line_in_the_middle_costs_only_itself),
		TEST(old_lines_are_rotated_away_and_the_newest_stay),
		TEST(a_full_disk_refuses_the_event_and_keeps_the_log_whole),
		TEST(a_portion_is_on_disk_before_the_auger_turns),
		TEST(a_refused_portion_leaves_no_trace),
		TEST(a_jammed_hopper_is_written_down_and_survives_a_restart),
		TEST(a_restart_forgets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
